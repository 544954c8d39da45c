import { z } from "zod";
import { type ChangeFilter, parseFilters } from "./change_filter.ts";

/** Which changes a channel asked for. */
export interface ChangeBinding {
  /** Names the binding in every change sent for it. */
  readonly id: number;
  /** As the client sent it: it compares the answer with its own, field by field. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly event: "*" | "INSERT" | "UPDATE" | "DELETE";
  readonly schema: string;
  readonly table: string;
  readonly filters: readonly ChangeFilter[];
  /** Columns asked for; `null` for all. */
  readonly selected: readonly string[] | null;
}

/** The raw parameters of a binding. */
export const bindingParams = z.looseObject({
  event: z.string().optional(),
  schema: z.string().optional(),
  table: z.string().optional(),
  filter: z.string().optional(),
  select: z.array(z.string()).optional(),
});

/**
 * Understands one binding.
 *
 * @throws {Error} with the hosted wording where the parameters make no sense
 */
export function readBinding(params: z.infer<typeof bindingParams>): ChangeBinding {
  if (params.schema === undefined && params.table === undefined) {
    throw new Error(
      "No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: " +
        JSON.stringify(params),
    );
  }
  const table = params.table ?? "*";
  const schema = params.schema ?? "public";
  const selected = params.select?.length ? params.select : null;
  if (selected && (schema === "*" || table === "*")) {
    throw new Error(
      "Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.",
    );
  }
  return {
    id: bindingId(params),
    params,
    event: readEvent(params.event),
    schema,
    table,
    filters: readFilters(params.filter ?? ""),
    selected,
  };
}

/** Does a change of this table and kind concern the binding at all? */
export function concerns(
  binding: ChangeBinding,
  change: { readonly schema: string; readonly table: string; readonly action: string },
): boolean {
  return (binding.event === "*" || binding.event === change.action) &&
    (binding.schema === "*" || binding.schema === change.schema) &&
    (binding.table === "*" || binding.table === change.table);
}

/** The parameters as the hosted server prints them in its messages. */
export function describeBinding(binding: ChangeBinding): string {
  const filters = binding.filters.map(({ column, op, value, negate }) =>
    `{${JSON.stringify(column)}, ${JSON.stringify(op)}, ${JSON.stringify(value)}, ${negate}}`
  );
  return `event: ${binding.event}, schema: ${binding.schema}, table: ${binding.table}, ` +
    `filters: [${filters.join(", ")}], select: ${
      binding.selected ? JSON.stringify(binding.selected) : "nil"
    }`;
}

function readEvent(text: string | undefined): ChangeBinding["event"] {
  const upper = text?.toUpperCase();
  return upper === "INSERT" || upper === "UPDATE" || upper === "DELETE" ? upper : "*";
}

function readFilters(text: string): ChangeFilter[] {
  try {
    return parseFilters(text);
  } catch (error) {
    throw new Error(`Error parsing \`filter\` params: ${error instanceof Error ? error.message : error}`);
  }
}

// FNV-1a over the parameters: equal bindings get equal ids, as from the hosted server, and never 0
function bindingId(params: Readonly<Record<string, unknown>>): number {
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify(params)) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash & 0x7ffffff) + 1;
}
