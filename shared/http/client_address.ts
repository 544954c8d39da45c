/**
 * Where a request comes from, as far as limits need to know: one name per IPv4 address, one per /64 of IPv6, since
 * that is what one household is given.
 *
 * @param header Set by the last proxy that can be trusted; of a list the last entry counts, which nobody but that
 * proxy has written.
 */
export function clientAddress(headers: Headers, header: string): string {
  const last = (headers.get(header) ?? headers.get("x-forwarded-for"))?.split(",").at(-1)?.trim() ?? "";
  const address = withoutPort(last);
  return address.includes(":") ? networkOf(address) : address || "unknown";
}

/** Some proxies add the port, which is another one for every connection. */
function withoutPort(address: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(address)?.[1] ?? address;
}

function networkOf(address: string): string {
  // ::ffff:192.0.2.1 is an IPv4 address in other clothes.
  const mapped = /:(\d+(?:\.\d+){3})$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.toLowerCase().replace(/%.*$/, "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined
    ? []
    : Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  const groups = [...left, ...zeros, ...right].slice(0, 4).map((group) =>
    Number.parseInt(group, 16).toString(16)
  );
  return `${groups.join(":")}::/64`;
}
