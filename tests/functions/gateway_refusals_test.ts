import { assertEquals } from "@std/assert";
import { callRpc, type Made, madeFunction } from "./gateway_fixture.ts";

const raises = (statement: string): Promise<Made> =>
  madeFunction(" -> int", "language plpgsql volatile", `begin ${statement}; return 1; end`);

const raisesPgrst = (message: string, detail?: string): Promise<Made> =>
  raises(`raise sqlstate 'PGRST' using message = '${message}'${detail ? `, detail = '${detail}'` : ""}`);

Deno.test("sqlstate PGRST gives the answer's status, headers and body", async () => {
  await using made = await raisesPgrst(
    `{"code":"credentials_expired","message":"Expired","details":"{\\"a\\":1}","hint":null}`,
    `{"status":401,"headers":{"www-authenticate":"Bearer"}}`,
  );
  const answer = await callRpc(made.name);
  assertEquals([answer.status, answer.headers.get("www-authenticate")], [401, "Bearer"]);
  assertEquals(JSON.parse(answer.text), {
    code: "credentials_expired",
    message: "Expired",
    details: `{"a":1}`,
    hint: null,
  });
});

Deno.test("sqlstate PGRST with anything but text where text belongs is 500 PGRST121", async () => {
  const good = `{"code":"x","message":"m"}`;
  const cases: readonly (readonly [message: string, detail?: string])[] = [
    [`{"code":"x","message":"m","details":{"a":1}}`, `{"status":400,"headers":{}}`],
    [`{"code":"x","message":"m","hint":1}`, `{"status":400,"headers":{}}`],
    [`{"code":"x"}`, `{"status":400,"headers":{}}`],
    ["not json", `{"status":400,"headers":{}}`],
    [good, `{"status":400,"headers":{"retry-after":60}}`],
    [good, `{"status":400}`],
    [good, `{"status":"400","headers":{}}`],
    [good],
  ];
  for (const [message, detail] of cases) {
    await using made = await raisesPgrst(message, detail);
    const answer = await callRpc(made.name);
    assertEquals([answer.status, JSON.parse(answer.text).code], [500, "PGRST121"], message);
  }
});

Deno.test("other errors get the status of PostgREST's table, with message, detail and hint", async () => {
  const cases = [
    ["raise exception 'plain'", 400, "P0001"],
    ["raise sqlstate 'PT418' using message = 'teapot'", 418, "PT418"],
    ["raise sqlstate '23505'", 409, "23505"],
    ["raise sqlstate '22023'", 400, "22023"],
    ["raise sqlstate '40001'", 500, "40001"],
    ["raise sqlstate '53300'", 503, "53300"],
    ["perform 1 / 0", 400, "22012"],
    ["perform nowhere.nothing()", 400, "3F000"],
  ] as const;
  for (const [statement, status, code] of cases) {
    await using made = await raises(statement);
    const answer = await callRpc(made.name);
    assertEquals([answer.status, JSON.parse(answer.text).code], [status, code], statement);
  }
  await using detailed = await raises("raise exception 'm' using detail = 'd', hint = 'h'");
  assertEquals(JSON.parse((await callRpc(detailed.name)).text), {
    code: "P0001",
    message: "m",
    details: "d",
    hint: "h",
  });
});

Deno.test("response.status and response.headers shape an answer whose transaction commits", async () => {
  await using made = await raises(
    `perform set_config('response.status', '422', true),
       set_config('response.headers', '[{"retry-after":"60"},{"x-two":"b"}]', true)`,
  );
  const answer = await callRpc(made.name);
  assertEquals([answer.status, answer.text], [422, "1"]);
  assertEquals([answer.headers.get("retry-after"), answer.headers.get("x-two")], ["60", "b"]);
});

Deno.test("response settings that PostgREST cannot read are 500 PGRST111 and PGRST112", async () => {
  const cases = [
    ["response.headers", `[{"retry-after":60}]`, "PGRST111"],
    ["response.headers", `{"retry-after":"60"}`, "PGRST111"],
    ["response.headers", `[{"a":"1","b":"2"}]`, "PGRST111"],
    ["response.headers", "no json", "PGRST111"],
    ["response.status", "many", "PGRST112"],
  ] as const;
  for (const [setting, value, code] of cases) {
    await using made = await raises(`perform set_config('${setting}', '${value}', true)`);
    const answer = await callRpc(made.name);
    assertEquals([answer.status, JSON.parse(answer.text).code], [500, code], value);
  }
});
