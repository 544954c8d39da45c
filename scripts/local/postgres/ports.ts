/** A port of 127.0.0.1 held until it is needed. */
export interface ReservedPort {
  readonly port: number;
  release(): void;
}

// Below the range the system takes ports of outgoing connections from: one that was free a moment ago
// must still be free when its server starts.
const RANGE = { first: 20_000, count: 12_000 };

/**
 * Holds a port: the wanted one, or any free one for 0.
 *
 * @throws Error that names the port when it is taken.
 */
export function reservePort(wanted = 0): ReservedPort {
  for (let attempt = 0; wanted === 0 && attempt < 100; attempt++) {
    const reserved = tryReserve(RANGE.first + Math.floor(Math.random() * RANGE.count));
    if (reserved) return reserved;
  }
  const reserved = tryReserve(wanted);
  if (reserved) return reserved;
  throw new Error(`Port ${wanted} is taken; stop what listens there or choose another with --port`);
}

/** A port that is free now. Throws as {@linkcode reservePort} does. */
export function freePort(wanted = 0): number {
  const { port, release } = reservePort(wanted);
  release();
  return port;
}

function tryReserve(port: number): ReservedPort | undefined {
  try {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    let held = true;
    const release = () => {
      if (held) listener.close();
      held = false;
    };
    return { port: listener.addr.port, release };
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}
