import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Sandbox } from "../../scripts/sandbox/mod.ts";
import {
  bearer,
  get,
  krogerToken,
  mealMe,
  mealMeDraft,
  post,
  postOnce,
  withSandbox,
} from "./sandbox_fixture.ts";

function finalize(sandbox: Sandbox, orderId: string) {
  return postOnce(`${sandbox.url}/mealme/order/finalize`, { order_id: orderId }, mealMe(sandbox));
}

function stores({ url, env }: Sandbox, signal: AbortSignal | null = null) {
  const headers = { "id-token": env["MEALME_API_KEY"] ?? "" };
  return fetch(`${url}/mealme/search/store/v3?latitude=39&longitude=-84`, { headers, signal });
}

Deno.test(
  "a refusal takes no effect, a gateway's 504 and a lost answer do",
  withSandbox(async (sandbox) => {
    const id = await mealMeDraft(sandbox);
    for (const fault of ["401", "403", "404", "429", "500", "503"] as const) {
      sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault });
      assertEquals((await finalize(sandbox, id)).status, Number(fault));
    }
    assertEquals(sandbox.orders().length, 0);
    sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "504" });
    assertEquals((await finalize(sandbox, id)).status, 504);
    assertEquals(sandbox.orders().length, 1);

    const other = await mealMeDraft(sandbox);
    sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "504", carriedOut: false });
    assertEquals((await finalize(sandbox, other)).status, 504);
    assertEquals(sandbox.orders().length, 1);
  }),
);

Deno.test(
  "429 says when to come back only where it was told to",
  withSandbox(async (sandbox) => {
    for (const retryAfter of [undefined, 7]) {
      const hint = retryAfter === undefined ? {} : { retryAfter };
      sandbox.faults.inject({ provider: "MEALME", fault: "429", ...hint });
      const response = await stores(sandbox);
      await response.body?.cancel();
      assertEquals([response.status, response.headers.get("retry-after")], [429, retryAfter ? "7" : null]);
    }
  }),
);

Deno.test(
  "an answer cut after any of its bytes is lost to the client, and carried out exactly once",
  withSandbox(async (sandbox) => {
    const whole = await finalize(sandbox, await mealMeDraft(sandbox));
    assertEquals(whole.status, 200);
    const length = sandbox.calls().at(-1)?.answerBytes ?? 0;
    assert(length > 200);
    const cuts = Array.from({ length: 24 }, (_, nth) => Math.floor(nth * (length - 1) / 23));
    for (const cutAt of [...cuts, -1]) {
      const id = await mealMeDraft(sandbox);
      const before = sandbox.calls().length;
      sandbox.faults.inject({ provider: "MEALME", endpoint: "finalize", fault: "lost_response", cutAt });
      await assertRejects(() => finalize(sandbox, id), TypeError, undefined, `cut at ${cutAt}`);
      await sandbox.idle();
      const [call, ...others] = sandbox.calls().slice(before);
      assertEquals([call?.fault, call?.carriedOut, others.length], ["lost_response", true, 0]);
      assertEquals(sandbox.orders().filter((order) => order.id === id).length, 1);
    }
  }),
);

Deno.test(
  "a hanging call ends when its client goes, and is seen as aborted",
  withSandbox(async (sandbox) => {
    sandbox.faults.inject({ provider: "MEALME", fault: "hang" });
    const abort = new AbortController();
    const call = stores(sandbox, abort.signal);
    await sandbox.arrived(1);
    assertEquals(sandbox.calls()[0]?.durationMs, null);
    abort.abort();
    await assertRejects(() => call, DOMException);
    await sandbox.idle();
    const [seen] = sandbox.calls();
    assertEquals([seen?.aborted, seen?.status], [true, null]);
  }),
);

Deno.test("stopping ends calls that hang and leaves nothing open", async () => {
  let call: Promise<Response> | undefined;
  await withSandbox(async (sandbox) => {
    sandbox.faults.inject({ provider: "*", fault: "hang" });
    call = stores(sandbox);
    call.catch(() => {});
    await sandbox.arrived(1);
  })();
  await assertRejects(async () => await call, TypeError);
});

Deno.test(
  "a delayed answer is late, a dripping one comes a byte at a time",
  withSandbox(async (sandbox) => {
    sandbox.faults.inject({ provider: "MEALME", fault: "delay", delayMs: 60 });
    await (await stores(sandbox)).text();
    sandbox.faults.inject({ provider: "MEALME", fault: "drip", delayMs: 0 });
    const { status, body } = await get(`${sandbox.url}/mealme/account/orders?order_id=x`, mealMe(sandbox));
    assertEquals([status, body], [200, { orders: [] }]);
    await sandbox.idle();
    assert((sandbox.calls()[0]?.durationMs ?? 0) >= 59);

    sandbox.faults.inject({ provider: "MEALME", fault: "drip", delayMs: 50 });
    await assertRejects(() => stores(sandbox, AbortSignal.timeout(120)), DOMException);
    await sandbox.idle();
    assertEquals(sandbox.calls().at(-1)?.aborted, true);
  }),
);

