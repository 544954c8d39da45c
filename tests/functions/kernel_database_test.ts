import { assertEquals } from "@std/assert";
import { endpoint } from "../../shared/http/endpoint.ts";
import type { LogLine } from "../../shared/http/log.ts";
import { AGENT_TOKEN, environment, errorOf, KEYS, post, probeContract, signToken } from "./kernel_fixture.ts";

interface Received {
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A Data API that keeps what it is sent and answers as told, and a function in front of it. */
async function withDataApi(
  answer: () => Response | Promise<Response>,
  test: (context: {
    readonly call: (request?: Request) => Promise<Response>;
    readonly received: Received[];
    readonly lines: LogLine[];
  }) => Promise<void>,
): Promise<void> {
  const received: Received[] = [];
  const lines: LogLine[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    const { pathname: path } = new URL(request.url);
    received.push({ path, headers: request.headers, body: await request.json() });
    return await answer();
  });
  const { fetch } = endpoint(
    probeContract({ auth: "user-or-service" }),
    ({ database, input }) => database.call("probe_it", { thing: input }),
    {
      env: environment({}, `http://127.0.0.1:${server.addr.port}`),
      databaseTimeoutMs: 300,
      log: (line) => lines.push(line),
    },
  );
  const call = (request = post({}, { apikey: KEYS.default })) => fetch(request);
  try {
    await test({ call, received, lines });
  } finally {
    await server.shutdown();
  }
}

/** The answer to a call that the Data API answers so. */
async function answerTo(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  let response = new Response();
  await withDataApi(() => Response.json(body, { status, headers }), async ({ call }) => {
    response = await call();
  });
  return response;
}

const refusal = (code: string, details: unknown = null) => ({
  code,
  message: `About ${code}`,
  details,
  hint: null,
});

Deno.test("an operation is called once, in schema api, as the user with his token", async () => {
  const token = await signToken();
  await withDataApi(() => Response.json({ success: true }, { status: 201 }), async ({ call, received }) => {
    const response = await call(post({ name: "x" }, {
      "authorization": `Bearer ${token}`,
      "idempotency-key": "key-1",
      "x-request-id": "request-1",
    }));
    assertEquals(response.status, 201);
    assertEquals(await response.json(), { success: true });
    assertEquals(received.length, 1);
    const [only] = received;
    assertEquals(only?.path, "/rest/v1/rpc/probe_it");
    assertEquals(only?.body, { thing: { name: "x" } });
    assertEquals(only?.headers.get("content-profile"), "api");
    assertEquals(only?.headers.get("authorization"), `Bearer ${token}`);
    assertEquals(only?.headers.get("apikey"), KEYS.publishable);
    assertEquals(only?.headers.get("idempotency-key"), "key-1");
    assertEquals(only?.headers.get("x-request-id"), "request-1");
    assertEquals(only?.headers.get("x-agent-token"), null);
  });
});

Deno.test("an agent's token travels in its own header, a service by its own key", async () => {
  await withDataApi(() => Response.json({}), async ({ call, received }) => {
    await (await call(post({}, { "authorization": `Bearer ${AGENT_TOKEN}` }))).body?.cancel();
    await (await call(post({}, { apikey: KEYS.default }))).body?.cancel();
    const [agent, service] = received;
    assertEquals(agent?.headers.get("x-agent-token"), AGENT_TOKEN);
    assertEquals(agent?.headers.get("apikey"), KEYS.publishable);
    assertEquals(agent?.headers.get("authorization"), `Bearer ${KEYS.publishable}`);
    assertEquals(service?.headers.get("apikey"), KEYS.default);
    assertEquals(service?.headers.get("x-agent-token"), null);
  });
});

Deno.test("a returned refusal keeps its status, sentence, details and headers", async () => {
  const response = await answerTo(429, refusal("rate_limited", { limit: 10 }), {
    "retry-after": "6",
    "ratelimit-limit": "10",
    "ratelimit-remaining": "0",
    "ratelimit-reset": "6",
    "x-inner": "stays inside",
  });
  assertEquals(response.headers.get("retry-after"), "6");
  assertEquals(response.headers.get("ratelimit-limit"), "10");
  assertEquals(response.headers.get("x-inner"), null);
  const { status, code, error, details } = await errorOf(response);
  assertEquals({ status, code, error, details }, {
    status: 429,
    code: "rate_limited",
    error: "About rate_limited",
    details: { limit: 10 },
  });
});

