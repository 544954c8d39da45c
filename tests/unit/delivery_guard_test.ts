import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { isPublicAddress } from "../../shared/delivery/public_address.ts";
import { addressesOf, allowedHostsOf, judgeTarget, TargetRefused } from "../../shared/delivery/ssrf_guard.ts";

const CLOSED_ADDRESSES = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "10.255.255.255",
  "100.64.0.1",
  "100.100.100.200", // Alibaba's metadata
  "100.127.255.255",
  "127.0.0.1",
  "127.255.255.254",
  "168.63.129.16", // Azure's wire server
  "169.254.169.254", // metadata of most clouds
  "169.254.170.2", // credentials of containers
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192", // Oracle's metadata
  "192.0.2.1",
  "192.168.0.1",
  "198.18.0.1",
  "198.51.100.7",
  "203.0.113.7",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8", // mapped: IPv4 has a form of its own
  "0:0:0:0:0:ffff:a00:1",
  "64:ff9b::7f00:1", // NAT64
  "64:ff9b:1::a00:1",
  "100::1",
  "2001::1", // Teredo
  "2001:db8::1",
  "2002:7f00:1::", // 6to4 of 127.0.0.1
  "3fff::1",
  "fc00::1",
  "fd00:ec2::254", // metadata of AWS
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  // No addresses in their usual form.
  "",
  "localhost",
  "1.1.1",
  "1.1.1.1.1",
  "01.1.1.1",
  "0x8.8.8.8",
  "1.1.1.256",
  "134744072",
  "1.1.1.1 ",
  ":::1",
  "g::1",
];

const PUBLIC_ADDRESSES = [
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "168.63.129.15",
  "168.63.129.17",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "223.255.255.255",
  "2001:200::1",
  "2001:4860:4860::8888",
  "2606:4700::6810:84e5",
  "2a00:1450:4001:82a::200e",
];

Deno.test("addresses of a machine, a network or a cloud of its own are told from public ones", () => {
  for (const address of CLOSED_ADDRESSES) assertEquals([address, isPublicAddress(address)], [address, false]);
  for (const address of PUBLIC_ADDRESSES) assertEquals([address, isPublicAddress(address)], [address, true]);
});

Deno.test("an IPv6 address is judged alike in every way of writing it", () => {
  const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
  fc.assert(fc.property(groups, (groups) => {
    const full = groups.map((group) => group.toString(16).padStart(4, "0")).join(":");
    const short = new URL(`http://[${full}]/`).hostname.slice(1, -1);
    assertEquals(isPublicAddress(short), isPublicAddress(full));
    assertEquals(isPublicAddress(full.toUpperCase()), isPublicAddress(full));
  }));
});

/** Targets that are refused whatever any name resolves to. */
const HOSTILE_TARGETS = [
  "",
  "not a url",
  "http://receiver.example/",
  "http://receiver.example:443/",
  "ftp://receiver.example/",
  "file:///etc/passwd",
  "data:text/plain,x",
  "javascript:alert(1)",
  "gopher://receiver.example:443/",
  "https://user@receiver.example/",
  "https://user:password@receiver.example/",
  "https://receiver.example@127.0.0.1/",
  "https://receiver.example:8443/",
  "https://receiver.example:22/",
  "https://receiver.example:0/",
  "https://receiver.example:80/",
  "https://127.0.0.1/",
  "https://127.1/",
  "https://127.0.0.1./",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0x7f.0.0.1/",
  "https://0177.0.0.1/",
  "https://017700000001/",
  "https://0/",
  "https://①②⑦.⓪.⓪.①/",
  "https://１２７.０.０.１/",
  "https://127。0。0。1/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:7f00:1]/",
  "https://[0:0:0:0:0:ffff:127.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[fe80::1]/",
  "https://[fd00:ec2::254]/",
  "https://169.254.169.254/latest/meta-data/",
  "https://0xa9fea9fe/",
  "https://2852039166/",
  "https://0251.0376.0251.0376/",
  "https://10.0.0.1/",
  "https://100.100.100.200/",
  "https://192.168.1.1/",
  `https://receiver.example/${"x".repeat(2048)}`,
];

