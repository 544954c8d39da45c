/** Every code that a task function can answer with, raised once at its URL. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { errorCodes } from "../../scripts/generate/openapi_operation.ts";
import { ERROR_CATALOGUE, type ErrorCode } from "../../shared/error_catalogue.ts";
import * as contracts from "../../shared/tasks/contract.ts";
import { brokenFor, cancelledWhileWaiting, INSIDE } from "../support/faults.ts";
import { call, type FunctionAnswer, nobody, refused } from "../support/functions.ts";
import { asAgent, newAgent, newCast, signUpAdmin, taskIn, waitingTasks } from "../support/people.ts";
import { present } from "../support/present.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { aTask } from "../support/tasks.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000dead";
const STRANGER = asAgent("nobody", `agt_nobody_${"x".repeat(43)}`);

type Raise = () => Promise<FunctionAnswer>;

const cast = await newCast();
const { admin, alice, agent } = cast;
const decide = (taskIds: readonly string[], more: Readonly<Record<string, unknown>> = {}) =>
  call("approve", admin, { json: { taskIds, approved: true, ...more } });

const RAISED: ReadonlyMap<ErrorCode, Raise> = new Map<ErrorCode, Raise>([
  ["invalid_json", () => call("create-task", agent, { raw: "{" })],
  ["invalid_request", () => call("create-task", agent, { json: { title: 1 } })],
  ["cursor_invalid", () => call("list-tasks", alice, { query: { cursor: "made-up" } })],
  [
    "ambiguous_credentials",
    () => call("list-tasks", alice, { headers: { "x-agent-token": agent.token } }),
  ],
  ["credentials_missing", () => call("task-stats", nobody)],
  ["credentials_malformed", () => call("task-stats", asAgent("nobody", "short"))],
  ["credentials_expired", async () => call("list-tasks", await expiredAgent())],
  ["credentials_invalid", () => call("list-tasks", STRANGER)],
  ["not_allowed", () => call("approve", alice, { json: { taskIds: [UNKNOWN], approved: true } })],
  ["created_by_mismatch", () => call("create-task", agent, { json: aTask({ createdBy: "somebody" }) })],
  ["marketplace_not_allowed", () => call("create-task", agent, { json: aTask({ marketplace: "kaway" }) })],
  [
    "category_not_allowed",
    async () => call("create-task", await newAgent({ categories: ["scaling"] }), { json: aTask() }),
  ],
  ["not_found", () => call("submit-task", agent, { json: { taskId: UNKNOWN } })],
  ["user_not_found", async () => {
    const { id: taskId } = await taskIn(cast, "approved");
    return await call("assign", admin, { json: { taskId, assignedTo: UNKNOWN } });
  }],
  ["method_not_allowed", () => call("complete", alice, { method: "PUT", json: {} })],
  ["body_too_large", () => call("assign", admin, { raw: `"${"x".repeat(1024 * 1024)}"` })],
  [
    "unsupported_media_type",
    () => call("assign", admin, { raw: "{}", headers: { "content-type": "text/plain" } }),
  ],
  ["invalid_transition", async () => {
    const { id: taskId } = await taskIn(cast, "awaiting_approval");
    return await call("complete", admin, { json: { taskId, actualHours: 1 } });
  }],
  ["idempotency_key_reused", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    await call("create-task", agent, { json: aTask(), headers });
    return await call("create-task", agent, { json: aTask({ title: "Another" }), headers });
  }],
  ["reason_required", () => call("approve", admin, { json: { taskIds: [UNKNOWN], approved: false } })],
  ["rate_limited", async () => {
    const hasty = await newAgent({ autoSubmit: false });
    const answers = await Promise.all(
      Array.from({ length: 101 }, () => call("create-task", hasty, { json: aTask() })),
    );
    return present(answers.find(({ status }) => status !== 201), "a call beyond the limit");
  }],
  [
    "quota_exceeded",
    async () => call("create-task", await newAgent({ dailyQuota: 0 }), { json: aTask() }),
  ],
  ["internal_error", async () => {
    const title = crypto.randomUUID();
    await using _trigger = await brokenFor(title);
    return await call("create-task", agent, { json: aTask({ title }) });
  }],
  ["dependency_unavailable", async () => {
    const { id: taskId } = await taskIn(cast, "awaiting_approval");
    const decider = await signUpAdmin();
    return await cancelledWhileWaiting(
      taskId,
      () => call("approve", decider, { json: { taskIds: [taskId], approved: true } }),
    );
  }],
]);

/** Codes that an item of a batch or of a decision has, in an answer that says more. */
const RAISED_FOR_ITEMS: ReadonlyMap<ErrorCode, Raise> = new Map<ErrorCode, Raise>([
  [
    "batch_refused",
    () => call("create-task", agent, { json: { tasks: [aTask(), { title: "" }], mode: "atomic" } }),
  ],
  ["version_conflict", async () => {
    const [id = ""] = await waitingTasks(cast, 1);
    return await decide([id], { options: { expectedVersions: { [id]: 2 } } });
  }],
]);

for (const [code, raise] of RAISED) {
  Deno.test(`${code} is answered with its status, its body and its request id`, async () => {
    const answer = await raise();
    const { requestId, error } = refused(answer, code);
    assertMatch(present(requestId, "a request id"), /^req_[0-9a-f]{32}$/);
    assertEquals(answer.headers.get("cache-control"), "no-store");
    if (ERROR_CATALOGUE[code].status < 500) return;
    assertEquals([error, answer.body.details], [ERROR_CATALOGUE[code].sentence, {}]);
    assert(!answer.text.includes(INSIDE));
  });
}

for (const [code, raise] of RAISED_FOR_ITEMS) {
  Deno.test(`${code} is the code of an item`, async () => {
    const { status, body } = await raise();
    assertEquals([status, body.success], [code === "batch_refused" ? 422 : 409, false]);
    assertEquals(body.results?.[0]?.code, code);
  });
}

Deno.test("no code of a task function is left out here", () => {
  const promised = Object.values(contracts).flatMap((contract) => [
    ...errorCodes(contract, contract.methods.includes("GET")),
  ]);
  const raised = [...RAISED.keys(), ...RAISED_FOR_ITEMS.keys()];
  const missing = promised.filter((code) => !raised.includes(code));
  assertEquals([...new Set(missing)], []);
});

Deno.test("a 429 says when to come back, a 401 how to identify oneself, a 405 what is answered", async () => {
  const limited = await present(RAISED.get("rate_limited"), "a raiser")();
  const seconds = Number(limited.headers.get("retry-after"));
  assert(seconds >= 1 && seconds <= 36, `${seconds} s`);
  assertEquals(limited.body.details, { limit: 100, periodSeconds: 3600, retryAfterSeconds: seconds });
  assertEquals(limited.headers.get("ratelimit-limit"), "100");
  assertEquals(limited.headers.get("ratelimit-remaining"), "0");
  assertEquals(limited.headers.get("ratelimit-reset"), String(seconds));
  assertEquals((await call("task-stats", nobody)).headers.get("www-authenticate"), "Bearer");
  const wrong = await call("list-tasks", agent, { json: {} });
  assertEquals([wrong.status, wrong.headers.get("allow")], [405, "GET, OPTIONS"]);
});

async function expiredAgent() {
  const { id, token } = await newAgent();
  await using sql = databaseOf(await stack());
  await sql`update private.agent_tokens set expires_at = clock_timestamp() where agent_id = ${id}`;
  return asAgent(id, token);
}
