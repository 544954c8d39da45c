import type { Sql } from "postgres";
import { z } from "zod";

const parameter = z.object({
  /** Empty where the function leaves it unnamed. */
  name: z.string(),
  type: z.string(),
  required: z.boolean(),
  variadic: z.boolean(),
});

const routine = z.object({
  schema: z.string(),
  name: z.string(),
  volatile: z.boolean(),
  set: z.boolean(),
  /** Rows of named columns: a table's row type, `returns table` or `out` parameters. */
  composite: z.boolean(),
  void: z.boolean(),
  /** Its own `set statement_timeout`: too late once the function runs, so it is set before the call. */
  statementTimeout: z.string().nullable(),
  parameters: z.array(parameter),
});

/** One SQL function that the Data API can call. */
export type Routine = z.infer<typeof routine>;

export type RoutineParameter = z.infer<typeof parameter>;

export interface RoutineCatalogue {
  /** Every function of that name; none is an empty list. */
  overloads(schema: string, name: string): Promise<readonly Routine[]>;
  /** Every name in a schema, for a hint. */
  names(schema: string): Promise<readonly string[]>;
  /** Has the catalogue read again by the next call. */
  forget(): void;
}

type Loaded = ReadonlyMap<string, readonly Routine[]>;

/** Keeps what the database says about its functions until it announces a change. */
export function createRoutineCatalogue(sql: Sql, schemas: readonly string[]): RoutineCatalogue {
  let loading: Promise<Loaded> | undefined;

  const loaded = (): Promise<Loaded> => {
    loading ??= load(sql, schemas).catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };

  return {
    overloads: async (schema, name) => (await loaded()).get(`${schema}.${name}`) ?? [],
    names: async (schema) => {
      const keys = [...(await loaded()).keys()];
      return keys.filter((key) => key.startsWith(`${schema}.`)).map((key) => key.slice(schema.length + 1));
    },
    forget: () => {
      loading = undefined;
    },
  };
}

async function load(sql: Sql, schemas: readonly string[]): Promise<Loaded> {
  const rows = await sql.begin("read only", async (transaction) => {
    // with an empty path every type outside pg_catalog comes out qualified
    await transaction`set local search_path = ''`;
    return await transaction.unsafe(ROUTINES, [schemas.join(",")]);
  });
  return Map.groupBy(z.array(routine).parse(rows), ({ schema, name }) => `${schema}.${name}`);
}

const ROUTINES = `
  select
    namespace.nspname::text as schema,
    proc.proname::text as name,
    proc.provolatile = 'v' as volatile,
    proc.proretset as set,
    result.typtype = 'c' or result.typname = 'record'
      or coalesce(proc.proargmodes::text[] && '{t,b,o}', false) as composite,
    proc.prorettype = 'pg_catalog.void'::pg_catalog.regtype as void,
    (
      select split_part(setting, '=', 2)
      from unnest(proc.proconfig) as settings(setting)
      where setting like 'statement_timeout=%'
    ) as "statementTimeout",
    coalesce(inputs.parameters, '[]') as parameters
  from pg_catalog.pg_proc as proc
  join pg_catalog.pg_namespace as namespace on namespace.oid = proc.pronamespace
  join pg_catalog.pg_type as result on result.oid = proc.prorettype
  cross join lateral (
    select json_agg(
      json_build_object(
        'name', coalesce(input.name, ''),
        'type', case input.type
          when 'bit'::regtype then 'bit varying'
          when 'character'::regtype then 'character varying'
          else input.type::regtype::text
        end,
        'required', input.position <= proc.pronargs - proc.pronargdefaults,
        'variadic', input.mode = 'v'
      ) order by input.position
    ) as parameters
    from (
      select argument.name, argument.type, argument.mode, row_number() over (order by argument.ordinal) as position
      from (
        select
          proc.proargnames[ordinal] as name,
          type,
          coalesce(proc.proargmodes[ordinal], 'i') as mode,
          ordinal
        from unnest(coalesce(proc.proallargtypes, proc.proargtypes::oid[])) with ordinality as types(type, ordinal)
      ) as argument
      where argument.mode in ('i', 'b', 'v')
    ) as input
  ) as inputs
  where namespace.nspname = any(string_to_array($1, ',')) and proc.prokind = 'f'
`;
