import { assert, assertEquals } from "@std/assert";
import { writeLog } from "../../shared/http/log.ts";
import { AGENT_TOKEN, environment, KEYS, post, probe, signToken, USER_ID } from "./kernel_fixture.ts";

Deno.test("every request leaves one line that says what happened and to whom", async () => {
  const token = await signToken();
  const { fetch, lines } = probe({ auth: "user" });
  await (await fetch(post({ name: "x" }, { authorization: `Bearer ${token}`, "x-request-id": "r1" }))).body
    ?.cancel();
  assertEquals(lines.length, 1);
  const [{ time = "", durationMs = -1, ...rest } = {}] = lines;
  assertEquals(rest, {
    level: "info",
    requestId: "r1",
    function: "probe",
    method: "POST",
    status: 200,
    actorKind: "user",
  });
  assertEquals(new Date(time).toISOString(), time);
  assert(durationMs >= 0);
});

Deno.test("a refusal is a line of its own kind, with its code", async () => {
  const { fetch, lines } = probe({ auth: "user" });
  await (await fetch(post({}))).body?.cancel();
  const [line] = lines;
  assertEquals(line?.level, "info");
  assertEquals(line?.status, 401);
  assertEquals(line?.code, "credentials_missing");
  assertEquals(line?.actorKind, "unknown");
  assertEquals(line?.fault, undefined);
});

Deno.test("no line holds a token, a body, an e-mail address or a user's id", async () => {
  const token = await signToken();
  const requests = [
    post({ name: "private words" }, { authorization: `Bearer ${token}` }),
    post({ name: 1 }, { authorization: `Bearer ${token}` }),
    post("{private words", { authorization: `Bearer ${AGENT_TOKEN}` }),
    post({}, { apikey: KEYS.default, authorization: `Bearer ${KEYS.default}x` }),
  ];
  const { fetch, lines } = probe({ auth: "user" }, {}, ({ actor }) => {
    if (actor.kind === "user") throw new Error(`alice@example.com sent Bearer ${actor.token}`);
  });
  for (const request of requests) await (await fetch(request)).body?.cancel();
  assertEquals(lines.length, 4);
  const text = JSON.stringify(lines);
  for (const secret of [token, AGENT_TOKEN, KEYS.default, "private words", "alice@example.com", USER_ID]) {
    assertEquals(text.includes(secret), false, `Expected no ${secret} in the log`);
  }
});

Deno.test("a handler that throws is a fault, and the answer says nothing of it", async () => {
  const { fetch, lines } = probe({}, {}, () => {
    throw new TypeError("inner workings");
  });
  const response = await fetch(post({}));
  assertEquals(response.status, 500);
  assertEquals((await response.text()).includes("inner workings"), false);
  assertEquals(lines[0]?.level, "error");
  assertEquals(lines[0]?.fault?.name, "TypeError");
  assertEquals(lines[0]?.fault?.message, "inner workings");
});

Deno.test("a preflight is logged like any request", async () => {
  const { fetch, lines } = probe({}, { env: environment({ allowedOrigins: ["*"] }) });
  await fetch(
    new Request("http://127.0.0.1/probe", { method: "OPTIONS", headers: { origin: "https://a.example" } }),
  );
  assertEquals(lines.map(({ method, status }) => ({ method, status })), [{ method: "OPTIONS", status: 204 }]);
});

Deno.test("a line is one JSON object on one line", () => {
  const written: string[] = [];
  const { log } = console;
  console.log = (text: string) => written.push(text);
  try {
    writeLog({
      level: "info",
      time: "2026-11-21T08:00:00.000Z",
      requestId: "r\n1",
      function: "probe",
      method: "GET",
      status: 200,
      durationMs: 1.5,
      actorKind: "user",
    });
  } finally {
    console.log = log;
  }
  assertEquals(written.length, 1);
  assertEquals(written[0]?.includes("\n"), false);
  assertEquals(JSON.parse(written[0] ?? "").requestId, "r\n1");
});
