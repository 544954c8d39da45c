import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { anon, callAs, type Caller, type CallHeaders, service, user } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { adminPerson, agentNamed, people, type Person, person } from "../support/tasks.ts";

interface RoleAnswer {
  readonly code?: string;
  readonly user?: { readonly id: string; readonly role: string };
}

Deno.test("whatever somebody says of himself at sign-up, he is a user", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const claims = [
    { role: "admin", is_admin: true, user_role: "admin", display_name: "Mallory" },
    { display_name: { role: "admin" } },
    { display_name: ["admin"] },
    { display_name: "x".repeat(100_000) },
    { display_name: " \t\n " },
    { display_name: "'); update public.user_profile set role = 'admin' --" },
    { __proto__: { role: "admin" } },
    "admin",
    ["admin"],
    7,
    null,
  ];
  for (const claim of claims) {
    const id = crypto.randomUUID();
    await sql`
      insert into auth.users (id, email, raw_user_meta_data, raw_app_meta_data)
      values (${id}, ${id + "@example.com"}, ${JSON.stringify(claim)}::text::jsonb, '{"role": "admin"}')`;
    assertEquals([claim, await roleOf(sql, id)], [claim, "user"]);
  }
});

Deno.test("what is said of an account later changes no role either", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { userId } = await person(sql);
  await sql`
    update auth.users set raw_user_meta_data = '{"role": "admin"}', raw_app_meta_data = '{"role": "admin"}', role = 'admin'
    where id = ${userId}`;
  assertEquals(await roleOf(sql, userId), "user");
});

Deno.test("a user raises nobody's role, his own least of all", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { alice, bob } = await people(sql);
  const forgeries: readonly Readonly<Record<string, string>>[] = [
    {},
    { role: "service_role", apikey: "sb_secret_forged", authorization: "Bearer service_role" },
    { "request.jwt.claims": '{"role":"service_role"}', "x-supabase-role": "service_role" },
    { "idempotency-key": "raise-me" },
  ];
  for (const headers of forgeries) {
    for (const { userId } of [alice, bob]) {
      const refusal = await setRole(sql, alice, userId, "admin", headers);
      assertEquals([headers, ...refusal], [headers, 403, "not_allowed"]);
    }
  }
  assertEquals([await roleOf(sql, alice.userId), await roleOf(sql, bob.userId)], ["user", "user"]);
});

Deno.test("claims that name a role the account does not have give no right", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { alice } = await people(sql);
  const claims = `{
    "sub": "${alice.userId}", "role": "authenticated", "user_role": "admin", "is_admin": true,
    "app_metadata": {"role": "admin", "roles": ["admin"], "claims_admin": true}, "user_metadata": {"role": "admin"}
  }`;
  const attempt = sql.begin(async (transaction) => {
    await transaction`
      select set_config('role', 'authenticated', true),
        set_config('request.jwt.claims', ${claims}, true),
        set_config('request.jwt.claim.role', 'service_role', true),
        set_config('request.headers', '{}', true)`;
    await transaction`select api.set_role(${alice.userId}, 'admin')`;
  });
  const refusal = await attempt.then(() => "went through", (error: postgres.PostgresError) => error.message);
  assertEquals(JSON.parse(refusal).code, "not_allowed");
  assertEquals(await roleOf(sql, alice.userId), "user");
});

Deno.test("a token whose subject is no account's id is nobody's", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin } = await people(sql);
  const subjects: readonly [string, string][] = [
    ["", "credentials_missing"],
    ["admin", "credentials_missing"],
    [`{${admin.userId}}`, "credentials_missing"],
    [`${admin.userId}' or true --`, "credentials_missing"],
    [crypto.randomUUID(), "credentials_invalid"],
  ];
  for (const [subject, code] of subjects) {
    const refusal = await setRole(sql, user(subject), admin.userId, "user");
    assertEquals([subject, ...refusal], [subject, 401, code]);
  }
});

Deno.test("a user gains nothing by an agent's token beside his own", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { alice } = await people(sql);
  const master = await agentNamed(sql, "marketplace-master");
  for (const token of [master.agentToken, "agt_marketplace-master_made-up", ""]) {
    for (const caller of [{ ...alice, agentToken: token }, { ...service, agentToken: token }]) {
      const refusal = await setRole(sql, caller, alice.userId, "admin");
      assertEquals([token, caller.role, ...refusal], [token, caller.role, 400, "ambiguous_credentials"]);
    }
  }
  for (const caller of [anon, master]) {
    assertEquals(await setRole(sql, caller, alice.userId, "admin"), [401, "42501"]);
  }
  assertEquals(await roleOf(sql, alice.userId), "user");
});

