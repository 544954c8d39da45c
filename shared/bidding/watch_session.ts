/** Follows a bidding session from a browser or any other client: every event once and in order, whatever gets lost. */
import { fromSupabase, type SupabaseLike, type TradepostClient, TradepostError } from "../client.ts";
import { CatchUp } from "./watch_catch_up.ts";
import { readSession } from "./watch_read.ts";
import { type WatchListeners, WatchTeller } from "./watch_teller.ts";
import { listenTo, type RealtimeLike } from "./watch_topic.ts";

export type { SessionEvent } from "./session.ts";
export type { SessionSnapshot } from "./watch_read.ts";

/** The longest that a timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The part of a supabase-js client that is needed here. */
export type WatchClient = SupabaseLike & RealtimeLike;

export interface WatchOptions extends WatchListeners {
  /** Stops the watch. */
  readonly signal?: AbortSignal;
  /** The `seq` of the last event that is known already. Default: 0, all events are told. */
  readonly since?: number;
  /** Milliseconds of silence after which the session is read again. Default: 15 000. */
  readonly pollMs?: number;
  /** Milliseconds after which an answer is no longer waited for. Default: 10 000. */
  readonly timeoutMs?: number;
}

/** Why a watch ended: the session closed, the watch was stopped, or its error was final. */
export type WatchEnd = "session_closed" | "stopped" | "refused";

export interface SessionWatch {
  /** Resolves once nothing more is told and the channel was left; never rejects. */
  readonly ended: Promise<WatchEnd>;
  /** Stops the watch; nothing is told from now on. */
  close(): Promise<void>;
}

/**
 * Watches a session as whoever is signed in to a supabase-js client. Live updates are only what wakes it: a gap, a new
 * subscription, a closed socket or silence make it read `get-session`, and a session that closes ends it.
 *
 * Keep the client's token fresh as always (`realtime.setAuth` is the client's matter), and let nobody else have a
 * channel `bidding:<session id>` on the same client; any number of watches share theirs.
 *
 * @example
 * ```ts
 * const watch = watchSession(supabase, sessionId, {
 *   onSnapshot: ({ session }) => showSession(session),
 *   onEvent: (event) => event.type === "bid_placed" && showPrice(event.priceCents, event.leader),
 *   onError: ({ code }) => showTrouble(code),
 * });
 * const end = await watch.ended;
 * ```
 */
export function watchSession(
  client: WatchClient,
  sessionId: string,
  options: WatchOptions = {},
): SessionWatch {
  const watch = new Watch(client, sessionId, options);
  watch.start();
  return watch;
}

class Watch implements SessionWatch {
  readonly ended: Promise<WatchEnd>;
  readonly #resolve: (end: Promise<WatchEnd>) => void;
  readonly #client: WatchClient;
  readonly #functions: TradepostClient;
  readonly #sessionId: string;
  readonly #signal: AbortSignal | undefined;
  readonly #timeoutMs: number;
  readonly #teller: WatchTeller;
  readonly #catchUp: CatchUp;
  readonly #stop = () => this.#end("stopped");
  #leave = () => Promise.resolve();
  #isDown = false;
  #isOver = false;

  constructor(client: WatchClient, sessionId: string, options: WatchOptions) {
    const { promise, resolve } = Promise.withResolvers<WatchEnd>();
    this.ended = promise;
    this.#resolve = resolve;
    this.#client = client;
    this.#functions = fromSupabase(client);
    this.#sessionId = sessionId;
    this.#signal = options.signal;
    this.#timeoutMs = milliseconds("timeoutMs", options.timeoutMs ?? 10_000);
    this.#teller = new WatchTeller(options, options.since ?? 0);
    this.#catchUp = new CatchUp({
      attempt: (signal) => this.#read(signal),
      failed: (error) => this.#teller.error(error),
      refused: (error) => {
        this.#teller.error(error);
        this.#end("refused");
      },
      pollMs: milliseconds("pollMs", options.pollMs ?? 15_000),
    });
  }

  start(): void {
    if (this.#signal?.aborted) return this.#stop();
    this.#signal?.addEventListener("abort", this.#stop);
    // Heard before it is asked: what happens while the answer is on its way is not lost.
    this.#leave = listenTo(this.#client, `bidding:${this.#sessionId}`, {
      heard: (payload) => {
        this.#catchUp.postpone();
        if (!this.#teller.hear(payload)) this.#catchUp.wake();
        else if (!this.#teller.isComplete) this.#catchUp.nudge();
      },
      live: () => {
        this.#isDown = false;
        this.#catchUp.hurry();
      },
      down: (reason) => this.#goDown(reason),
    });
    this.#catchUp.wake();
  }

  async close(): Promise<void> {
    this.#end("stopped");
    await this.ended;
  }

  #goDown(reason: string): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#teller.error(
      new TradepostError(`Live updates are away: ${reason}`, { code: "unreachable", status: 0 }),
    );
    this.#catchUp.wake();
  }

  /** Reads what was missed, page by page; whether nothing is known to be missing now. */
  async #read(signal: AbortSignal): Promise<boolean> {
    while (true) {
      const snapshot = await readSession(this.#functions, {
        sessionId: this.#sessionId,
        since: this.#teller.last,
        timeoutMs: this.#timeoutMs,
        signal,
      });
      if (this.#isOver) return true;
      const isLast = this.#teller.answer(snapshot);
      if (isLast) this.#end("session_closed");
      if (this.#isOver) return true;
      if (this.#teller.last >= snapshot.session.seq) return this.#teller.isComplete;
    }
  }

  #end(end: WatchEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#teller.stop();
    this.#catchUp.stop();
    this.#signal?.removeEventListener("abort", this.#stop);
    this.#resolve(this.#leave().then(() => end));
  }
}

function milliseconds(name: string, value: number): number {
  if (value > 0 && value <= LONGEST_TIMER_MS) return value;
  throw new RangeError(`Expected ${name} to be from 1 to ${LONGEST_TIMER_MS} but found ${value}`);
}
