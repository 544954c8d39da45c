import { assert, assertEquals } from "@std/assert";
import { errorOf, post, probe } from "./kernel_fixture.ts";

const { fetch } = probe();

/** A body of unknown length that never ends by itself. */
function endless(chunkBytes: number) {
  let sent = 0;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      sent += chunkBytes;
      controller.enqueue(new Uint8Array(chunkBytes).fill(0x20));
    },
  });
  return { stream, sent: () => sent };
}

Deno.test("a streamed body without Content-Length is cut off at the limit", async () => {
  const { stream, sent } = endless(100);
  const request = new Request("http://127.0.0.1/probe", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: stream,
  });
  const { status, code, details } = await errorOf(await fetch(request));
  assertEquals({ status, code, details }, {
    status: 413,
    code: "body_too_large",
    details: { maxBytes: 1000 },
  });
  assert(sent() <= 1300, `Expected the reading to stop near 1000 bytes but found ${sent()}`);
});

Deno.test("a body of exactly the limit passes, one byte more does not", async () => {
  const fill = (bytes: number) => `{"name":"${"x".repeat(bytes - 11)}"}`;
  const whole = await fetch(post(fill(1000)));
  assertEquals(whole.status, 200);
  await whole.body?.cancel();
  assertEquals((await errorOf(await fetch(post(fill(1001))))).code, "body_too_large");
});

Deno.test("a body that breaks off is the sender's fault, not ours", async () => {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.error(new TypeError("connection reset")),
  });
  const request = new Request("http://127.0.0.1/probe", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const { status, code } = await errorOf(await fetch(request));
  assertEquals({ status, code }, { status: 400, code: "invalid_json" });
});

Deno.test("an empty body is an empty object, whatever its type", async () => {
  const response = await fetch(new Request("http://127.0.0.1/probe", { method: "POST" }));
  assertEquals(await response.json(), { input: {}, actor: "anonymous" });
});

Deno.test("content types other than JSON in UTF-8 are refused", async () => {
  for (
    const type of ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"]
  ) {
    const { status, code } = await errorOf(await fetch(post({}, { "content-type": type })));
    assertEquals({ status, code }, { status: 415, code: "unsupported_media_type" });
  }
  const compressed = await errorOf(await fetch(post({}, { "content-encoding": "gzip" })));
  assertEquals(compressed.code, "unsupported_media_type");
  for (
    const type of ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
  ) {
    const response = await fetch(post({}, { "content-type": type }));
    assertEquals(response.status, 200);
    await response.body?.cancel();
  }
});

Deno.test("what is not JSON is refused without quoting it", async () => {
  for (const text of ["{", "{'a':1}", "undefined", "NaN", '{"a":1}x', '{"secret":"s3cr3t"']) {
    const { status, code, error } = await errorOf(await fetch(post(text)));
    assertEquals({ status, code, error }, {
      status: 400,
      code: "invalid_json",
      error: "The body is not valid JSON",
    });
  }
});

Deno.test("bytes that are not UTF-8 are refused", async () => {
  const request = new Request("http://127.0.0.1/probe", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: new Uint8Array([0x22, 0xff, 0x22]),
  });
  assertEquals((await errorOf(await fetch(request))).code, "invalid_json");
});

Deno.test("nesting of 32 levels passes and of 33 is refused", async () => {
  const nested = (levels: number) => `{"open":${'{"a":'.repeat(levels - 1)}1${"}".repeat(levels - 1)}}`;
  const deepest = await fetch(post(nested(32)));
  assertEquals(deepest.status, 200);
  await deepest.body?.cancel();
  const { code, details } = await errorOf(await fetch(post(nested(33))));
  assertEquals(code, "invalid_request");
  assertEquals(details, {
    issues: [{ path: "", message: "Expected at most 32 levels of nesting but found more" }],
  });
});

Deno.test("texts and numbers that Postgres cannot hold are refused wherever they stand", async () => {
  const cases = [
    ['{"name":"a\\u0000b"}', "name"],
    ['{"open":{"deep":["x","\\ud800"]}}', "open.deep.1"],
    ['{"open":{"k\\u0000":1}}', "open"],
    ['{"open":{"big":1e999}}', "open.big"],
  ] as const;
  for (const [text, path] of cases) {
    const { status, code, details } = await errorOf(await fetch(post(text)));
    assertEquals({ status, code }, { status: 400, code: "invalid_request" });
    assert(JSON.stringify(details).includes(`"path":"${path}"`), `Expected ${path} but found ${details}`);
  }
});

Deno.test("a __proto__ key is refused, not dropped in silence, and changes nothing", async () => {
  const { status, code, details } = await errorOf(
    await fetch(post('{"open":{"__proto__":{"polluted":true},"kept":1}}')),
  );
  assertEquals({ status, code }, { status: 400, code: "invalid_request" });
  assert(JSON.stringify(details).includes('"path":"open.__proto__"'));
  assertEquals(Reflect.get({}, "polluted"), undefined);
});

Deno.test("of a key given twice the last counts, as JSON.parse has it", async () => {
  const response = await fetch(post('{"name":"first","name":"last"}'));
  assertEquals((await response.json()).input, { name: "last" });
});

Deno.test("a body that is no object, and fields that are unknown, are named", async () => {
  for (const text of ["[]", "null", "7", '"text"']) {
    assertEquals((await errorOf(await fetch(post(text)))).code, "invalid_request");
  }
  const { details } = await errorOf(await fetch(post({ name: "x", colour: "red" })));
  assertEquals(details, { issues: [{ path: "colour", message: "Unknown field" }] });
});

Deno.test("at most twenty issues are listed", async () => {
  const fields = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, i]));
  const { details } = await errorOf(await fetch(post(fields)));
  assertEquals(Array.isArray(details.issues) && details.issues.length, 20);
});