Deno.test("a raised refusal carries its details as text and is the same outside", async () => {
  const { status, details } = await errorOf(await answerTo(403, refusal("not_allowed", '{"who":"admins"}')));
  assertEquals({ status, details }, { status: 403, details: { who: "admins" } });
  assertEquals((await errorOf(await answerTo(403, refusal("not_allowed", "null")))).details, {});
});

Deno.test("an answer beside an error status that is no refusal goes out as it is", async () => {
  const body = {
    success: false,
    message: "Nothing was decided",
    count: 0,
    results: [{ outcome: "conflict" }],
  };
  const response = await answerTo(409, body, { "idempotency-replayed": "true" });
  assertEquals(response.status, 409);
  assertEquals(response.headers.get("idempotency-replayed"), "true");
  assertEquals(await response.json(), body);
});

Deno.test("what Postgres and PostgREST say in their own words becomes a public code", async () => {
  const cases = [
    [503, "57P01", 503, "dependency_unavailable"],
    [503, "53300", 503, "dependency_unavailable"],
    [503, "08006", 503, "dependency_unavailable"],
    [503, "PGRST001", 503, "dependency_unavailable"],
    [504, "PGRST003", 503, "dependency_unavailable"],
    [500, "40P01", 503, "dependency_unavailable"],
    [400, "22P05", 400, "invalid_request"],
    [400, "22P02", 400, "invalid_request"],
    [400, "22023", 400, "invalid_request"],
    [403, "42501", 403, "not_allowed"],
    [401, "PGRST303", 401, "credentials_invalid"],
    [409, "PT409", 409, "invalid_transition"],
    [404, "PGRST202", 500, "internal_error"],
    [500, "XX000", 500, "internal_error"],
    [400, "P0001", 500, "internal_error"],
    [409, "23505", 500, "internal_error"],
  ] as const;
  for (const [httpStatus, sqlState, status, code] of cases) {
    const found = await errorOf(await answerTo(httpStatus, refusal(sqlState)));
    assertEquals({ sqlState, status: found.status, code: found.code }, { sqlState, status, code });
    assertEquals(found.error.includes(sqlState), false, "Expected the inside to stay inside");
  }
});

Deno.test("a fault tells the caller nothing and the log everything but secrets", async () => {
  const body = {
    code: "XX000",
    message: "boom at alice@example.com with sb_secret_abc",
    details: null,
    hint: null,
  };
  await withDataApi(() => Response.json(body, { status: 500 }), async ({ call, lines }) => {
    const { requestId, ...shown } = await errorOf(await call());
    assertEquals(shown, {
      status: 500,
      code: "internal_error",
      error: "Something went wrong on our side",
      details: {},
    });
    const [line] = lines;
    assertEquals(line?.requestId, requestId);
    assertEquals(line?.level, "error");
    assertEquals(line?.fault?.message, "probe_it failed with XX000: boom at [e-mail] with [api key]");
  });
});

Deno.test("a gateway that answers in HTML is a dependency that is away", async () => {
  await withDataApi(() => new Response("<h1>Bad gateway</h1>", { status: 502 }), async ({ call }) => {
    const response = await call();
    assertEquals(response.headers.get("retry-after"), "5");
    assertEquals((await errorOf(response)).code, "dependency_unavailable");
  });
});

Deno.test("a database that does not answer in time is a dependency that is away", async () => {
  const { promise: answered, resolve } = Promise.withResolvers<Response>();
  await withDataApi(() => answered, async ({ call, received }) => {
    const { status, code } = await errorOf(await call());
    assertEquals({ status, code }, { status: 503, code: "dependency_unavailable" });
    assertEquals(received.length, 1, "Expected no second try");
    resolve(new Response());
  });
});

Deno.test("a database that refuses the connection is a dependency that is away", async () => {
  const { fetch } = endpoint(probeContract(), ({ database }) => database.call("probe_it"), {
    env: environment(),
    log: () => {},
  });
  const { status, code } = await errorOf(await fetch(post({})));
  assertEquals({ status, code }, { status: 503, code: "dependency_unavailable" });
});
