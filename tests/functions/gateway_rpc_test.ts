import { assertEquals, assertMatch } from "@std/assert";
import { stack } from "../support/stack.ts";
import { callRpc, client, made, madeFunction, send } from "./gateway_fixture.ts";

Deno.test("a stable function that writes is refused, by POST and by GET", async () => {
  await using written = await made(
    `create table private.NAME (n int);
     create function private.NAME() returns int language sql volatile security definer
       as $$ insert into private.NAME values (1) returning n $$;
     create function api.NAME() returns int language sql stable security definer
       as $$ select private.NAME() $$;
     grant execute on function api.NAME to anon`,
    "drop function api.NAME; drop function private.NAME; drop table private.NAME",
  );
  const get = await send(`/rest/v1/rpc/${written.name}`, { headers: { "accept-profile": "api" } });
  for (const answer of [await callRpc(written.name), get]) {
    assertEquals([answer.status, JSON.parse(answer.text).code], [405, "25006"]);
  }
  assertEquals([...await written.sql`select * from private.${written.sql(written.name)}`], []);
});

Deno.test("jsonb arguments arrive as the objects and arrays that were sent, and go back unchanged", async () => {
  await using made = await madeFunction(
    "value jsonb -> jsonb",
    "language sql stable",
    "select jsonb_build_object('type', jsonb_typeof(value), 'value', value)",
  );
  const anyone = (await client()).schema("api");
  const values = { object: { a: [1, { b: null }] }, array: [1, "2"], string: '{"a":1}', number: 7 };
  for (const [type, value] of Object.entries(values)) {
    assertEquals((await anyone.rpc(made.name, { value })).data, { type, value });
  }
  const get = await send(`/rest/v1/rpc/${made.name}?value=${encodeURIComponent('{"a":1}')}`, {
    headers: { "accept-profile": "api" },
  });
  assertEquals(JSON.parse(get.text), { type: "object", value: { a: 1 } });
});

Deno.test("arguments are matched by name, with defaults, arrays and text in every script", async () => {
  await using made = await madeFunction(
    "ids uuid[], label text default 'none', due timestamptz default null -> jsonb",
    "language sql stable",
    "select jsonb_build_object('ids', ids, 'label', label, 'due', due)",
  );
  const id = crypto.randomUUID();
  const answer = await callRpc(made.name, JSON.stringify({ ids: [id], label: `'; drop "ø" \\ 😀` }));
  assertEquals(JSON.parse(answer.text), { ids: [id], label: `'; drop "ø" \\ 😀`, due: null });
  assertEquals(JSON.parse((await callRpc(made.name, `{"ids":[]}`)).text).label, "none");
});

Deno.test("a function that is not there, lacks an argument or has one too many is PGRST202", async () => {
  await using made = await madeFunction(
    "a int, b int default 2 -> int",
    "language sql stable",
    "select a + b",
  );
  for (const body of ["{}", `{"b":1}`, `{"a":1,"c":1}`]) {
    const answer = await callRpc(made.name, body);
    assertEquals([answer.status, JSON.parse(answer.text).code], [404, "PGRST202"]);
  }
  const near = JSON.parse((await callRpc(`${made.name}x`)).text);
  assertMatch(near.message, /^Could not find the function api\.\w+x without parameters in the schema cache$/);
  assertEquals(near.hint, `Perhaps you meant to call the function api.${made.name}`);
});

Deno.test("two functions that fit equally well are PGRST203", async () => {
  await using both = await made(
    `create function api.NAME(a int) returns int language sql as $$ select 1 $$;
     create function api.NAME(a text) returns int language sql as $$ select 2 $$`,
    "drop function api.NAME(int); drop function api.NAME(text)",
  );
  const answer = await callRpc(both.name, `{"a":1}`);
  assertEquals([answer.status, JSON.parse(answer.text).code], [300, "PGRST203"]);
});

