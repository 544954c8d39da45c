/**
 * Keeps what others make us call away from what only we can reach (server-side request forgery).
 *
 * Guarded: a target must be https on port 443, without user name or password; its name is resolved, and every address
 * it has must be one of the open internet; the connection goes to an address that was judged (see `guarded_fetch.ts`),
 * so a name that resolves anew to another one (DNS rebinding) gains nothing. IP addresses in odd notations (decimal,
 * octal, hexadecimal, mapped) are brought into one form by the URL standard and judged like any other. Redirects are
 * not followed. TLS proves the name, so that a public address answering for somebody else does not get the message.
 *
 * Not guarded: a host of `DELIVERY_ALLOWED_HOSTS` is reached whatever its address, also over http: the operator
 * vouches for it and for its DNS. A public address that a router of ours leads inside looks public from here.
 */
import { isPublicAddress } from "./public_address.ts";

/** A target that is never called. */
export class TargetRefused extends Error {
  override readonly name = "TargetRefused";
}

/** Where a request goes. */
export interface Target {
  readonly url: URL;
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Vouched for by the operator. */
  readonly isAllowed: boolean;
}

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

const MOST_CHARACTERS = 2048;

/**
 * Judges a target by its URL alone.
 *
 * @param allowedHosts `host:port` as `parseAllowedHosts` writes them.
 * @throws {TargetRefused} saying why. The message does not hold the URL: its path may be a secret.
 */
export function judgeTarget(address: string, allowedHosts: readonly string[]): Target {
  if (address.length > MOST_CHARACTERS || !URL.canParse(address)) {
    throw new TargetRefused("Expected a URL but found something else");
  }
  const url = new URL(address);
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new TargetRefused(`Expected an https URL but found one of ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new TargetRefused("Expected a URL without user name and password but found one with them");
  }
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  const isAllowed = allowedHosts.includes(`${url.hostname}:${port}`);
  if (!isAllowed && !isTls) {
    throw new TargetRefused(
      "Expected https but found http to a host that DELIVERY_ALLOWED_HOSTS does not list",
    );
  }
  if (!isAllowed && port !== 443) {
    throw new TargetRefused(
      `Expected port 443 but found ${port} of a host that DELIVERY_ALLOWED_HOSTS does not list`,
    );
  }
  return { url, host: url.hostname.replace(/^\[|\]$/g, ""), port, isTls, isAllowed };
}

/**
 * The addresses a target may be reached at: all it has, IPv4 first; the host itself where it is allowed.
 *
 * @throws {TargetRefused} where one of them is not public: the others may be there to get past this very check.
 */
export async function addressesOf(
  { host, isAllowed }: Target,
  resolve: Resolve,
): Promise<readonly [string, ...string[]]> {
  if (isAllowed) return [host];
  const isLiteral = host.includes(":") || /^[\d.]+$/.test(host);
  const addresses = isLiteral ? [host] : await resolve(host);
  if (!addresses.every(isPublicAddress)) {
    throw new TargetRefused(
      "Expected public addresses alone but found a private or reserved one of a host that DELIVERY_ALLOWED_HOSTS does not list",
    );
  }
  const [first, ...others] = [...addresses].sort((a, b) => Number(a.includes(":")) - Number(b.includes(":")));
  if (first === undefined) throw new Error("Expected an address of the host but found none");
  return [first, ...others];
}

/**
 * The hosts of a comma list, in the form `judgeTarget` compares with; undefined where an entry is none.
 *
 * @example
 * ```ts
 * allowedHostsOf("relay.internal:8080, [::1]:9000"); // ["relay.internal:8080", "[::1]:9000"]
 * ```
 */
export function allowedHostsOf(list: string): { readonly hosts: readonly string[]; readonly wrong?: string } {
  const entries = list.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  const hosts: string[] = [];
  for (const entry of entries) {
    const [, host, port] = /^([^\s/@?#*]+):(\d{1,5})$/.exec(entry) ?? [];
    if (!host || !port || Number(port) > 65_535 || !URL.canParse(`http://${host}/`)) {
      return { hosts, wrong: entry };
    }
    hosts.push(`${new URL(`http://${host}/`).hostname}:${Number(port)}`);
  }
  return { hosts };
}
