import type { IntrospectResult } from "@supabase/lite";
import type { Sql } from "postgres";
import { z } from "zod";

const table = z.object({ schema: z.string(), name: z.string() });

const column = z.object({
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  type: z.string(),
  nullable: z.boolean(),
  default_value: z.string().nullable(),
  is_primary_key: z.boolean(),
  ordinal_position: z.number(),
  is_identity: z.boolean(),
  is_generated: z.boolean(),
  pg_type: z.string(),
  udt_schema: z.string(),
});

/** Tables and columns in the form @supabase/lite keeps them, whatever the connected role may do with them. */
export async function readTables(sql: Sql): Promise<Pick<IntrospectResult, "tables" | "columns">> {
  const tables = z.array(table).parse(await sql.unsafe(TABLES));
  const columns = z.array(column).parse(await sql.unsafe(COLUMNS));
  return {
    tables: tables.map((each) => ({ ...each, type: "table", rows: 0, sql: "", engine: "", collation: "" })),
    columns: columns.map((each) => ({
      ...each,
      collation: "",
      character_maximum_length: null,
      precision: null,
    })),
  };
}

const TABLES = `
  select namespace.nspname::text as schema, class.relname::text as name
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where class.relkind in ('r', 'p', 'f', 'm') and not class.relispartition
    and namespace.nspname not in ('information_schema', 'pg_catalog', 'pg_toast')
`;

const COLUMNS = `
  select
    namespace.nspname::text as schema,
    class.relname::text as table,
    attribute.attname::text as name,
    case
      when type.typcategory = 'A' then format_type(type.typelem, null)
      when type.typtype = 'd' then format_type(type.typbasetype, null)
      else format_type(attribute.atttypid, null)
    end as type,
    not attribute.attnotnull as nullable,
    pg_get_expr(fallback.adbin, fallback.adrelid) as default_value,
    exists (
      select from pg_catalog.pg_index as index
      where index.indrelid = class.oid and index.indisprimary and attribute.attnum = any(index.indkey)
    ) as is_primary_key,
    attribute.attnum::int as ordinal_position,
    attribute.attidentity <> '' as is_identity,
    attribute.attgenerated <> '' as is_generated,
    type.typname::text as pg_type,
    home.nspname::text as udt_schema
  from pg_catalog.pg_attribute as attribute
  join pg_catalog.pg_class as class on class.oid = attribute.attrelid
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  join pg_catalog.pg_type as type on type.oid = attribute.atttypid
  join pg_catalog.pg_namespace as home on home.oid = type.typnamespace
  left join pg_catalog.pg_attrdef as fallback
    on fallback.adrelid = class.oid and fallback.adnum = attribute.attnum
  where class.relkind in ('r', 'v', 'p', 'f', 'm') and not class.relispartition
    and attribute.attnum > 0 and not attribute.attisdropped
    and namespace.nspname not in ('information_schema', 'pg_catalog', 'pg_toast')
  order by 1, 2, 8
`;