Deno.test("a hostile target is refused, in whatever notation", async () => {
  const resolve = () => Promise.resolve(["1.1.1.1"]);
  for (const target of HOSTILE_TARGETS) {
    const refused = async () => await addressesOf(judgeTarget(target, []), resolve);
    const error = await assertRejects(refused, TargetRefused, "Expected", target);
    assertEquals(error.message.includes("receiver.example"), false, "a URL may be a secret");
  }
});

Deno.test("a name is refused where one of its addresses is not public, also beside good ones", async () => {
  const target = judgeTarget("https://receiver.example/hook", []);
  for (
    const closed of [
      "127.0.0.1",
      "10.1.2.3",
      "169.254.169.254",
      "::1",
      "fd00::1",
      "::ffff:10.0.0.1",
      "garbage",
    ]
  ) {
    const resolve = () => Promise.resolve(["1.1.1.1", closed, "2606:4700::1"]);
    await assertRejects(() => addressesOf(target, resolve), TargetRefused, "private or reserved", closed);
  }
});

Deno.test("a name without addresses, or that cannot be resolved now, is no refusal for good", async () => {
  const target = judgeTarget("https://receiver.example/hook", []);
  const none = await assertRejects(() => addressesOf(target, () => Promise.resolve([])), Error);
  const away = await assertRejects(
    () => addressesOf(target, () => Promise.reject(new Error("SERVFAIL"))),
    Error,
  );
  assertEquals([none, away].map((error) => error instanceof TargetRefused), [false, false]);
});

Deno.test("public targets are reached at the addresses that were judged, IPv4 first", async () => {
  const resolve = (host: string) =>
    Promise.resolve(host === "receiver.example" ? ["2606:4700::1", "1.1.1.1"] : []);
  const named = judgeTarget("https://receiver.example/hook?x=1", []);
  assertEquals([named.host, named.port, named.isTls], ["receiver.example", 443, true]);
  assertEquals(await addressesOf(named, resolve), ["1.1.1.1", "2606:4700::1"]);
  assertEquals(await addressesOf(judgeTarget("https://134744072/", []), resolve), ["8.8.8.8"]);
  assertEquals(await addressesOf(judgeTarget("https://[2606:4700:0::1]/", []), resolve), ["2606:4700::1"]);
});

Deno.test("an allowed host is reached as it is, on its port alone", async () => {
  const resolve = () => Promise.reject(new Error("Expected nobody to resolve"));
  const { hosts: allowed } = allowedHostsOf("relay.internal:8080, 127.0.0.1:9000,[::1]:9001");
  const reached = async (target: string) => await addressesOf(judgeTarget(target, allowed), resolve);
  assertEquals(await reached("http://relay.internal:8080/x"), ["relay.internal"]);
  assertEquals(await reached("https://RELAY.internal:8080/x"), ["relay.internal"]);
  assertEquals(await reached("http://2130706433:9000/"), ["127.0.0.1"]);
  assertEquals(await reached("http://[0:0::1]:9001/"), ["::1"]);
  for (
    const other of ["http://relay.internal/", "http://127.0.0.1:9001/", "http://relay.internal.evil:8080/"]
  ) {
    assertThrows(() => judgeTarget(other, allowed), TargetRefused, "DELIVERY_ALLOWED_HOSTS");
  }
});

Deno.test("allowed hosts are hosts with a port, and the first entry that is none is named", () => {
  assertEquals(allowedHostsOf(" , "), { hosts: [] });
  assertEquals(allowedHostsOf("a.example:80,B.example:443"), { hosts: ["a.example:80", "b.example:443"] });
  for (
    const wrong of [
      "relay",
      "relay:",
      ":80",
      "http://relay:80",
      "relay:80/x",
      "u@relay:80",
      "relay:99999",
      "*:80",
    ]
  ) {
    assertEquals([wrong, allowedHostsOf(`a.example:1, ${wrong}`).wrong], [wrong, wrong]);
  }
});