Deno.test(
  "a usual delay lies between its bounds",
  withSandbox(async (sandbox) => {
    sandbox.delays.set({ provider: "MEALME", minMs: 20, maxMs: 40, seed: 3 });
    await Promise.all(Array.from({ length: 8 }, async () => await (await stores(sandbox)).text()));
    await sandbox.idle();
    assert(sandbox.calls().every(({ durationMs }) => (durationMs ?? 0) >= 19));
    const next = Array.from({ length: 50 }, () => sandbox.delays.next("MEALME"));
    assert(next.every((ms) => ms >= 20 && ms <= 40) && new Set(next).size > 40);
    assertEquals(sandbox.delays.next("INSTACART"), 0);
  }),
);

Deno.test(
  "equal calls are counted, and a reset forgets all but the credentials",
  withSandbox(async (sandbox) => {
    const headers = bearer(await krogerToken(sandbox));
    const find = (term: string) => get(`${sandbox.url}/kroger/v1/products?filter.term=${term}`, headers);
    for (const term of ["milk", "milk", "eggs", "milk"]) await find(term);
    const products = sandbox.calls().filter(({ endpoint }) => endpoint === "products");
    assertEquals(products.map(({ duplicates }) => duplicates), [0, 1, 0, 2]);
    sandbox.faults.inject({ provider: "*", fault: "500", count: null });
    sandbox.delays.set({ provider: "*", minMs: 500, maxMs: 500 });
    sandbox.reset();
    assertEquals([sandbox.calls().length, sandbox.totalCalls(), sandbox.orders().length], [0, 0, 0]);
    assertEquals((await find("milk")).status, 200);
    assertEquals(sandbox.calls().map(({ duplicates }) => duplicates), [0]);
  }),
);

Deno.test(
  "the sandbox's own addresses do what its handle does",
  withSandbox(async (sandbox) => {
    const { url } = sandbox;
    const set = async (path: string, body: unknown) => (await post(`${url}/_sandbox${path}`, body)).status;
    const fault = { provider: "MEALME", endpoint: "search", fault: "503", count: 1 };
    assertEquals(await set("/faults", fault), 200);
    assertEquals((await get(`${url}/_sandbox/faults`)).body.pending.length, 1);
    const response = await stores(sandbox);
    await response.body?.cancel();
    assertEquals(response.status, 503);
    const { body } = await get(`${url}/_sandbox/calls?provider=MEALME&settled=true`);
    assertEquals([body.total, body.calls[0].endpoint, body.calls[0].status], [1, "search", 503]);

    assertEquals(await set("/faults", { ...fault, fault: "flood" }), 400);
    assertEquals(await set("/delays", { provider: "*", minMs: 2, maxMs: 1 }), 400);
    assertEquals(await set("/delays", { provider: "*", minMs: 0, maxMs: 1 }), 200);
    assertEquals(await set("/prices", { provider: "MEALME", factor: 1.1 }), 200);
    assertEquals(await set("/quotas", { provider: "MEALME", endpoint: "search", perDay: 0 }), 200);
    assertEquals((await stores(sandbox)).status, 429);
    assertEquals(await set("/reset", {}), 200);
    assertEquals(await set("/orders", { orderId: "x", status: "completed" }), 404);
    const id = await mealMeDraft(sandbox);
    await finalize(sandbox, id);
    assertEquals(await set("/orders", { orderId: id, status: "in_progress" }), 200);
    assertEquals((await get(`${url}/_sandbox/orders`)).body.orders[0].status, "in_progress");
    assert((await post(`${url}/_sandbox/shopper-token`, {})).body.accessToken);
    assertEquals(await set("/nothing", {}), 404);
    assertEquals((await get(`${url}/nowhere`)).status, 404);
  }),
);

Deno.test(
  "a request in pieces, chunked or malformed is read as HTTP has it",
  withSandbox(async ({ url, env }) => {
    const port = Number(new URL(url).port);
    const ask = async (parts: string[]) => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      for (const part of parts) await conn.write(new TextEncoder().encode(part));
      const text = await new Response(conn.readable).text();
      return text.split("\r\n")[0];
    };
    const key = `Id-Token: ${env["MEALME_API_KEY"]}\r\nConnection: close\r\n`;
    const path = "POST /mealme/order/finalize HTTP/1.1\r\nHost: x\r\n";
    const chunked = `Transfer-Encoding: chunked\r\n\r\n3\r\n{"o\r\n`;
    assertEquals(
      await ask([path, key, chunked, `e\r\nrder_id":"x"}\r\n`, "0\r\n\r\n"]),
      "HTTP/1.1 400 Bad Request",
    );
    assertEquals(await ask([`${path}${key}Content-Length: 3\r\n\r\n`, "abc"]), "HTTP/1.1 400 Bad Request");
    assertEquals(
      await ask(["GET /mealme/account/or", "ders?order_id=1 HTTP/1.1\r\n", `${key}\r\n`]),
      "HTTP/1.1 200 OK",
    );
    assertEquals(await ask(["nonsense\r\n\r\n"]), "HTTP/1.1 400 Bad Request");
  }),
);
