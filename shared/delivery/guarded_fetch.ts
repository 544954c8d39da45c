/**
 * A `fetch` for addresses that others chose. Deno's own resolves the name by itself, after any check of ours: here the
 * connection is made to the very address that was judged, and TLS proves the name on it. `node:https` could pin an
 * address by its `lookup`, but the platform's runtime does not carry that option.
 */
import { lookup } from "node:dns/promises";
import { unlessAborted } from "../unless_aborted.ts";
import type { Fetch } from "./delivery.ts";
import { readResponse, requestBytes } from "./http_message.ts";
import { addressesOf, judgeTarget, type Resolve, type Target } from "./ssrf_guard.ts";

export interface GuardOptions {
  /** `host:port` that may be reached although private or without TLS. */
  readonly allowedHosts: readonly string[];
  /** The system's resolver where absent. */
  readonly resolve?: Resolve;
  /** Certificates, PEM, that are trusted beside the usual ones. */
  readonly caCerts?: string[];
  /** Deno's where absent. It is only ever given an address that was judged, or an allowed host. */
  readonly connect?: Connect;
}

/** Opens a connection. */
export type Connect = (
  address: { readonly hostname: string; readonly port: number },
) => Promise<Deno.TcpConn>;

/**
 * Makes a guarded `fetch`: it throws `TargetRefused` for a target that is never called, `GarbledResponse` for an
 * answer that is none, the signal's reason where that ended it, and Deno's errors for the network's. It goes through
 * no proxy.
 *
 * @example
 * ```ts
 * const fetch = guardedFetch({ allowedHosts: [] });
 * ```
 */
export function guardedFetch(options: GuardOptions): Fetch {
  const { allowedHosts, resolve = resolveName } = options;
  return async (address, { headers, body, signal }) => {
    const target = judgeTarget(address, allowedHosts);
    const addresses = await unlessAborted(addressesOf(target, resolve), signal);
    const connection = await connectTo(target, addresses, signal, options);
    const close = closer(connection, signal);
    try {
      await writeAll(connection, requestBytes({ url: address, headers, body }));
      return await readResponse(reading(connection, signal), close);
    } catch (error) {
      close();
      throw signal.aborted ? signal.reason : error;
    }
  };
}

async function resolveName(host: string): Promise<readonly string[]> {
  const addresses = await lookup(host, { all: true });
  return addresses.map(({ address }) => address);
}

/** The first of the addresses that can be connected to. */
async function connectTo(
  target: Target,
  [first, ...others]: readonly [string, ...string[]],
  signal: AbortSignal,
  options: GuardOptions,
): Promise<Deno.Conn> {
  try {
    return await unlessAborted(connectAt(target, first, options), signal, closeQuietly);
  } catch (error) {
    const [next, ...rest] = others;
    if (next === undefined || signal.aborted) throw error;
    return await connectTo(target, [next, ...rest], signal, options);
  }
}

async function connectAt(
  { host, port, isTls }: Target,
  address: string,
  { connect = Deno.connect, caCerts }: GuardOptions,
): Promise<Deno.Conn> {
  const connection = await connect({ hostname: address, port });
  if (!isTls) return connection;
  try {
    const tls = await Deno.startTls(connection, { hostname: host, ...(caCerts ? { caCerts } : {}) });
    await tls.handshake();
    return tls;
  } catch (error) {
    closeQuietly(connection);
    throw error;
  }
}

/** Closes a connection once, when it is done with or the signal says so. */
function closer(connection: Deno.Conn, signal: AbortSignal): () => void {
  const close = () => {
    signal.removeEventListener("abort", close);
    closeQuietly(connection);
  };
  if (signal.aborted) close();
  else signal.addEventListener("abort", close);
  return close;
}

/** Closing twice, or after the other side did, is nothing to speak of. */
function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function reading(connection: Deno.Conn, signal: AbortSignal): () => Promise<Uint8Array | null> {
  return async () => {
    const buffer = new Uint8Array(16_384);
    try {
      const count = await connection.read(buffer);
      return count === null ? null : buffer.subarray(0, count);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  };
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.byteLength;) sent += await connection.write(bytes.subarray(sent));
}
