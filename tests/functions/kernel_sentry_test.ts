import { assertEquals } from "@std/assert";
import { environment, post, probe, signToken, USER_ID } from "./kernel_fixture.ts";

/** A receiver of Sentry's envelopes, and the DSN that leads to it. */
function startReceiver() {
  const envelopes: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    envelopes.push(await request.text());
    return Response.json({});
  });
  return {
    envelopes,
    dsn: `http://public@127.0.0.1:${server.addr.port}/1`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a fault is one envelope with the request's id and without secrets", async () => {
  await using receiver = startReceiver();
  const token = await signToken();
  const env = environment({ sentryDsn: receiver.dsn, region: "eu-west-3", executionId: "exec-1" });
  const { fetch } = probe({ auth: "user" }, { env }, ({ actor }) => {
    throw new Error(`alice@example.com failed with ${actor.kind === "user" ? actor.token : ""}`);
  });
  const response = await fetch(post({ name: "private words" }, {
    "authorization": `Bearer ${token}`,
    "x-request-id": "request-1",
  }));
  assertEquals(response.status, 500);
  await response.body?.cancel();

  assertEquals(receiver.envelopes.length, 1);
  const [envelope = ""] = receiver.envelopes;
  const event = JSON.parse(envelope.split("\n")[2] ?? "");
  assertEquals(event.tags, {
    function: "probe",
    code: "internal_error",
    request_id: "request-1",
    region: "eu-west-3",
    execution_id: "exec-1",
  });
  assertEquals(event.exception.values[0].value, "[e-mail] failed with [jwt]");
  for (const secret of [token, "private words", "alice@example.com", USER_ID, "authorization"]) {
    assertEquals(envelope.includes(secret), false, `Expected no ${secret} in the envelope`);
  }
});

Deno.test("refusals send nothing, and a fault after them is the only envelope", async () => {
  await using receiver = startReceiver();
  const env = environment({ sentryDsn: receiver.dsn });
  const { fetch } = probe({}, { env }, ({ input }) => {
    if (input.name === "fault") throw new Error("fault");
  });
  for (
    const request of [post("{"), post({ unknown: 1 }), post({}, { "content-type": "text/plain" }), post({})]
  ) {
    await (await fetch(request)).body?.cancel();
  }
  assertEquals(receiver.envelopes.length, 0);
  await (await fetch(post({ name: "fault" }))).body?.cancel();
  assertEquals(receiver.envelopes.length, 1);
});

Deno.test("faults at the same time keep their own request ids", async () => {
  await using receiver = startReceiver();
  const { fetch } = probe({}, { env: environment({ sentryDsn: receiver.dsn }) }, () => {
    throw new Error("fault");
  });
  const ids = ["a", "b", "c", "d"];
  await Promise.all(ids.map(async (id) => {
    await (await fetch(post({}, { "x-request-id": id }))).body?.cancel();
  }));
  const sent = receiver.envelopes.map((envelope) =>
    JSON.parse(envelope.split("\n")[2] ?? "").tags.request_id
  );
  assertEquals(sent.toSorted(), ids);
});

Deno.test("the platform's waitUntil takes the sending, and the answer does not wait", async () => {
  await using receiver = startReceiver();
  const waiting: Promise<unknown>[] = [];
  Reflect.set(globalThis, "EdgeRuntime", { waitUntil: (work: Promise<unknown>) => waiting.push(work) });
  try {
    const { fetch } = probe({}, { env: environment({ sentryDsn: receiver.dsn }) }, () => {
      throw new Error("fault");
    });
    await (await fetch(post({}))).body?.cancel();
    assertEquals(waiting.length, 1);
    await Promise.all(waiting);
    assertEquals(receiver.envelopes.length, 1);
  } finally {
    Reflect.deleteProperty(globalThis, "EdgeRuntime");
  }
});

Deno.test("a Sentry that is away changes no answer", async () => {
  const env = environment({ sentryDsn: "http://public@127.0.0.1:1/1" });
  const { fetch } = probe({}, { env }, () => {
    throw new Error("fault");
  });
  const response = await fetch(post({}));
  assertEquals(response.status, 500);
  assertEquals((await response.json()).code, "internal_error");
});
