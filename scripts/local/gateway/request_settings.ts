import type { Sql } from "postgres";
import { z } from "zod";
import type { Caller } from "./caller.ts";
import { quoteIdentifier, type Statement } from "./routine_call.ts";

/** What a role's settings are, by the role's name. */
export type RoleSettings = ReadonlyMap<string, readonly [name: string, value: string][]>;

/**
 * The settings of the roles a caller can take on (`alter role anon set statement_timeout = …`). `set local
 * role` does not apply them; the Data API does it itself.
 */
export async function readRoleSettings(sql: Sql): Promise<RoleSettings> {
  const rows = z.array(z.object({ role: z.string(), setting: z.string() })).parse(
    await sql`
      select distinct on (role.rolname, split_part(pair, '=', 1)) role.rolname::text as role, pair as setting
      from pg_catalog.pg_db_role_setting as stored
      join pg_catalog.pg_roles as role on role.oid = stored.setrole
      cross join lateral unnest(stored.setconfig) as pairs(pair)
      join pg_catalog.pg_settings as known on known.name = split_part(pair, '=', 1)
      where known.context = 'user'
        and stored.setdatabase in (0, (select oid from pg_catalog.pg_database where datname = current_database()))
      order by role.rolname, split_part(pair, '=', 1), stored.setdatabase desc
    `,
  );
  const byRole = new Map<string, [string, string][]>();
  for (const { role, setting } of rows) {
    const split = setting.indexOf("=");
    const pair: [string, string] = [setting.slice(0, split), setting.slice(split + 1)];
    byRole.set(role, [...byRole.get(role) ?? [], pair]);
  }
  return byRole;
}

/** What of a request SQL can see. */
export interface RequestSettings {
  readonly schema: string;
  readonly caller: Caller;
  readonly headers: Readonly<Record<string, string>>;
  readonly method: string;
  readonly path: string;
}

/** Settings in the order they are made. */
export type Settings = readonly (readonly [name: string, value: string])[];

/** Who calls and what he sent, as `auth.uid()` and policies read it. */
export function visibleSettings(
  { caller, method, path, headers }: Omit<RequestSettings, "schema">,
): Settings {
  return [
    ["request.jwt.claims", JSON.stringify(caller.claims)],
    ["request.jwt.claim.sub", caller.claims.sub ?? ""],
    ["request.jwt.claim.role", caller.role],
    ["request.method", method],
    ["request.path", path],
    ["request.headers", JSON.stringify(headers)],
  ];
}

/**
 * The statement that makes a transaction the caller's: role, claims, request, all of it local.
 *
 * @param hoisted What the function called sets for itself and must hold before it begins.
 */
export function settingsStatement(
  request: RequestSettings,
  roles: RoleSettings,
  hoisted: Settings,
): Statement {
  const { caller } = request;
  const settings: Settings = [
    ["search_path", [request.schema, "public", "extensions"].map(quoteIdentifier).join(", ")],
    // before the role is taken on, which may not be allowed to set them
    ...roles.get(caller.role) ?? [],
    ["role", caller.role],
    ...visibleSettings(request),
    ...hoisted,
  ];
  const calls = settings.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`);
  return { text: `select ${calls.join(", ")}`, parameters: settings.flat() };
}
