import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { nestsDeeperThan } from "../../shared/http/nesting.ts";
import { readQuery } from "../../shared/http/query.ts";
import { redact } from "../../shared/http/redact.ts";
import { findUnstorable } from "../../shared/http/storable.ts";

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

Deno.test("the nesting scan agrees with the depth of whatever JSON parses to", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 8 }), fc.integer({ min: 0, max: 8 }), (json, limit) => {
    assertEquals(nestsDeeperThan(json, limit), depthOf(JSON.parse(json)) > limit);
  }));
});

Deno.test("brackets in texts do not nest, and a million of them need no stack", () => {
  assertEquals(nestsDeeperThan('{"a":"[[[[","b":"\\"{{{"}', 1), false);
  assertEquals(nestsDeeperThan("[".repeat(1_000_000), 32), true);
  assertEquals(nestsDeeperThan("[]".repeat(1_000_000), 1), false);
});

Deno.test("any JSON of well-formed text can be stored", () => {
  // A key __proto__ is well-formed and refused nonetheless: the next test.
  const refused = /\\u0000|"__proto__":/;
  const storable = fc.jsonValue().filter((value) => !refused.test(JSON.stringify(value)));
  fc.assert(fc.property(storable, (value) => assertEquals(findUnstorable(value), undefined)));
});

Deno.test("what cannot be stored is found with its place", () => {
  assertEquals(findUnstorable({ a: [{ b: "x\u0000" }] })?.path, "a.0.b");
  assertEquals(findUnstorable(["ok", "\udc00"])?.path, "1");
  assertEquals(findUnstorable({ "\ud800": 1 })?.path, "");
  assertEquals(findUnstorable({ n: -Infinity })?.path, "n");
  assertEquals(findUnstorable(JSON.parse('{"a":{"__proto__":1}}'))?.path, "a.__proto__");
  assertEquals(findUnstorable("🦊"), undefined);
});

Deno.test("a query keeps repeated keys apart from single ones, and drops what the platform adds", () => {
  const url = "http://x/f?a=1&b=1&b=2&c=&forceFunctionRegion=eu-west-3&apikey=k";
  assertEquals(readQuery(url), { a: "1", b: ["1", "2"], c: "" });
  assertEquals(readQuery("http://x/f?q=S%C3%A3o+Paulo%2C%20SP"), { q: "São Paulo, SP" });
  assertEquals(Object.keys(readQuery("http://x/f?__proto__=1")), ["__proto__"]);
});

Deno.test("secrets and addresses are taken out of a text, the rest stays", () => {
  const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln";
  assertEquals(
    redact(
      `${token} sb_secret_a-b agt_marketplace-amazon_k Bearer abc a.b@c.example postgres://u:p@h/d done`,
    ),
    "[jwt] [api key] [agent token] Bearer [token] [e-mail] postgres://[credentials]@h/d done",
  );
});
