import type { TradepostError } from "../client_error.ts";
import { EventSequence } from "./event_sequence.ts";
import type { SessionEvent } from "./session.ts";
import type { SessionSnapshot } from "./watch_read.ts";

/** Called one after the other; what they return is not waited for. */
export interface WatchListeners {
  /** Every event of the session, once, in the order of `seq`. */
  readonly onEvent?: (event: SessionEvent) => void;
  /**
   * The session as it stands after the last event that was told: at the start, after every catch-up, and, with its
   * `result`, at the end.
   */
  readonly onSnapshot?: (snapshot: SessionSnapshot) => void;
  /**
   * What went wrong. The watch goes on by itself unless the error is final (400, 401 but `credentials_expired`, 403,
   * 404): then it is the last thing told. `unreachable` where there was no answer or live updates are away.
   */
  readonly onError?: (error: TradepostError) => void;
}

/** An event as a message tells it: in an envelope. */
type ToldEvent = SessionEvent & Readonly<Record<"id" | "sessionId" | "serverTime", unknown>>;

/** Tells listeners what messages and answers bring, in order, each event once and nothing that takes them back. */
export class WatchTeller {
  readonly #listeners: WatchListeners;
  readonly #since: number;
  readonly #sequence: EventSequence<SessionEvent>;
  /** The seq of the last event that was told. */
  #told: number;
  #hasSnapshot = false;
  #hasClosed = false;
  #isOver = false;

  constructor(listeners: WatchListeners, since: number) {
    this.#listeners = listeners;
    this.#since = since;
    this.#sequence = new EventSequence(since);
    this.#told = since;
  }

  /** The seq after which events are still wanted. */
  get last(): number {
    return this.#sequence.last;
  }

  /** Whether nothing is known to be missing: an event, or the result of a session that was heard to close. */
  get isComplete(): boolean {
    return this.#hasSnapshot && !this.#sequence.hasGap && !this.#hasClosed;
  }

  /** Takes a message in; whether it could be read. */
  hear(payload: unknown): boolean {
    if (!isTold(payload)) return false;
    const { id: _id, sessionId: _sessionId, serverTime: _serverTime, ...event } = payload;
    this.#tellEvents(this.#sequence.take(event));
    return true;
  }

  /** Takes an answer in; whether it says that the session is over. */
  answer(snapshot: SessionSnapshot): boolean {
    const { seq, endedAt } = snapshot.session;
    const ready = snapshot.events.flatMap((event) => this.#sequence.take(event));
    this.#tellEvents(ready.filter((event) => event.seq <= seq));
    if (this.#isCurrent(seq)) this.#tellSnapshot(snapshot);
    this.#tellEvents(ready.filter((event) => event.seq > seq));
    return endedAt !== null && this.#told >= seq;
  }

  error(error: TradepostError): void {
    this.#tell(this.#listeners.onError, error);
  }

  /** Tells nothing from now on. */
  stop(): void {
    this.#isOver = true;
  }

  /** What was heard while an answer was on its way is younger than it: the answer would take its reader back. */
  #isCurrent(seq: number): boolean {
    return this.#told === seq || (this.#told > seq && this.#told === this.#since);
  }

  #tellEvents(events: readonly SessionEvent[]): void {
    for (const event of events) {
      this.#told = event.seq;
      this.#hasClosed ||= event.type === "session_closed";
      this.#tell(this.#listeners.onEvent, event);
    }
  }

  #tellSnapshot(snapshot: SessionSnapshot): void {
    this.#hasSnapshot = true;
    this.#tell(this.#listeners.onSnapshot, snapshot);
  }

  #tell<Told>(listener: ((told: Told) => void) | undefined, told: Told): void {
    if (this.#isOver) return;
    try {
      listener?.(told);
    } catch (error) {
      // A listener that fails is the page's fault and does not stop the others.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

function isTold(payload: unknown): payload is ToldEvent {
  const { seq, type }: Partial<Record<string, unknown>> = Object(payload);
  return Number.isSafeInteger(seq) && typeof type === "string";
}
