/** A port of 127.0.0.1 held until it is needed. */
export interface ReservedPort {
  readonly port: number;
  release(): void;
}

/** Which port is wanted, and how its user chose it. */
export interface WantedPort {
  /** Any free one where absent or 0. */
  readonly port?: number;
  /** The option that names it, for the error. */
  readonly option: "--port" | "--db-port";
  readonly listen?: (port: number) => Deno.TcpListener;
}

// Below the range the system takes ports of outgoing connections from: one that was free a moment ago
// must still be free when its server starts.
const RANGE = { first: 20_000, count: 12_000 };

/**
 * Holds a port: the wanted one, or any free one for 0.
 *
 * @throws Error that names the port and the option when it cannot be had.
 */
export function reservePort({ port: wanted = 0, option, listen = listenLocally }: WantedPort): ReservedPort {
  for (let attempt = 0; wanted === 0 && attempt < 100; attempt++) {
    const reserved = tryReserve(RANGE.first + Math.floor(Math.random() * RANGE.count), option, listen);
    if (reserved) return reserved;
  }
  const reserved = tryReserve(wanted, option, listen);
  if (reserved) return reserved;
  throw new Error(`Port ${wanted} is taken; stop what listens there or choose another with ${option}`);
}

/** A port that is free now. Throws as {@linkcode reservePort} does. */
export function freePort(wanted: WantedPort): number {
  const { port, release } = reservePort(wanted);
  release();
  return port;
}

/** The one sentence said of a port the system keeps for others. */
export function portForbidden(port: number, option: WantedPort["option"]): Error {
  return new Error(`Port ${port} is kept for privileged programs; choose another with ${option}`);
}

function listenLocally(port: number): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port });
}

function tryReserve(
  port: number,
  option: WantedPort["option"],
  listen: (port: number) => Deno.TcpListener,
): ReservedPort | undefined {
  try {
    const listener = listen(port);
    let held = true;
    const release = () => {
      if (held) listener.close();
      held = false;
    };
    return { port: listener.addr.port, release };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    if (error instanceof Deno.errors.PermissionDenied) throw portForbidden(port, option);
    throw error;
  }
}
