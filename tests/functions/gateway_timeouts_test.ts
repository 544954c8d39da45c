import { assertEquals, assertLess } from "@std/assert";
import { stack } from "../support/stack.ts";
import { callRpc, client, inAnHour, made, madeFunction, send, signedToken } from "./gateway_fixture.ts";

const SLEEP = "select pg_sleep(seconds)";

Deno.test("a call ends with its role's time limit: 3 s for visitors, 8 s for everybody else", async () => {
  await using limit = await made(
    `create view public.NAME as select current_setting('statement_timeout') as value;
     grant select on public.NAME to anon, authenticated, service_role;
     create function api.NAME() returns text language sql stable as $$ select current_setting('statement_timeout') $$;
     grant execute on function api.NAME to anon, authenticated, service_role`,
    "drop view public.NAME; drop function api.NAME",
  );
  const { secretKeys } = await stack();
  const user = await signedToken({ sub: crypto.randomUUID() }, inAnHour());
  const cases = [[await client(), "3s"], [await client(undefined, user), "8s"], [
    await client(secretKeys.default),
    "8s",
  ]] as const;
  for (const [caller, value] of cases) {
    assertEquals((await caller.schema("api").rpc(limit.name)).data, value);
    assertEquals((await caller.from(limit.name).select("value").single()).data, { value });
  }
});

Deno.test("a visitor's call that takes longer than 3 s is ended: 500 with 57014", async () => {
  await using slow = await madeFunction("seconds float -> void", "language sql volatile", SLEEP);
  const began = performance.now();
  const answer = await callRpc(slow.name, `{"seconds":20}`);
  assertLess(performance.now() - began, 6000);
  assertEquals([answer.status, JSON.parse(answer.text)], [500, {
    code: "57014",
    message: "canceling statement due to statement timeout",
    details: null,
    hint: null,
  }]);
});

Deno.test("a function's own time limit holds in place of the role's, longer or shorter", async () => {
  await using patient = await madeFunction(
    "seconds float -> void",
    "language sql volatile set statement_timeout = '20s'",
    SLEEP,
  );
  await using hasty = await madeFunction(
    "seconds float -> void",
    "language sql volatile set search_path = '' set statement_timeout = '100ms'",
    "select pg_catalog.pg_sleep(seconds)",
  );
  const [long, short] = await Promise.all([
    callRpc(patient.name, `{"seconds":3.3}`),
    callRpc(hasty.name, `{"seconds":2}`),
  ]);
  assertEquals(long.status, 204, long.text);
  assertEquals([short.status, JSON.parse(short.text).code], [500, "57014"]);
});

Deno.test("a function's own time limit holds where the query string shapes its rows", async () => {
  await using hasty = await madeFunction(
    "seconds float -> table(n int)",
    "language plpgsql stable set statement_timeout = '100ms'",
    "begin perform pg_sleep(seconds); return query select 1; end",
  );
  const answer = await send(`/rest/v1/rpc/${hasty.name}?seconds=2&select=n`, {
    headers: { "accept-profile": "api" },
  });
  assertEquals([answer.status, JSON.parse(answer.text).code], [500, "57014"]);
});
