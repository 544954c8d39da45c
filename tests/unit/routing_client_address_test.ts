import { assertEquals } from "@std/assert";
import { clientAddress } from "../../shared/http/client_address.ts";

const of = (headers: Record<string, string>, header = "cf-connecting-ip") =>
  clientAddress(new Headers(headers), header);

Deno.test("an IPv4 address is a name of its own", () => {
  assertEquals(of({ "cf-connecting-ip": " 203.0.113.7 " }), "203.0.113.7");
});

Deno.test("the trusted header counts, whatever x-forwarded-for claims", () => {
  assertEquals(of({ "cf-connecting-ip": "203.0.113.7", "x-forwarded-for": "198.51.100.1" }), "203.0.113.7");
  assertEquals(
    of({ "cf-connecting-ip": "198.51.100.1", "x-real-ip": "203.0.113.7" }, "x-real-ip"),
    "203.0.113.7",
  );
});

Deno.test("of a list the last entry counts: the client writes the first ones", () => {
  assertEquals(of({ "x-forwarded-for": "198.51.100.1, 10.0.0.1, 203.0.113.7" }), "203.0.113.7");
  assertEquals(of({ "cf-connecting-ip": "198.51.100.1,203.0.113.7" }), "203.0.113.7");
});

Deno.test("one household of IPv6 has one name, however its addresses are written", () => {
  const written = [
    "2001:db8:1:2:3:4:5:6",
    "2001:DB8:1:2::1",
    "2001:0db8:0001:0002:ffff:ffff:ffff:ffff",
    "2001:db8:1:2::",
    "2001:db8:1:2::1%eth0",
  ];
  for (const address of written) assertEquals(of({ "cf-connecting-ip": address }), "2001:db8:1:2::/64");
  assertEquals(of({ "cf-connecting-ip": "2001:db8:1:3::1" }), "2001:db8:1:3::/64");
  assertEquals(of({ "cf-connecting-ip": "2001:db8::1" }), "2001:db8:0:0::/64");
  assertEquals(of({ "cf-connecting-ip": "::1" }), "0:0:0:0::/64");
});

Deno.test("an IPv4 address in IPv6 clothes is itself", () => {
  assertEquals(of({ "cf-connecting-ip": "::ffff:203.0.113.7" }), "203.0.113.7");
  assertEquals(of({ "cf-connecting-ip": "0:0:0:0:0:ffff:203.0.113.7" }), "203.0.113.7");
});

Deno.test("a port that a proxy adds makes no other name", () => {
  assertEquals(of({ "cf-connecting-ip": "203.0.113.7:50123" }), "203.0.113.7");
  assertEquals(of({ "cf-connecting-ip": "[2001:db8:1:2::1]:50123" }), "2001:db8:1:2::/64");
  assertEquals(of({ "cf-connecting-ip": "[2001:db8:1:2::1]" }), "2001:db8:1:2::/64");
});

Deno.test("whoever comes from nowhere shares one name", () => {
  assertEquals([of({}), of({ "x-forwarded-for": "" }), of({ "x-forwarded-for": "203.0.113.7," })], [
    "unknown",
    "unknown",
    "unknown",
  ]);
});
