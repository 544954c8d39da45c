import type { ProviderId } from "../../shared/routing/provider_id.ts";
import type { Fault } from "./faults.ts";
import { hash } from "./hash.ts";
import type { HttpRequest } from "./http_message.ts";

/** One call as it reached the sandbox. */
export interface SandboxCall {
  /** From 1, in the order of arrival. */
  readonly id: number;
  readonly provider: ProviderId;
  readonly endpoint: string;
  readonly method: string;
  /** Path and query; no header and no body. */
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** How many equal calls (method, target and body) came before it. */
  readonly duplicates: number;
  /** Of the answer; `null` while there is none, and where it was cut before its status line was out. */
  status: number | null;
  /** Whether the client closed its side before it had the whole answer. */
  aborted: boolean;
  /** Whether it took effect. */
  carriedOut: boolean;
  fault: Fault | null;
  /** Of the whole answer, head and body, as it was or would have been sent. */
  answerBytes: number;
  /** Until the answer was out or the client gone; `null` while it is under way. */
  durationMs: number | null;
}

const MOST_CALLS = 200_000;

/** Every call since the last reset: the last 200 000, and the number of all. */
export class CallLog {
  #calls: SandboxCall[] = [];
  #total = 0;
  #underWay = 0;
  #whenIdle: (() => void)[] = [];
  #whenArrived: { readonly total: number; readonly resolve: () => void }[] = [];
  readonly #seen = new Map<number, number>();

  constructor(readonly clock: () => number) {}

  get total(): number {
    return this.#total;
  }

  all(): readonly Readonly<SandboxCall>[] {
    return this.#calls.map((call) => ({ ...call }));
  }

  /** Resolves once that many calls have come in. */
  arrived(total: number): Promise<void> {
    if (this.#total >= total) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenArrived.push({ total, resolve });
    return promise;
  }

  /** Resolves once no call is under way. */
  idle(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(resolve);
    return promise;
  }

  /** Forgets all calls; those under way end unseen. */
  clear(): void {
    this.#calls = [];
    this.#total = 0;
    this.#seen.clear();
  }

  /** Notes a call; `end` is to be called once it is over. */
  begin(
    provider: ProviderId,
    endpoint: string,
    request: HttpRequest,
  ): { call: SandboxCall; end: () => void } {
    const began = performance.now();
    const call: SandboxCall = {
      id: ++this.#total,
      provider,
      endpoint,
      method: request.method,
      target: request.target,
      at: this.clock(),
      duplicates: this.#countEqual(request),
      status: null,
      aborted: false,
      carriedOut: false,
      fault: null,
      answerBytes: 0,
      durationMs: null,
    };
    this.#calls.push(call);
    // Dropped in large parts, because each costs a copy of the rest
    if (this.#calls.length > MOST_CALLS * 1.1) this.#calls = this.#calls.slice(-MOST_CALLS);
    this.#underWay++;
    this.#tellArrival();
    return {
      call,
      end: () => {
        call.durationMs = performance.now() - began;
        this.#underWay--;
        if (this.#underWay === 0) this.#whenIdle.splice(0).forEach((resolve) => resolve());
      },
    };
  }

  #tellArrival(): void {
    if (this.#whenArrived.length === 0) return;
    this.#whenArrived.filter(({ total }) => this.#total >= total).forEach(({ resolve }) => resolve());
    this.#whenArrived = this.#whenArrived.filter(({ total }) => this.#total < total);
  }

  #countEqual({ method, target, body }: HttpRequest): number {
    const key = hash(`${method} ${target}\n${body}`);
    const before = this.#seen.get(key) ?? 0;
    this.#seen.set(key, before + 1);
    return before;
  }
}
