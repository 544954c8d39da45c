/** Closed-loop measurement of one action by a number of clients, in slices that alternate with a yardstick. */

/** One call of the thing measured; `client` and `turn` let it choose its own rows. */
export type Action = (client: number, turn: number) => Promise<unknown>;

export interface Figures {
  /** Calls completed per second. */
  readonly rate: number;
  /** Latencies in milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly calls: number;
}

export interface Comparison {
  readonly clients: number;
  readonly action: Figures;
  readonly yardstick: Figures;
  /** action.rate / yardstick.rate, the median over the rounds. */
  readonly ratio: number;
  readonly ratios: readonly number[];
}

interface Slice {
  readonly latencies: number[];
  readonly seconds: number;
}

/** The value below which the given share of the sorted numbers lies. */
export function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return NaN;
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}

async function runSlice(
  action: Action,
  clients: number,
  milliseconds: number,
  firstTurn: number,
): Promise<Slice> {
  const latencies: number[] = [];
  const start = performance.now();
  const deadline = start + milliseconds;
  await Promise.all(Array.from({ length: clients }, async (_, client) => {
    for (let turn = firstTurn; performance.now() < deadline; turn++) {
      const before = performance.now();
      await action(client, turn);
      latencies.push(performance.now() - before);
    }
  }));
  return { latencies, seconds: (performance.now() - start) / 1000 };
}

function figures(slices: readonly Slice[]): Figures {
  const latencies = slices.flatMap((slice) => slice.latencies).sort((a, b) => a - b);
  const seconds = slices.reduce((sum, slice) => sum + slice.seconds, 0);
  return {
    rate: latencies.length / seconds,
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    p99: percentile(latencies, 0.99),
    calls: latencies.length,
  };
}

/** Measures an action by itself, after a warm-up of a fifth of the time. */
export async function measureAlone(
  action: Action,
  { clients, sliceMs }: { readonly clients: number; readonly sliceMs: number },
): Promise<Figures> {
  const warmUp = await runSlice(action, clients, sliceMs / 5, 0);
  return figures([await runSlice(action, clients, sliceMs, 1 + warmUp.latencies.length)]);
}

/**
 * Measures an action beside its yardstick. The two take turns, slice by slice, so that whatever else the machine does
 * falls on both; the first slice of each is a warm-up and is thrown away.
 */
export async function compare(
  action: Action,
  yardstick: Action,
  options: { readonly clients: number; readonly rounds: number; readonly sliceMs: number },
): Promise<Comparison> {
  const { clients, rounds, sliceMs } = options;
  const ours: Slice[] = [];
  const theirs: Slice[] = [];
  let turn = 0;
  for (let round = 0; round <= rounds; round++) {
    const theirSlice = await runSlice(yardstick, clients, sliceMs, turn);
    const ourSlice = await runSlice(action, clients, sliceMs, turn);
    turn += 1 + Math.max(theirSlice.latencies.length, ourSlice.latencies.length);
    if (round === 0) continue;
    theirs.push(theirSlice);
    ours.push(ourSlice);
  }
  const ratios = ours.map((slice, i) => {
    const other = theirs[i]!;
    return slice.latencies.length / slice.seconds / (other.latencies.length / other.seconds);
  });
  const sorted = [...ratios].sort((a, b) => a - b);
  return {
    clients,
    action: figures(ours),
    yardstick: figures(theirs),
    ratio: percentile(sorted, 0.5),
    ratios,
  };
}
