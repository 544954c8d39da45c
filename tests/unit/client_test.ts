import { assertEquals, assertRejects } from "@std/assert";
import { importsOf } from "../../scripts/checks/imports_of.ts";
import { createTradepostClient, fromSupabase, TradepostError } from "../../shared/client.ts";

const ID = "00000000-0000-4000-8000-000000000001";

/** A `fetch` that keeps its requests and answers as told. */
function recording(answer: () => Response) {
  const requests: Request[] = [];
  const send: typeof fetch = (input, init) => {
    requests.push(new Request(input, init));
    return Promise.resolve(answer());
  };
  return { requests, send };
}

const OPTIONS = { url: "http://stack.example/", apikey: "sb_publishable_x" };

Deno.test("a write is a POST with its body, key and credentials", async () => {
  const { requests, send } = recording(() => Response.json({ success: true }));
  const client = createTradepostClient({ ...OPTIONS, agentToken: "agt_x", fetch: send });
  await client.call("submit-task", { taskId: ID }, { idempotencyKey: "k1", requestId: "r1" });
  const [request] = requests;
  assertEquals(request?.method, "POST");
  assertEquals(request?.url, "http://stack.example/functions/v1/submit-task");
  assertEquals(request?.headers.get("authorization"), "Bearer agt_x");
  assertEquals(request?.headers.get("apikey"), "sb_publishable_x");
  assertEquals(request?.headers.get("idempotency-key"), "k1");
  assertEquals(request?.headers.get("x-request-id"), "r1");
  assertEquals(await request?.json(), { taskId: ID });
});

Deno.test("a read is a GET with lists repeated and what is undefined left out", async () => {
  const { requests, send } = recording(() => Response.json({ tasks: [] }));
  const client = createTradepostClient({ ...OPTIONS, getAccessToken: () => "jwt", fetch: send });
  const { tasks } = await client.call("list-tasks", {
    status: ["pending", "approved"],
    q: "a&b",
    tag: undefined,
  });
  assertEquals(tasks, []);
  assertEquals(requests[0]?.method, "GET");
  assertEquals(new URL(requests[0]?.url ?? "").search, "?status=pending&status=approved&q=a%26b");
  assertEquals(requests[0]?.headers.get("authorization"), "Bearer jwt");
});

Deno.test("a function of several methods is called by the one that is named", async () => {
  const { requests, send } = recording(() => Response.json({ success: true }));
  const client = createTradepostClient({ ...OPTIONS, accessToken: "jwt", fetch: send });
  await client.call("set-auto-bid", { sessionId: ID, maxAmount: 3800 });
  await client.call("set-auto-bid", { sessionId: ID }, { method: "GET" });
  await client.call("set-auto-bid", { sessionId: ID }, { method: "DELETE", idempotencyKey: "k" });
  await client.call("notifications", { notificationId: ID }, { method: "POST" });
  assertEquals(requests.map(({ method, url }) => `${method} ${url.split("/v1/")[1]}`), [
    "POST set-auto-bid",
    `GET set-auto-bid?sessionId=${ID}`,
    `DELETE set-auto-bid?sessionId=${ID}`,
    "POST notifications",
  ]);
  assertEquals(await Promise.all(requests.map((request) => request.text())), [
    JSON.stringify({ sessionId: ID, maxAmount: 3800 }),
    "",
    "",
    JSON.stringify({ notificationId: ID }),
  ]);
  assertEquals(requests[2]?.headers.get("idempotency-key"), "k");
});

Deno.test("an error carries code, status, details, request id and how long to wait", async () => {
  const body = { error: "Slow down", code: "rate_limited", details: { limit: 10 }, requestId: "r9" };
  const { send } = recording(() =>
    Response.json(body, { status: 429, headers: { "retry-after": "6", "x-request-id": "r9" } })
  );
  const client = createTradepostClient({ ...OPTIONS, accessToken: "jwt", fetch: send });
  const error = await assertRejects(() => client.call("task-stats", {}), TradepostError, "Slow down");
  assertEquals(
    [error.code, error.status, error.details, error.requestId, error.retryAfterSeconds],
    ["rate_limited", 429, { limit: 10 }, "r9", 6],
  );
});

