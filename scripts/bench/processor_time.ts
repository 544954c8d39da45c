/** Processor time spent, by Linux's own count: unlike a latency it does not grow when others use the machine. */

/** Milliseconds since each began. */
export interface ProcessorTime {
  /** This process: gateway and functions. */
  readonly own: number;
  /** Everything this process started, but for those left out: Postgres. */
  readonly children: number;
}

const TICK_MS = 10;

/** Undefined where the system does not count so. */
export async function processorTime(without: readonly number[]): Promise<ProcessorTime | undefined> {
  const processes = new Map<number, { readonly parent: number; readonly ms: number }>();
  try {
    for await (const { name } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const text = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => undefined);
      if (text === undefined) continue;
      // The name of the program stands in brackets and may hold anything.
      const fields = text.slice(text.lastIndexOf(")") + 2).split(" ").map(Number);
      const [parent, used, ofEnded] = [fields[1]!, fields[11]! + fields[12]!, fields[13]! + fields[14]!];
      processes.set(Number(name), {
        parent,
        // What ended children used counts too, except for ours: the loads that were sent.
        ms: TICK_MS * (Number(name) === Deno.pid ? used : used + ofEnded),
      });
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const own = processes.get(Deno.pid);
  if (own === undefined) return undefined;
  let children = 0;
  const pending = [Deno.pid];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    for (const [id, { parent, ms }] of processes) {
      if (parent !== pid || without.includes(id)) continue;
      children += ms;
      pending.push(id);
    }
  }
  return { own: own.ms, children };
}
