/** Who may do what with every object of the database, read from its catalogue as stable text. */
import type postgres from "postgres";

/** The expectation that the matrix is held against, written by `deno task generate:grants`. */
export const GRANTS_FILE = new URL("../database/grants.txt", import.meta.url);

type Section = (sql: postgres.TransactionSql) => Promise<readonly { readonly line: string }[]>;

/** Every schema, relation, column, sequence, function, type, policy and publication, one line for each right. */
export async function grantsMatrix(sql: postgres.Sql): Promise<string> {
  return await sql.begin("read only", async (transaction) => {
    // Without a search path Postgres writes every name with its schema.
    await transaction`select set_config('search_path', '', true)`;
    const texts: string[] = [];
    for (const [title, section] of SECTIONS) {
      const rows = await section(transaction);
      texts.push(`# ${title}\n${rows.map(({ line }) => `${line}\n`).join("")}`);
    }
    return texts.join("\n");
  });
}

const schemas: Section = (sql) =>
  sql`
    select format('schema %s, %s: %s', s.name, r.role, coalesce(
      string_agg(v.verb, ' ' order by v.position) filter (where has_schema_privilege(r.role, s.name, v.verb)), 'nothing'
    )) as line
    from unnest(array['api', 'private', 'public']) as s (name)
    cross join unnest(array['public', 'anon', 'authenticated', 'service_role']) with ordinality as r (role, position)
    cross join unnest(array['usage', 'create']) with ordinality as v (verb, position)
    group by s.name, r.role, r.position
    order by s.name collate "C", r.position`;

const relations: Section = (sql) =>
  sql`
    select format('%s %s, %s: %s%s',
      case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
      c.oid::regclass, r.role,
      coalesce(
        string_agg(v.verb, ' ' order by v.position) filter (where has_table_privilege(r.role, c.oid, v.verb)), 'nothing'
      ),
      case when c.relkind = 'v' then
        case when 'security_invoker=true' = any (c.reloptions) then ', rights of its reader' else ', rights of its owner' end
      end
    ) as line
    from pg_catalog.pg_class as c
    cross join unnest(array['public', 'anon', 'authenticated', 'service_role']) with ordinality as r (role, position)
    cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
      with ordinality as v (verb, position)
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and c.relnamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
    group by c.oid, r.role, r.position
    order by c.oid::regclass::text collate "C", r.position`;

const rowLevelSecurity: Section = (sql) =>
  sql`
    select format('table %s: row level security %s', c.oid::regclass, case when c.relrowsecurity then 'on' else 'off' end)
      as line
    from pg_catalog.pg_class as c
    where c.relkind in ('r', 'p') and (
      c.relnamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
      or c.oid = 'realtime.messages'::regclass
    )
    order by c.oid::regclass::text collate "C"`;

const columns: Section = (sql) =>
  sql`
    select format('column %s.%s, %s: %s', c.oid::regclass, quote_ident(a.attname),
      v.verb, coalesce(string_agg(r.role, ' ' order by r.position)
        filter (where has_column_privilege(r.role, c.oid, a.attnum, v.verb)), 'nobody')
    ) as line
    from pg_catalog.pg_class as c
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    cross join unnest(array['public', 'anon', 'authenticated', 'service_role']) with ordinality as r (role, position)
    cross join unnest(array['select', 'insert', 'update', 'references']) with ordinality as v (verb, position)
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
      and c.relnamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
    group by c.oid, a.attname, a.attnum, v.verb, v.position
    having v.verb = 'select' or bool_or(has_column_privilege(r.role, c.oid, a.attnum, v.verb))
    order by c.oid::regclass::text collate "C", a.attname collate "C", v.position`;

const sequences: Section = (sql) =>
  sql`
    select format('sequence %s, %s: %s', c.oid::regclass, r.role, coalesce(
      string_agg(v.verb, ' ' order by v.position) filter (where has_sequence_privilege(r.role, c.oid, v.verb)), 'nothing'
    )) as line
    from pg_catalog.pg_class as c
    cross join unnest(array['public', 'anon', 'authenticated', 'service_role']) with ordinality as r (role, position)
    cross join unnest(array['usage', 'select', 'update']) with ordinality as v (verb, position)
    where c.relkind = 'S'
      and c.relnamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
    group by c.oid, r.role, r.position
    order by c.oid::regclass::text collate "C", r.position`;

const functions: Section = (sql) =>
  sql`
    select format('%s %s: %s, rights of its %s, %s, execute: %s',
      case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' when 'w' then 'window' else 'function' end,
      p.oid::regprocedure,
      case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
      case when p.prosecdef then 'owner' else 'caller' end,
      coalesce((select c from unnest(p.proconfig) as c where c like 'search_path=%'), 'no search_path'),
      coalesce(
        string_agg(r.role, ' ' order by r.position) filter (where has_function_privilege(r.role, p.oid, 'execute')),
        'nobody'
      )
    ) as line
    from pg_catalog.pg_proc as p
    cross join unnest(array['public', 'anon', 'authenticated', 'service_role']) with ordinality as r (role, position)
    where p.pronamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
    group by p.oid
    order by p.oid::regprocedure::text collate "C"`;

const types: Section = (sql) =>
  sql`
    select format('type %s: usage: %s', t.oid::regtype, coalesce(
      string_agg(r.role, ' ' order by r.position) filter (where has_type_privilege(r.role, t.oid, 'usage')), 'nobody'
    )) as line
    from pg_catalog.pg_type as t
    left join pg_catalog.pg_class as c on c.oid = t.typrelid
    cross join unnest(array['public', 'anon', 'authenticated', 'service_role']) with ordinality as r (role, position)
    where t.typnamespace in ('public'::regnamespace, 'api'::regnamespace, 'private'::regnamespace)
      and (t.typtype in ('d', 'e', 'r', 'm') or c.relkind = 'c')
    group by t.oid
    order by t.oid::regtype::text collate "C"`;

const policies: Section = (sql) =>
  sql`
    select format('policy "%s" on %I.%I: %s, %s for %s, using %s, check %s', p.policyname, p.schemaname, p.tablename,
      lower(p.permissive), lower(p.cmd), array_to_string(p.roles, ' '),
      coalesce(regexp_replace(p.qual, '[[:space:]]+', ' ', 'g'), 'nothing'),
      coalesce(regexp_replace(p.with_check, '[[:space:]]+', ' ', 'g'), 'nothing')
    ) as line
    from pg_catalog.pg_policies as p
    where p.schemaname in ('public', 'private', 'api') or (p.schemaname, p.tablename) = ('realtime', 'messages')
    order by p.schemaname, p.tablename, p.policyname collate "C"`;

const publications: Section = (sql) =>
  sql`
    select format('publication %s: %I.%I', p.pubname, p.schemaname, p.tablename) as line
    from pg_catalog.pg_publication_tables as p
    where p.schemaname in ('public', 'private', 'api')
    order by p.pubname, p.schemaname, p.tablename collate "C"`;

const SECTIONS: readonly (readonly [string, Section])[] = [
  ["Schemas", schemas],
  ["Tables and views", relations],
  ["Row level security", rowLevelSecurity],
  ["Columns", columns],
  ["Sequences", sequences],
  ["Functions", functions],
  ["Types", types],
  ["Policies", policies],
  ["Publications", publications],
];
