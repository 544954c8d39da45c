/** Every hostile value in every place of a call, and what must be true of the answers. */
import type postgres from "postgres";
import { callAs, type Caller } from "./callers.ts";
import { faultOf, writtenSoFar } from "./clean_answers.ts";
import { HOSTILE_JSON, withJsonAt } from "./hostile_values.ts";

/** An operation, a good call of it, and every part of the call that is attacked. */
export interface Target {
  readonly operation: string;
  readonly caller: Caller;
  readonly args: Readonly<Record<string, unknown>>;
  /** Arguments and, after a dot, fields within them. */
  readonly paths: readonly string[];
  /** Arguments that are neither text nor jsonb: the Data API itself may refuse to read them. */
  readonly casts?: readonly string[];
}

/** Every literal in one place of a call; the faults of the answers. */
export async function attack(sql: postgres.Sql, target: Target, path: string): Promise<string[]> {
  const faults: string[] = [];
  const refused: string[] = [];
  const send = async (json: string) => {
    const answer = await callAs(sql, target.caller, target.operation, withJsonAt(target.args, path, json));
    if (answer.status >= 300) refused.push(json);
    const fault = faultOf(answer, target.casts?.includes(path));
    if (fault !== null) faults.push(`${json.slice(0, 80)}: ${fault}`);
  };
  let before = await writtenSoFar(sql);
  await inParallel(HOSTILE_JSON, send);
  if (refused.length < HOSTILE_JSON.length) {
    // Something went through and may have written: what was refused is sent again, alone.
    before = await writtenSoFar(sql);
    await inParallel(refused.splice(0), send);
  }
  const after = await writtenSoFar(sql);
  return after === before
    ? faults
    : [...faults, `Expected nothing written but found ${before} become ${after}`];
}

async function inParallel(values: readonly string[], work: (value: string) => Promise<void>): Promise<void> {
  const left = [...values];
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await work(next);
  };
  await Promise.all(Array.from({ length: 6 }, worker));
}
