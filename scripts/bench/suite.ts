/** What every benchmark has in common. */
import postgres from "postgres";
import type { RunningStack } from "../local/stack.ts";
import type { Comparison } from "./measure.ts";

export const CLIENTS: readonly number[] = [1, 8, 32];

/** A capability's benchmark. */
export interface Suite {
  /** Measures on a running stack and writes the report. */
  run(stack: RunningStack, quick: boolean): Promise<string>;
}

/** Measures once per number of clients. */
export async function each(
  clients: readonly number[],
  measure: (clients: number) => Promise<Comparison>,
): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (const count of clients) found.push(await measure(count));
  return found;
}

/** The ratios in percent, for a verdict. */
export function share(comparisons: readonly Comparison[]): string {
  return comparisons.map(({ ratio }) => `${(ratio * 100).toFixed(0)} %`).join(", ");
}

/** Whether every ratio is at least the goal. */
export function reaches(comparisons: readonly Comparison[], goal: number): boolean {
  return comparisons.every(({ ratio }) => ratio >= goal);
}

/** A migrated database of its own, which no replication slot and no scheduler reads along with. */
export interface BenchDatabase {
  readonly url: string;
  readonly owner: postgres.Sql;
  /** Past every trigger, for rows that a benchmark finds there. */
  readonly superuser: postgres.Sql;
  readonly version: string;
  close(): Promise<void>;
}

/** Makes the database from the stack's template. */
export async function openBenchDatabase({ info }: RunningStack): Promise<BenchDatabase> {
  if (!info.local) throw new Error("Expected a stack of this machine");
  const admin = postgres(info.local.superuserUrl, { max: 1, onnotice: () => {} });
  await admin.unsafe(`create database bench template ${info.local.templateDatabase} owner postgres`);
  const at = (address: string) => Object.assign(new URL(address), { pathname: "/bench" }).href;
  const url = at(info.dbUrl);
  const owner = postgres(url, { max: 2, onnotice: () => {} });
  const superuser = postgres(at(info.local.superuserUrl), { max: 1, onnotice: () => {} });
  const [row] = await owner<[{ version: string }]>`select current_setting('server_version') as version`;
  return {
    url,
    owner,
    superuser,
    version: row.version,
    close: async () => void await Promise.all([owner.end(), superuser.end(), admin.end()]),
  };
}
