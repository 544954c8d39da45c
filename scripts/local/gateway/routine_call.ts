import type { Routine, RoutineParameter } from "./routine_catalogue.ts";

/** One prepared statement and its arguments, all of them text. */
export interface Statement {
  readonly text: string;
  readonly parameters: readonly string[];
}

/** Arguments as a request brings them: text by name (GET), or one JSON body (POST). */
export type RoutineArguments =
  | { readonly kind: "text"; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: "json"; readonly names: readonly string[]; readonly body: string }
  | { readonly kind: "body"; readonly body: string };

/**
 * The statement that calls a function and renders its result. Postgres does the conversions both ways, as
 * behind PostgREST: nothing is turned into a JavaScript value and back.
 */
export function callStatement(routine: Routine, input: RoutineArguments): Statement {
  const { source, call, parameters } = callOf(routine, input);
  const from = source ? `${source}, lateral ` : "";
  const rows = routine.composite
    ? `select result.* from ${from}${call} as result`
    : `select result.value from ${from}(select ${call} as value) as result`;
  const value = routine.composite ? "answer" : "answer.value";
  const body = routine.set
    ? `coalesce(json_agg(${value}), '[]')::text`
    : `coalesce((json_agg(${value}) -> 0)::text, 'null')`;
  return {
    // the settings are read in the same statement, above the aggregate: after the function has run
    text: `with answer as (${rows}) select ${body} as body, count(*)::int as rows, ` +
      "nullif(current_setting('response.status', true), '') as status, " +
      "nullif(current_setting('response.headers', true), '') as headers from answer",
    parameters,
  };
}

/** A name as SQL writes it, whatever is in it. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

interface Call {
  readonly source?: string;
  readonly call: string;
  readonly parameters: readonly string[];
}

function callOf(routine: Routine, input: RoutineArguments): Call {
  const callee = `${quoteIdentifier(routine.schema)}.${quoteIdentifier(routine.name)}`;
  if (input.kind === "body") {
    return { call: `${callee}($1::text::${routine.parameters[0]?.type})`, parameters: [input.body] };
  }
  const given = input.kind === "text" ? [...input.values.keys()] : input.names;
  const used = routine.parameters.filter(({ name }) => given.includes(name));
  if (used.length === 0) return { call: `${callee}()`, parameters: [] };
  return input.kind === "text" ? textCall(callee, used, input.values) : jsonCall(callee, used, input.body);
}

function textCall(
  callee: string,
  used: readonly RoutineParameter[],
  values: ReadonlyMap<string, string>,
): Call {
  const named = used.map((each, index) => `${assignment(each)} $${index + 1}::text::${each.type}`);
  return {
    call: `${callee}(${named.join(", ")})`,
    parameters: used.map(({ name }) => values.get(name) ?? ""),
  };
}

function jsonCall(callee: string, used: readonly RoutineParameter[], body: string): Call {
  const columns = used.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ");
  const named = used.map((each) => `${assignment(each)} given.${quoteIdentifier(each.name)}`);
  return {
    source: `json_to_record($1::text::json) as given(${columns})`,
    call: `${callee}(${named.join(", ")})`,
    parameters: [body],
  };
}

function assignment({ name, variadic }: RoutineParameter): string {
  return `${variadic ? "variadic " : ""}${quoteIdentifier(name)} :=`;
}