Deno.test("how long to wait is read from a date as from seconds, and from nothing else", async () => {
  const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
  const cases: readonly (readonly [header: string, least: number | undefined, most: number | undefined])[] = [
    [inTwoMinutes, 110, 120],
    ["Sat, 21 Nov 2020 12:02:00 GMT", 0, 0],
    ["7", 7, 7],
    ["soon", undefined, undefined],
  ];
  for (const [header, least, most] of cases) {
    const { send } = recording(() =>
      Response.json({ code: "rate_limited" }, { status: 429, headers: { "retry-after": header } })
    );
    const client = createTradepostClient({ ...OPTIONS, accessToken: "jwt", fetch: send });
    const { retryAfterSeconds: wait } = await assertRejects(
      () => client.call("task-stats", {}),
      TradepostError,
    );
    const isRight = least === undefined || most === undefined
      ? wait === undefined
      : wait !== undefined && least <= wait && wait <= most;
    assertEquals([header, wait, isRight], [header, wait, true]);
  }
});

Deno.test("a decision that came to nothing keeps what became of each task", async () => {
  const body = { success: false, message: "Nothing was decided", results: [{ id: ID, outcome: "conflict" }] };
  const { send } = recording(() => Response.json(body, { status: 409 }));
  const client = createTradepostClient({ ...OPTIONS, accessToken: "jwt", fetch: send });
  const error = await assertRejects(
    () => client.call("approve", { taskIds: [ID], approved: true }),
    TradepostError,
    "Nothing was decided",
  );
  assertEquals([error.code, error.status, error.body], ["unknown", 409, body]);
});

Deno.test("no answer is an error of its own, and giving up keeps its own reason", async () => {
  const away: typeof fetch = () => Promise.reject(new TypeError("connection refused"));
  const error = await assertRejects(
    () => createTradepostClient({ ...OPTIONS, fetch: away }).call("openapi", {}),
    TradepostError,
  );
  assertEquals([error.code, error.status], ["unreachable", 0]);
  const reason = new DOMException("enough", "AbortError");
  const giveUp: typeof fetch = () => Promise.reject(reason);
  const aborted = AbortSignal.abort(reason);
  const thrown = await assertRejects(() =>
    createTradepostClient({ ...OPTIONS, fetch: giveUp }).call("openapi", {}, { signal: aborted })
  );
  assertEquals(thrown, reason);
});

Deno.test("over supabase-js it calls as the session and reads errors alike", async () => {
  const invoked: unknown[] = [];
  const failed = Response.json({ error: "No", code: "not_found", details: {}, requestId: "r" }, {
    status: 404,
  });
  const client = fromSupabase({
    functions: {
      invoke: (name, options) => {
        invoked.push([name, options.method, options.body]);
        return Promise.resolve(
          options.method === "GET"
            ? { data: { tasks: [] }, error: null, response: Response.json({}) }
            : { data: null, error: new Error("non-2xx"), response: failed },
        );
      },
    },
  });
  assertEquals(await client.call("list-tasks", { limit: 5 }), { tasks: [] });
  const error = await assertRejects(() => client.call("submit-task", { taskId: ID }), TradepostError);
  assertEquals([error.code, error.status], ["not_found", 404]);
  assertEquals(invoked, [
    ["list-tasks?limit=5", "GET", undefined],
    ["submit-task", "POST", JSON.stringify({ taskId: ID })],
  ]);
});

Deno.test("the client loads nothing but its own four files", async () => {
  const loaded = new Set<string>();
  const load = async (url: URL): Promise<void> => {
    if (loaded.has(url.pathname)) return;
    loaded.add(url.pathname);
    for (const { specifier, isTypeOnly } of importsOf(await Deno.readTextFile(url))) {
      if (!isTypeOnly) await load(new URL(specifier, url));
    }
  };
  await load(new URL("../../shared/client.ts", import.meta.url));
  assertEquals([...loaded].map((path) => path.split("/").at(-1)).toSorted(), [
    "client.ts",
    "client_error.ts",
    "client_transport.ts",
    "retry_after.ts",
  ]);
});
