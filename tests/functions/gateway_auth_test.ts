import { assert, assertEquals, assertNotEquals } from "@std/assert";
import postgres from "postgres";
import { stack } from "../support/stack.ts";
import { client, newEmail } from "./gateway_fixture.ts";

const password = "correct horse battery";

Deno.test("a user signs up and getClaims() verifies the token with the published key", async () => {
  const { apiUrl } = await stack();
  const anyone = await client();
  const email = newEmail();

  const signedUp = await anyone.auth.signUp({ email, password, options: { data: { nick: "kea" } } });
  assertEquals(signedUp.error, null);
  const { data, error } = await anyone.auth.getClaims();

  assertEquals(error, null);
  assertEquals(data?.header.alg, "ES256");
  assert(data?.claims.session_id);
  assertEquals(
    [data?.claims.sub, data?.claims.iss, data?.claims.aud, data?.claims.role, data?.claims.email],
    [signedUp.data.user?.id, `${apiUrl}/auth/v1`, "authenticated", "authenticated", email],
  );
  assertEquals(data?.claims.user_metadata?.nick, "kea");
  assertEquals(data?.claims.app_metadata?.provider, "email");
  assertEquals([data?.claims.aal, data?.claims.is_anonymous], ["aal1", false]);
  assertEquals((data?.claims.exp ?? 0) - (data?.claims.iat ?? 0), 3600);
});

Deno.test("metadata given at sign-up is an object that a trigger on auth.users can read", async () => {
  const { dbUrl } = await stack();
  const email = newEmail();
  await (await client()).auth.signUp({ email, password, options: { data: { nick: "kea" } } });

  const sql = postgres(dbUrl, { max: 1 });
  const rows = await sql`select raw_user_meta_data ->> 'nick' as nick from auth.users where email = ${email}`;
  await sql.end();

  assertEquals([...rows], [{ nick: "kea" }]);
});

Deno.test("a refreshed session keeps its id and gets a new refresh token", async () => {
  const anyone = await client();
  const { data: before } = await anyone.auth.signUp({ email: newEmail(), password });
  const sessionBefore = (await anyone.auth.getClaims()).data?.claims.session_id;

  const { data: after, error } = await anyone.auth.refreshSession();

  assertEquals(error, null);
  assertNotEquals(after.session?.refresh_token, before.session?.refresh_token);
  const claims = await anyone.auth.getClaims();
  assertEquals(claims.error, null);
  assertEquals(claims.data?.claims.session_id, sessionBefore);
});

Deno.test("a user's changed metadata is in the claims of the next token", async () => {
  const anyone = await client();
  await anyone.auth.signUp({ email: newEmail(), password });

  assertEquals((await anyone.auth.updateUser({ data: { nick: "weka" } })).error, null);
  await anyone.auth.refreshSession();

  assertEquals((await anyone.auth.getClaims()).data?.claims.user_metadata?.nick, "weka");
});

Deno.test("signing out ends the session for its refresh token", async () => {
  const anyone = await client();
  const { data } = await anyone.auth.signUp({ email: newEmail(), password });

  assertEquals((await anyone.auth.signOut()).error, null);
  const refreshed = await anyone.auth.refreshSession({ refresh_token: data.session?.refresh_token ?? "" });

  assertEquals(refreshed.data.session, null);
  assertEquals(refreshed.error?.status, 400);
});

Deno.test("a wrong password and a taken address are refused with the platform's codes", async () => {
  const anyone = await client();
  const email = newEmail();
  await anyone.auth.signUp({ email, password });

  assertEquals(
    (await anyone.auth.signInWithPassword({ email, password: "wrong" })).error?.code,
    "invalid_credentials",
  );
  assertEquals((await anyone.auth.signUp({ email, password })).error?.code, "user_already_exists");
});

Deno.test("a secret key creates, finds, lists, changes and deletes users", async () => {
  const { secretKeys } = await stack();
  const service = await client(secretKeys.default);
  const id = crypto.randomUUID();
  const email = newEmail();

  const created = await service.auth.admin.createUser({
    id,
    email,
    password,
    email_confirm: true,
    user_metadata: { nick: "kea" },
    app_metadata: { team: "a" },
  });
  assertEquals([created.error, created.data.user?.id], [null, id]);
  assertEquals((await service.auth.admin.createUser({ email, password })).error?.code, "email_exists");

  const changed = await service.auth.admin.updateUserById(id, { app_metadata: { desk: 4 } });
  assertEquals(changed.data.user?.app_metadata.team, "a");
  const signedIn = await (await client()).auth.signInWithPassword({ email, password });
  assertEquals(signedIn.data.user?.app_metadata.desk, 4);

  const listed = await service.auth.admin.listUsers({ page: 1, perPage: 1000 });
  assert(listed.data.users.some((user) => user.id === id));
  assertEquals((await service.auth.admin.getUserById(id)).data.user?.email, email);

  assertEquals((await service.auth.admin.deleteUser(id)).error, null);
  assertEquals((await service.auth.admin.getUserById(id)).error?.code, "user_not_found");
});

Deno.test("nobody but a secret key administers users, not even a signed-in user beside it", async () => {
  const { secretKeys } = await stack();
  const anyone = await client();
  const { data } = await anyone.auth.signUp({ email: newEmail(), password });
  const beside = await client(secretKeys.default, data.session?.access_token ?? "");

  for (const caller of [await client(), anyone, beside]) {
    const { error } = await caller.auth.admin.listUsers();
    assertEquals([error?.status, error?.code], [403, "not_admin"]);
  }
});

Deno.test("the tables of schema auth cannot be read by the Data API's roles", async () => {
  const { dbUrl } = await stack();
  const sql = postgres(dbUrl, { max: 1 });
  const rows = await sql`
    select relation.relname, role.name
    from pg_catalog.pg_class as relation
    cross join (values ('anon'), ('authenticated'), ('service_role')) as role(name)
    where relation.relnamespace = 'auth'::regnamespace and relation.relkind = 'r'
      and has_any_column_privilege(role.name, relation.oid, 'select, insert, update, references')
  `;
  await sql.end();
  assertEquals([...rows], []);
});
