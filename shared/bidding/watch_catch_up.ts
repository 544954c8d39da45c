import { TradepostError } from "../client.ts";
import { backoff } from "../backoff.ts";
import { isFinal, WATCH_BACKOFF } from "./watch_retry.ts";

/** What is caught up with, and who is told how it went. */
export interface CatchUpOptions {
  /** Reads what was missed; whether nothing is known to be missing now. */
  readonly attempt: (signal: AbortSignal) => Promise<boolean>;
  /** An attempt failed, and there will be another. */
  readonly failed: (error: TradepostError) => void;
  /** An attempt failed, as every other one would. */
  readonly refused: (error: TradepostError) => void;
  /** Milliseconds of silence that lead to an attempt. */
  readonly pollMs: number;
}

/** Attempts to catch up, one at a time, again until one succeeds. */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #over = new AbortController();
  #isWanted = false;
  #isRunning = false;
  /** Attempts in a row after which something was still missing. */
  #failures = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #endPause: (() => void) | undefined;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Something may have been missed. However often this is said during an attempt, it leads to one more. */
  wake(): void {
    this.#isWanted = true;
    if (!this.#isRunning) this.#run();
  }

  /** As `wake`, for what an attempt under way finds out by itself. */
  nudge(): void {
    if (!this.#isRunning) this.wake();
  }

  /** As `wake`, and the next attempt need not wait any longer for the server to come back. */
  hurry(): void {
    this.wake();
    this.#endPause?.();
  }

  /** Something came by itself: silence begins anew. */
  postpone(): void {
    clearTimeout(this.#silence);
    if (!this.#over.signal.aborted) this.#silence = setTimeout(() => this.wake(), this.#options.pollMs);
  }

  stop(): void {
    this.#over.abort();
    clearTimeout(this.#silence);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#isWanted && !this.#over.signal.aborted) {
      this.#isWanted = false;
      await this.#attempt();
    }
    this.#isRunning = false;
    this.postpone();
  }

  async #attempt(): Promise<void> {
    try {
      if (await this.#options.attempt(this.#over.signal)) {
        this.#failures = 0;
        return;
      }
      // What was heard during the attempt may be younger than its answer: the next one has it.
      this.#isWanted = true;
      if (this.#failures++ > 0) await this.#pause(this.#backoff(), true);
    } catch (error) {
      if (!this.#over.signal.aborted) await this.#recover(asTradepostError(error));
    }
  }

  async #recover(error: TradepostError): Promise<void> {
    if (isFinal(error)) return this.#options.refused(error);
    this.#isWanted = true;
    this.#failures++;
    this.#options.failed(error);
    const asked = 1000 * (error.retryAfterSeconds || 0);
    await this.#pause(Math.max(asked, this.#backoff()), asked === 0);
  }

  #backoff(): number {
    return backoff(this.#failures, { ...WATCH_BACKOFF, random: Math.random() });
  }

  /** Waits; whoever was told how long does not hurry. */
  async #pause(delayMs: number, mayHurry: boolean): Promise<void> {
    const { signal } = this.#over;
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => resolve();
    const timer = setTimeout(end, delayMs);
    signal.addEventListener("abort", end);
    if (mayHurry) this.#endPause = end;
    await promise;
    this.#endPause = undefined;
    signal.removeEventListener("abort", end);
    clearTimeout(timer);
  }
}

function asTradepostError(error: unknown): TradepostError {
  if (error instanceof TradepostError) return error;
  return new TradepostError("The session could not be followed", {
    code: "unknown",
    status: 0,
    cause: error,
  });
}
