import { assert, assertEquals } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import { stack } from "../support/stack.ts";
import { client, inAnHour, made, send, signedToken } from "./gateway_fixture.ts";

async function signedIn(name: "alice" | "admin"): Promise<SupabaseClient> {
  const { users } = await stack();
  const person = await client();
  const { error } = await person.auth.signInWithPassword(users[name]);
  if (error) throw error;
  return person;
}

/** Everybody who can call, and the status of what he may not do. */
async function callers(): Promise<Record<"alice" | "admin" | "anon" | "service", SupabaseClient>> {
  const { secretKeys } = await stack();
  const [alice, admin, anon] = await Promise.all([signedIn("alice"), signedIn("admin"), client()]);
  return { alice, admin, anon, service: await client(secretKeys.default) };
}

Deno.test("a user reads his own profile and an admin everybody's, filtered, ordered and counted", async () => {
  const { users } = await stack();
  const { alice, admin } = await callers();
  const own = await alice.from("user_profile").select("id, role", { count: "exact" });
  assertEquals([own.status, own.count, own.data], [200, 1, [{ id: users.alice.id, role: "user" }]]);

  const ids = [users.admin.id, users.alice.id, users.bob.id].toSorted();
  const all = await admin.from("user_profile").select("id", { count: "exact" }).in("id", ids).order("id")
    .limit(2);
  assertEquals([all.status, all.count, all.data], [206, 3, ids.slice(0, 2).map((id) => ({ id }))]);
  const hidden = await alice.from("user_profile").select("id").eq("id", users.admin.id).single();
  assertEquals([hidden.status, hidden.error?.code], [406, "PGRST116"]);
});

Deno.test("a signed-in admin sees rows with the rows that belong to them", async () => {
  const { admin, alice } = await callers();
  const wanted = "id, agent_categories(category)";
  const one = await admin.from("agents").select(wanted).eq("id", "marketplace-amazon").single();
  assertEquals(one.error, null);
  assert((one.data?.agent_categories.length ?? 0) > 0);
  const none = await alice.from("agents").select(wanted);
  assertEquals([none.status, none.data], [200, []]);
});

Deno.test("a table nobody granted is 403 to people, 401 to visitors, in PostgREST's words", async () => {
  await using closed = await made("create table public.NAME (id int)", "drop table public.NAME");
  const { alice, admin, anon, service } = await callers();
  const message = `permission denied for table ${closed.name}`;
  for (const [caller, status] of [[alice, 403], [admin, 403], [anon, 401], [service, 403]] as const) {
    const answer = await caller.from(closed.name).select("id");
    assertEquals([answer.status, answer.error?.code, answer.error?.message], [status, "42501", message]);
  }
});

Deno.test("a signed-in person changes no profile, and what is not there is said so", async () => {
  const { users } = await stack();
  const { alice } = await callers();
  const change = await alice.from("user_profile").update({ role: "admin" }).eq("id", users.alice.id);
  assertEquals([change.status, change.error?.code], [403, "42501"]);
  const column = await alice.from("user_profile").select("shoe_size");
  assertEquals([column.status, column.error?.code], [400, "42703"]);
  const table = await alice.from("no_such_table").select("id");
  assertEquals([table.status, table.error?.code], [404, "PGRST205"]);
});

Deno.test("a column without a grant is 403 to a signed-in person", async () => {
  await using partly = await made(
    `create table public.NAME (id int, secret text); insert into public.NAME values (1, 'hush');
     grant select (id) on public.NAME to authenticated`,
    "drop table public.NAME",
  );
  const alice = await signedIn("alice");
  assertEquals((await alice.from(partly.name).select("id")).data, [{ id: 1 }]);
  for (const columns of ["*", "id, secret"]) {
    const refused = await alice.from(partly.name).select(columns);
    assertEquals([refused.status, refused.error?.code], [403, "42501"], columns);
  }
});

Deno.test("policies on tables see all the claims of a token", async () => {
  await using claims = await made(
    `create view public.NAME as select auth.uid() as uid, auth.role() as role, auth.email() as email,
       auth.jwt() -> 'app_metadata' ->> 'team' as team;
     grant select on public.NAME to authenticated`,
    "drop view public.NAME",
  );
  const sub = crypto.randomUUID();
  const token = await signedToken(
    { sub, email: "who@gateway.test", "app_metadata": { team: "blue" } },
    inAnHour(),
  );
  const answer = await send(`/rest/v1/${claims.name}`, { headers: { authorization: `Bearer ${token}` } });
  assertEquals([answer.status, JSON.parse(answer.text)], [
    200,
    [{ uid: sub, role: "authenticated", email: "who@gateway.test", team: "blue" }],
  ]);
});
