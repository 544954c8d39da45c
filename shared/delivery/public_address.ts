/** Which addresses belong to the open internet, and which to a machine, a network or a cloud of its own. */

/**
 * IPv4 that leads nowhere public: IANA's special-purpose registry, multicast, reserved, and the one public address
 * that is a cloud's inside (Azure's wire server). 169.254.169.254, which most clouds keep their metadata at, is
 * link-local; Alibaba's 100.100.100.200 and Oracle's 192.0.0.192 lie in listed ranges too.
 */
const CLOSED_IPV4 = [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private
  "100.64.0.0/10", // carrier-grade NAT
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // Azure
  "169.254.0.0/16", // link-local
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // documentation
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
].map(parseIpv4Range);

/**
 * Parts of 2000::/3 that are no addresses of the open internet. All that lies outside 2000::/3 is closed as it is:
 * loopback, mapped and translated IPv4 (::ffff:0:0/96, 64:ff9b::/96), unique-local, link-local, multicast.
 */
const CLOSED_IPV6 = [
  "2001::/23", // protocol assignments, Teredo among them: an IPv4 address inside
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4: an IPv4 address inside
  "3fff::/20", // documentation
].map(parseIpv6Range);

const GLOBAL_UNICAST = parseIpv6Range("2000::/3");

/**
 * Whether an IP address is one of the open internet. A text that is no address in its usual form is not.
 *
 * @example
 * ```ts
 * isPublicAddress("192.168.1.7"); // false
 * isPublicAddress("2606:4700::6810:84e5"); // true
 * ```
 */
export function isPublicAddress(address: string): boolean {
  if (address.includes(":")) {
    const value = parseIpv6(address);
    if (value === undefined || !isIn(value, GLOBAL_UNICAST)) return false;
    return !CLOSED_IPV6.some((range) => isIn(value, range));
  }
  const value = parseIpv4(address);
  return value !== undefined && !CLOSED_IPV4.some((range) => isIn(value, range));
}

/** An address is in a range where nothing but the last bits differ. */
interface Range {
  readonly first: bigint;
  readonly freeBits: bigint;
}

function isIn(address: bigint, { first, freeBits }: Range): boolean {
  return address >> freeBits === first >> freeBits;
}

/** Dotted, four decimal numbers without leading zeros: what every resolver answers. */
function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    return undefined;
  }
  return parts.reduce((value, part) => value << 8n | BigInt(part), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  // The URL standard knows every way an IPv6 address is written, and writes it in one; none has a zone.
  const url = `http://[${text}]/`;
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(url)) return undefined;
  const [head = "", tail] = new URL(url).hostname.slice(1, -1).split("::");
  const groups = (part: string) => part === "" ? [] : part.split(":");
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros: string[] = Array(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce((value, group) => value << 16n | BigInt(`0x${group}`), 0n);
}

function parseIpv4Range(text: string): Range {
  return range(text, parseIpv4, 32n);
}

function parseIpv6Range(text: string): Range {
  return range(text, parseIpv6, 128n);
}

function range(text: string, parse: (address: string) => bigint | undefined, bits: bigint): Range {
  const [address = "", prefix = ""] = text.split("/");
  const first = parse(address);
  if (first === undefined) throw new Error(`Expected a range of addresses but found ${text}`);
  return { first, freeBits: bits - BigInt(prefix) };
}
