import { assertEquals, assertRejects } from "@std/assert";
import type { Fetch } from "../../shared/delivery/delivery.ts";
import { type Connect, guardedFetch } from "../../shared/delivery/guarded_fetch.ts";
import { TargetRefused } from "../../shared/delivery/ssrf_guard.ts";
import { certificateFor } from "../support/certificate.ts";

const never = new AbortController().signal;

function post(fetch: Fetch, url: string, signal = never): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "x": "y" }, body: "hello", signal, redirect: "manual" });
}

interface Server extends AsyncDisposable {
  readonly port: number;
  readonly requests: readonly string[];
}

/** A receiver with TLS on this machine that tells what it got. */
function server(tls: { readonly cert: string; readonly key: string }): Server {
  const requests: string[] = [];
  const running = Deno.serve(
    { port: 0, hostname: "127.0.0.1", ...tls, onListen: () => {} },
    async (request) => {
      requests.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`);
      return new Response("thanks", { status: 500 });
    },
  );
  return { port: running.addr.port, requests, [Symbol.asyncDispose]: () => running.shutdown() };
}

/** Notes where a connection is wanted and makes it to the server of this machine. */
function connectsTo(port: number, wanted: string[]): Connect {
  return ({ hostname, port: wantedPort }) => {
    wanted.push(`${hostname} ${wantedPort}`);
    return Deno.connect({ hostname: "127.0.0.1", port });
  };
}

Deno.test("the connection goes to the address that was judged, and TLS proves the name on it", async () => {
  const certificate = await certificateFor("receiver.example");
  await using receiver = server(certificate);
  const wanted: string[] = [];
  let resolved = 0;
  const fetch = guardedFetch({
    allowedHosts: [],
    caCerts: [certificate.cert],
    connect: connectsTo(receiver.port, wanted),
    // Rebinding: whoever asked a second time would get an address inside.
    resolve: () => Promise.resolve(resolved++ === 0 ? ["93.184.216.34"] : ["127.0.0.1"]),
  });
  const response = await post(fetch, "https://receiver.example/hook");
  assertEquals([response.status, await response.text()], [500, "thanks"]);
  assertEquals([wanted, resolved], [["93.184.216.34 443"], 1]);
  assertEquals(receiver.requests, ["POST /hook hello"]);
  await assertRejects(() => post(fetch, "https://receiver.example/hook"), TargetRefused);
  assertEquals([wanted.length, receiver.requests.length], [1, 1]);
});

Deno.test("a receiver that cannot prove the name gets nothing", async () => {
  const certificate = await certificateFor("somebody.example");
  await using receiver = server(certificate);
  const common = { allowedHosts: [], resolve: () => Promise.resolve(["93.184.216.34"]) };
  const connect = connectsTo(receiver.port, []);
  const otherName = guardedFetch({ ...common, connect, caCerts: [certificate.cert] });
  await assertRejects(() => post(otherName, "https://receiver.example/"), Error, "not valid for name");
  const unknownIssuer = guardedFetch({ ...common, connect });
  await assertRejects(() => post(unknownIssuer, "https://somebody.example/"), Error, "certificate");
  assertEquals(receiver.requests, []);
});

Deno.test("where the first address does not answer, the next one is tried", async () => {
  const certificate = await certificateFor("receiver.example");
  await using receiver = server(certificate);
  const wanted: string[] = [];
  const connect: Connect = async (address) => {
    wanted.push(address.hostname);
    if (wanted.length === 1) throw new Deno.errors.ConnectionRefused("Connection refused");
    return await Deno.connect({ hostname: "127.0.0.1", port: receiver.port });
  };
  const resolve = () => Promise.resolve(["2606:4700::1", "1.1.1.1"]);
  const fetch = guardedFetch({ allowedHosts: [], connect, resolve, caCerts: [certificate.cert] });
  const response = await post(fetch, "https://receiver.example/");
  await response.body?.cancel();
  assertEquals([response.status, wanted], [500, ["1.1.1.1", "2606:4700::1"]]);
});

Deno.test("what is not public is not even connected to", async () => {
  const wanted: string[] = [];
  const fetch = guardedFetch({
    allowedHosts: ["127.0.0.1:1"],
    connect: connectsTo(1, wanted),
    resolve: () => Promise.resolve(["10.0.0.1"]),
  });
  const targets = [
    "https://receiver.example/",
    "https://127.0.0.1/",
    "http://127.0.0.1:2/",
    "https://localhost/",
  ];
  for (const target of targets) await assertRejects(() => post(fetch, target), TargetRefused);
  assertEquals(wanted, []);
});

Deno.test("the signal ends a name that does not resolve, a connection that does not open and one that is late", async () => {
  const open = Promise.withResolvers<Deno.TcpConn>();
  const stuck: readonly Parameters<typeof guardedFetch>[0][] = [
    { allowedHosts: [], resolve: () => new Promise(() => {}) },
    { allowedHosts: ["127.0.0.1:1"], connect: () => open.promise },
  ];
  for (const options of stuck) {
    const ending = new AbortController();
    const posted = post(
      guardedFetch(options),
      options.allowedHosts.length ? "http://127.0.0.1:1/" : "https://a.example/",
      ending.signal,
    );
    ending.abort(new Error("time is up"));
    await assertRejects(() => posted, Error, "time is up");
  }
  // A connection that opens when nobody wants it any more is closed: the test would fail for the leak.
  using listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const accepted = listener.accept();
  open.resolve(await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }));
  const other = await accepted;
  assertEquals(await other.read(new Uint8Array(1)), null);
  other.close();
});
