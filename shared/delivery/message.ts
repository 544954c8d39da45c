/** A message as people read it, from whatever was said. */
import { z } from "zod";

export interface Message {
  /** One line. */
  readonly title: string;
  readonly lines: readonly string[];
}

const MOST_LINES = 20;
const MOST_CHARACTERS = 500;
const MOST_TITLE = 120;

/** What brings its own words, such as a notification of bidding. */
const worded = z.looseObject({ title: z.string().min(1), message: z.string().min(1) });

/**
 * Words for an event: its own title and message where the payload has them, else its name and its fields.
 *
 * @example
 * ```ts
 * messageOf("stale_approvals", { count: 3 }); // { title: "Stale approvals", lines: ["count: 3"] }
 * ```
 */
export function messageOf(event: string, payload: unknown): Message {
  const own = worded.safeParse(payload).data;
  if (own) return { title: oneLine(own.title, MOST_TITLE), lines: [shortened(own.message, MOST_CHARACTERS)] };
  const fields = typeof payload === "object" && payload !== null ? Object.entries(payload) : [];
  return {
    title: oneLine(titleOf(event), MOST_TITLE),
    lines: fields.slice(0, MOST_LINES).map(([name, value]) =>
      oneLine(`${name}: ${shown(value)}`, MOST_CHARACTERS)
    ),
  };
}

function titleOf(event: string): string {
  const words = event.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Without line breaks and other control characters: a subject with one could bring a header of its own. */
function oneLine(text: string, most: number): string {
  // deno-lint-ignore no-control-regex
  return shortened(text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " "), most);
}

/** Cut by characters, so that no half of one is left. */
function shortened(text: string, most: number): string {
  const characters = [...text.slice(0, 2 * most + 2)];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}
