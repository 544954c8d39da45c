/** Ceilings of one person on a stack of a test's own, and everybody who would like to know them. */
import { assertEquals } from "@std/assert";
import { CANARY_AMOUNTS, type CanarySessions, canarySessions } from "./bidding_canaries.ts";
import type { BiddingCast } from "./bidding_stage.ts";
import { shows } from "./bidding_views.ts";
import type { FreshDatabase } from "./database.ts";
import { type LoggedStack, loggedStack } from "./logged_stack.ts";
import { present } from "./present.ts";
import {
  ask,
  type Member,
  signUpOn,
  type StackAnswer,
  type StackRequest,
  wholeOf,
} from "./stack_requests.ts";
import { agentToken, withoutLimits } from "./tasks.ts";

/** Somebody who is not the owner, by the headers that say so. */
export type Spy = Readonly<Record<string, string>>;

/** The scene. */
export interface Spying extends AsyncDisposable {
  readonly stack: LoggedStack;
  /** Whose ceilings they are. */
  readonly owner: Member;
  readonly sessions: CanarySessions;
  readonly spies: Readonly<Record<SpyName, Spy>>;
  /** Asks, and fails where the answer shows a ceiling. */
  spy(who: Spy, path: string, request?: StackRequest): Promise<StackAnswer>;
}

export type SpyName = "rival" | "witness" | "admin" | "outsider" | "agent" | "service" | "anon";

/** Starts a stack, signs everybody up, and has the owner set his ceilings. */
export async function spying(): Promise<Spying> {
  const stack = await loggedStack();
  try {
    const { info, sql } = stack;
    await withoutLimits(sql);
    const letters = [..."ABC", "outsider", "admin"];
    const members = await Promise.all(letters.map((name) => signUpOn(info, name.toLowerCase())));
    const people = new Map(letters.map((letter, index) => [letter, present(members[index], letter)]));
    const who = (name: string) => present(people.get(name), name);
    await sql`select private.grant_admin(${who("admin").email})`;
    const { superuserUrl } = present(info.local, "a stack of this machine");
    const database: FreshDatabase = { ...stack, url: info.dbUrl, superuserUrl };
    const cast: BiddingCast = { database, sql, admin: who("admin"), outsider: who("outsider"), people };
    const sessions = await canarySessions(cast);
    // What the planner knows it knows from here on.
    await sql`analyze`;
    const token = await agentToken(sql, "marketplace-master");
    return {
      stack,
      owner: who("A"),
      sessions,
      spies: {
        rival: who("B").headers,
        witness: who("C").headers,
        admin: who("admin").headers,
        outsider: who("outsider").headers,
        agent: { "x-agent-token": token },
        service: { apikey: info.secretKeys.default },
        anon: {},
      },
      spy: async (spy, path, request = {}) => {
        const answer = await ask(info, path, { ...request, headers: { ...spy, ...request.headers } });
        assertHidden(wholeOf(answer), `${request.method ?? ""} ${path}`);
        return answer;
      },
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** Fails where a text shows a ceiling. */
export function assertHidden(text: string, where: string): void {
  for (const cents of CANARY_AMOUNTS) {
    assertEquals(shows(text, cents), false, `${cents} in ${where}: ${text}`);
  }
}
