/** `deno task agents` and `deno task admin` against the stack under test, and what the URLs make of it. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { call, type FunctionCaller, refused, taskOf } from "../support/functions.ts";
import { asAgent, newAgent, signUp } from "../support/people.ts";
import { operate, type Said } from "../support/operator.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { freshDatabase } from "../support/database.ts";
import { aTask } from "../support/tasks.ts";

/** What a command printed, where it ended well. */
function done({ code, out, error }: Said): string {
  assertEquals(code, 0, error);
  return out;
}

/** The one sentence of a command that ended badly. */
function failed({ code, out, error }: Said): string {
  assertEquals([code, out, error.split("\n").length], [1, "", 1], error);
  return error;
}

async function creates(caller: FunctionCaller): Promise<string> {
  return taskOf(await call("create-task", caller, { json: aTask() }), 201).createdBy;
}

Deno.test("a token that is issued works at the URL, and is listed without being shown", async () => {
  const { id } = await newAgent();
  const token = done(await operate(["agents", "issue", id, "--expires", "90d"]));
  assertMatch(token, new RegExp(`^agt_${id}_[A-Za-z0-9_-]{43}$`));
  assertEquals(await creates(asAgent(id, token)), id);
  const list = done(await operate(["agents", "list"]));
  assertStringIncludes(list, id);
  assertEquals(list.includes(token.slice(-43)), false);
  await using sql = databaseOf(await stack());
  const rows = await sql<{ days: number; seen: boolean }[]>`
    select round(extract(epoch from expires_at - created_at) / 86400)::integer as days, last_used_at is not null as seen
    from private.agent_tokens where agent_id = ${id} and expires_at is not null`;
  assertEquals([...rows], [{ days: 90, seen: true }]);
});

Deno.test("a rotated token works beside the old one, until the overlap is over", async () => {
  const old = await newAgent();
  const fresh = asAgent(old.id, done(await operate(["agents", "rotate", old.id, "--overlap", "1h"])));
  assertEquals([await creates(old), await creates(fresh)], [old.id, old.id]);
  const last = asAgent(old.id, done(await operate(["agents", "rotate", old.id, "--overlap", "0m"])));
  refused(await call("create-task", old, { json: aTask() }), "credentials_expired");
  refused(await call("create-task", fresh, { json: aTask() }), "credentials_expired");
  assertEquals(await creates(last), old.id);
});

Deno.test("a revoked token does not work any more: one by its id, or all of an agent's", async () => {
  const first = await newAgent();
  const second = asAgent(first.id, done(await operate(["agents", "issue", first.id])));
  await using sql = databaseOf(await stack());
  const [oldest] = await sql<{ id: string }[]>`
    select id from private.agent_tokens where agent_id = ${first.id} order by created_at limit 1`;
  const one = done(await operate(["agents", "revoke", first.id, "--token-id", oldest?.id ?? ""]));
  assertEquals(one, `1 token of ${first.id} revoked`);
  refused(await call("list-tasks", first), "credentials_invalid");
  assertEquals(await creates(second), first.id);
  assertEquals(done(await operate(["agents", "revoke", first.id])), `1 token of ${first.id} revoked`);
  refused(await call("list-tasks", second), "credentials_invalid");
  assertStringIncludes(failed(await operate(["agents", "revoke", first.id])), "to revoke but found none");
});

Deno.test("tokens are taken over from the environment as they are, once", async () => {
  const name = `probe${crypto.randomUUID().slice(0, 8)}`;
  const id = `marketplace-${name}`;
  await using sql = databaseOf(await stack());
  await sql`insert into public.agents (id, marketplace) values (${id}, 'amazon')`;
  await sql`insert into public.agent_categories (agent_id, category) values (${id}, 'optimization')`;
  const token = `secret of the former system/+=${crypto.randomUUID()}`.replaceAll(" ", "-");
  const environment = { [`MARKETPLACE_${name.toUpperCase()}_TOKEN`]: token };
  assertEquals(done(await operate(["agents", "import"], environment)), `${id}: token imported`);
  assertEquals(await creates(asAgent(id, token)), id);
  assertEquals(await creates({ credentials: { "x-agent-token": token } }), id);
  assertEquals(done(await operate(["agents", "import"], environment)), `${id}: token already known`);
  const [kept] = await sql<{ plain: boolean; count: number }[]>`
    select bool_or(t::text like ${`%${token}%`}) as plain, count(*)::integer as count
    from private.agent_tokens as t where agent_id = ${id}`;
  assertEquals(kept, { plain: false, count: 1 });
});

Deno.test("the seed's seven variables are taken over; with a short one among them, none is", async () => {
  await using database = await freshDatabase();
  const names = ["AMAZON", "SHOPEE", "MERCADOLIVRE", "SHEIN", "TIKTOKSHOP", "KAWAY", "MASTER"];
  const variables = Object.fromEntries(
    names.map((name) => [`MARKETPLACE_${name}_TOKEN`, `token-of-${name}-${crypto.randomUUID()}`]),
  );
  const environment = { ...variables, SUPABASE_DB_URL: database.url };
  const short = { ...environment, MARKETPLACE_MASTER_TOKEN: "marketplace-master-secret123" };
  const count = async () => {
    const [row] = await database.sql<{ count: number }[]>`
      select count(*)::integer as count from private.agent_tokens`;
    return row?.count;
  };
  const sentence = failed(await operate(["agents", "import"], short));
  assertEquals(
    sentence,
    "Expected MARKETPLACE_MASTER_TOKEN to have at least 32 characters but found 28; issue a new token instead",
  );
  assertEquals(await count(), 0);
  const lines = done(await operate(["agents", "import"], environment)).split("\n");
  assertEquals(lines.sort(), names.map((name) => `marketplace-${name.toLowerCase()}: token imported`).sort());
  assertEquals(await count(), 7);
});

Deno.test("what cannot be done is refused with one sentence", async () => {
  const { id } = await newAgent();
  const cases: readonly (readonly [readonly string[], string])[] = [
    [["agents", "issue", "marketplace-ebay"], "but found marketplace-ebay"],
    [["agents", "issue"], "Expected the name of an agent but found none"],
    [["agents", "issue", id, "--expires", "soon"], "Expected --expires to be a duration"],
    [["agents", "publish", id], "Expected issue, rotate, revoke, list or import but found publish"],
    [["agents", "import"], "Expected variables such as MARKETPLACE_AMAZON_TOKEN but found none"],
    [["admin", "grant", "nobody@example.com"], "somebody who has signed up but found nobody@example.com"],
    [["admin", "revoke", "nobody@example.com"], "Expected grant <email>"],
  ];
  const said = await Promise.all(cases.map(([command]) => operate(command)));
  for (const [index, [, words]] of cases.entries()) {
    const each = said[index];
    if (!each) throw new Error("Expected a command to say something");
    assertStringIncludes(failed(each), words);
  }
});

Deno.test("admin grant makes an admin of somebody who has signed up, whatever the case of his address", async () => {
  const person = await signUp("First.Admin");
  const unknown = { json: { taskIds: ["00000000-0000-4000-8000-00000000dead"], approved: true } };
  refused(await call("approve", person, unknown), "not_allowed");
  const said = done(await operate(["admin", "grant", person.email.toUpperCase()]));
  assertEquals(said, `${person.email.toUpperCase()} is an admin now`);
  const { status, body } = await call("approve", person, unknown);
  assertEquals([status, body.results?.[0]?.outcome], [409, "not_found"]);
  assertEquals(done(await operate(["admin", "grant", person.email])), `${person.email} is an admin now`);
});