Deno.test("an admin changes others' roles but not his own", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, bob } = await people(sql);
  assertEquals(await setRole(sql, admin, admin.userId, "user"), [403, "not_allowed"]);
  assertEquals(await setRole(sql, admin, admin.userId, "admin"), [403, "not_allowed"]);
  assertEquals(await setRole(sql, admin, bob.userId, "admin"), [200, "admin"]);
  assertEquals(await setRole(sql, bob, admin.userId, "user"), [200, "user"]);
  assertEquals(await setRole(sql, admin, bob.userId, "user"), [403, "not_allowed"]);
  assertEquals(await setRole(sql, service, bob.userId, "user"), [200, "user"]);
  assertEquals(await setRole(sql, bob, admin.userId, "admin"), [403, "not_allowed"]);
});

Deno.test("of two admins who demote each other at once one stays", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  for (let round = 0; round < 10; round++) {
    const [one, other] = [await adminPerson(sql), await adminPerson(sql)];
    const outcomes = await Promise.all([
      setRole(sql, one, other.userId, "user"),
      setRole(sql, other, one.userId, "user"),
    ]);
    assertEquals(outcomes.sort(), [[200, "user"], [403, "not_allowed"]]);
    const roles = [await roleOf(sql, one.userId), await roleOf(sql, other.userId)];
    assertEquals(roles.sort(), ["admin", "user"]);
  }
});

Deno.test("set_role refuses roles and people there are not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, bob } = await people(sql);
  for (const role of ["ADMIN", "superuser", "", " admin", "service_role", null, "admin'; --"]) {
    assertEquals([role, ...await setRole(sql, admin, bob.userId, role)], [role, 400, "invalid_request"]);
  }
  assertEquals(await setRole(sql, admin, crypto.randomUUID(), "admin"), [404, "user_not_found"]);
  assertEquals(await setRole(sql, admin, null, "admin"), [404, "user_not_found"]);
  assertEquals(await roleOf(sql, bob.userId), "user");
});

Deno.test("a change of role is audited once, with who made it; what changes nothing is not", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, bob } = await people(sql);
  for (const role of ["admin", "admin", "user"]) await setRole(sql, admin, bob.userId, role);
  const rows = await sql`
    select seq::integer, action, actor_kind || ' ' || actor_id as actor, before ->> 'role' as before, after ->> 'role' as after
    from public.audit_logs where resource_type = 'user' and resource_id = ${bob.userId} order by seq`;
  const step = { action: "role_changed", actor: `user ${admin.userId}` };
  assertEquals<unknown>(rows.slice(1).map((row) => ({ ...row })), [
    { seq: 2, ...step, before: "user", after: "admin" },
    { seq: 3, ...step, before: "admin", after: "user" },
  ]);
});

Deno.test("private.grant_admin finds people by e-mail in any case and says whom it did not find", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const ada: Person = await adminPerson(sql, "Ada");
  assertEquals(await roleOf(sql, ada.userId), "admin");
  const { userId, email } = await person(sql, "grace");
  await sql`select private.grant_admin(${` ${email.toUpperCase()} `})`;
  assertEquals(await roleOf(sql, userId), "admin");
  const refusal = await sql`select private.grant_admin('nobody@example.com')`.catch((error: Error) =>
    error.message
  );
  assertEquals(
    refusal,
    "Expected the e-mail address of somebody who has signed up but found nobody@example.com",
  );
});

async function setRole(
  sql: postgres.Sql,
  caller: Caller,
  userId: string | null,
  role: string | null,
  headers: CallHeaders = {},
) {
  const { status, body } = await callAs<RoleAnswer>(
    sql,
    caller,
    "set_role",
    { user_id: userId, role },
    headers,
  );
  return [status, status < 300 ? body.user?.role : body.code];
}

async function roleOf(sql: postgres.Sql, userId: string): Promise<string | undefined> {
  const [profile] = await sql<{ role: string }[]>`select role from public.user_profile where id = ${userId}`;
  return profile?.role;
}
