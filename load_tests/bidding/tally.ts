/** Counts of calls and how long the accepted ones took. */
import { percentile } from "../../scripts/bench/measure.ts";

/** Milliseconds; null where nothing was measured. */
export interface Latencies {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** What became of all calls of a kind. */
export interface Counts {
  readonly sent: number;
  readonly accepted: number;
  /** A rival was faster: refused, and not the caller's fault or ours. */
  readonly outrun: number;
  /** Refused by a rule that allowed it, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** No answer, or one that is a fault of the server. */
  readonly errors: number;
  /** Share of the valid calls that were accepted: all that were sent but the outrun. Percent. */
  readonly successPercent: number;
  readonly latencyMs: Latencies;
}

/** Counts calls of one kind as they are answered. */
export class Tally {
  readonly #milliseconds: number[] = [];
  readonly #refused = new Map<string, number>();
  /** The first refusals and errors, in words. */
  readonly notes: string[] = [];
  #outrun = 0;
  #errors = 0;

  accept(ms: number): void {
    this.#milliseconds.push(ms);
  }

  outrun(): void {
    this.#outrun++;
  }

  refuse(code: string, message: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
    this.#note(`${code}: ${message}`);
  }

  fail(message: string): void {
    this.#errors++;
    this.#note(message);
  }

  get counts(): Counts {
    const accepted = this.#milliseconds.length;
    const refused = [...this.#refused.values()].reduce((sum, count) => sum + count, 0);
    const valid = accepted + refused + this.#errors;
    return {
      sent: valid + this.#outrun,
      accepted,
      outrun: this.#outrun,
      refused: Object.fromEntries(this.#refused),
      errors: this.#errors,
      successPercent: valid === 0 ? 0 : 100 * accepted / valid,
      latencyMs: latencies(this.#milliseconds),
    };
  }

  #note(words: string): void {
    if (this.notes.length < 5) this.notes.push(words);
  }
}

/** The percentiles of durations in milliseconds. */
export function latencies(milliseconds: readonly number[]): Latencies {
  if (milliseconds.length === 0) return { p50: null, p95: null, p99: null, max: null };
  const sorted = [...milliseconds].sort((a, b) => a - b);
  const at = (share: number) => Math.round(percentile(sorted, share) * 100) / 100;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
