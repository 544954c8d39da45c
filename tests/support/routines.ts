/** How a function is called by named arguments that arrive as one JSON object. */
import type postgres from "postgres";
import type { CallArguments } from "./callers.ts";

/** A function of the database, ready to be called. */
export interface Routine {
  /** The statement that calls it with these arguments; $1 is the JSON object. */
  statementFor(args: CallArguments): string;
}

const known = new Map<string, Promise<Routine>>();

/** Looks a function up, once per process: every copy of the database has the same ones. */
export function routineOf(sql: postgres.Sql | postgres.TransactionSql, name: string): Promise<Routine> {
  const qualified = name.includes(".") ? name : `api.${name}`;
  const remembered = known.get(qualified) ?? lookUp(sql, qualified);
  known.set(qualified, remembered);
  return remembered;
}

async function lookUp(sql: postgres.Sql | postgres.TransactionSql, qualified: string): Promise<Routine> {
  const [found] = await sql<{ returnsSet: boolean; types: Record<string, string> }[]>`
    select p.proretset as "returnsSet", coalesce((
      select json_object_agg(p.proargnames[i], format_type(p.proargtypes[i - 1], null))
      from generate_series(1, p.pronargs) as i
    ), '{}') as types
    from pg_catalog.pg_proc as p
    where p.oid = to_regproc(${qualified})`;
  if (!found) throw new Error(`Expected the name of a function but found ${qualified}`);
  return { statementFor: (args) => statement(qualified, found.types, found.returnsSet, args) };
}

function statement(
  qualified: string,
  types: Readonly<Record<string, string>>,
  returnsSet: boolean,
  args: CallArguments,
): string {
  const names = Object.keys(typeof args === "string" ? types : args);
  const unknown = names.find((name) => !(name in types));
  if (unknown !== undefined) throw new Error(`Expected an argument of ${qualified} but found ${unknown}`);
  const named = names.map((name) => `${name} => a.${name}`).join(", ");
  const source = names.length === 0
    ? "(select $1::text) as a"
    : `json_to_record($1::text::json) as a (${names.map((name) => `${name} ${types[name]}`).join(", ")})`;
  return returnsSet
    ? `select coalesce(json_agg(r), '[]')::text as text from ${source}, lateral ${qualified}(${named}) as r`
    : `select ${qualified}(${named})::text as text from ${source}`;
}