Deno.test("a result is rendered by what the function returns", async () => {
  const cases = [
    [" -> text", `select 'a"b'`, `"a\\"b"`],
    [" -> text", "select null::text", "null"],
    [" -> jsonb", `select '{"b":1,"a":[1]}'::jsonb`, `{"a": [1], "b": 1}`],
    [" -> setof int", "values (1), (2)", "[1, 2]"],
    [" -> setof int", "select 1 where false", "[]"],
    [
      " -> table(x numeric, y timestamptz)",
      "values (1.50, '2026-01-01 00:00:00.5+00'::timestamptz)",
      undefined,
    ],
  ] as const;
  for (const [signature, body, expected] of cases) {
    await using made = await madeFunction(signature, "language sql stable", body);
    const { status, text } = await callRpc(made.name);
    assertEquals([status, text], [200, expected ?? `[{"x":1.50,"y":"2026-01-01T00:00:00.5+00:00"}]`]);
  }
});

Deno.test("a function that returns void answers 204 without a body", async () => {
  await using made = await madeFunction(" -> void", "language sql volatile", "select");
  const { status, text } = await callRpc(made.name);
  assertEquals([status, text], [204, ""]);
});

Deno.test("rows of a function are shaped, filtered and ordered by the query string", async () => {
  await using made = await madeFunction(
    " -> table(x int, y int)",
    "language sql stable",
    "select n, n * n from generate_series(1, 4) as n",
  );
  const anyone = (await client()).schema("api");
  const { data } = await anyone.rpc(made.name).select("y").gt("x", 1).order("x", { ascending: false }).limit(
    2,
  );
  assertEquals(data, [{ y: 16 }, { y: 9 }]);
});

Deno.test("a body that is not JSON and a schema that is not exposed are refused", async () => {
  const malformed = await callRpc("anything", "{");
  assertEquals([malformed.status, JSON.parse(malformed.text).code], [400, "PGRST102"]);
  const hidden = await callRpc("anything", "{}", { "content-profile": "private" });
  assertEquals([hidden.status, JSON.parse(hidden.text).code], [406, "PGRST106"]);
  const put = await send("/rest/v1/rpc/anything", { method: "PUT", body: "{}" });
  assertEquals([put.status, JSON.parse(put.text).code], [405, "PGRST101"]);
});

Deno.test("a function sees the request's headers, method, path and claims, and no caller sees another's", async () => {
  const { publishableKey } = await stack();
  await using made = await madeFunction(
    " -> jsonb",
    "language sql volatile",
    `select jsonb_build_object(
      'token', current_setting('request.headers')::jsonb ->> 'x-agent-token',
      'apikey', current_setting('request.headers')::jsonb ->> 'apikey',
      'method', current_setting('request.method'), 'path', current_setting('request.path'),
      'claims', auth.jwt())`,
  );
  const seen = JSON.parse((await callRpc(made.name, "{}", { "X-Agent-Token": "agt_1" })).text);
  assertEquals(seen, {
    token: "agt_1",
    apikey: publishableKey,
    method: "POST",
    path: `/rpc/${made.name}`,
    claims: seen.claims,
  });
  assertEquals(seen.claims.role, "anon");
  assertEquals(JSON.parse((await callRpc(made.name)).text).token, null);
});

Deno.test("a function that nobody granted is refused: 401 to anon, 403 to a user", async () => {
  await using hidden = await made(
    `create function api.NAME() returns int language sql stable as $$ select 1 $$;
     revoke execute on function api.NAME from public, anon, authenticated, service_role`,
    "drop function api.NAME",
  );
  const { users } = await stack();
  const alice = await client();
  await alice.auth.signInWithPassword({ email: users.alice.email, password: users.alice.password });

  const anonymous = await callRpc(hidden.name);
  assertEquals([anonymous.status, JSON.parse(anonymous.text).code], [401, "42501"]);
  const asAlice = await alice.schema("api").rpc(hidden.name);
  assertEquals([asAlice.status, asAlice.error?.code], [403, "42501"]);
});
