/** Something with a place in a gap-free order. */
export interface Numbered {
  readonly seq: number;
}

/** So many wait for a predecessor at most; what is beyond comes back with whoever catches up. */
const MOST_AHEAD = 1000;

/**
 * Puts events that arrive lost, doubled and shuffled back into their order, each once.
 *
 * @example
 * ```ts
 * const sequence = new EventSequence<{ seq: number }>(4);
 * sequence.take({ seq: 6 }); // [], and hasGap is true
 * sequence.take({ seq: 5 }); // 5 and 6
 * sequence.take({ seq: 5 }); // []
 * ```
 */
export class EventSequence<Event extends Numbered> {
  readonly #ahead = new Map<number, Event>();
  #last: number;
  #highest: number;

  /** @param last The seq of the event before the first that is wanted; 0 for all of them. */
  constructor(last = 0) {
    this.#last = last;
    this.#highest = last;
  }

  /** The seq of the last event that was handed out. */
  get last(): number {
    return this.#last;
  }

  /** Whether an event has arrived whose predecessor has not. */
  get hasGap(): boolean {
    return this.#highest > this.#last;
  }

  /** Takes an event in; hands out those whose turn has come, in order. */
  take(event: Event): readonly Event[] {
    if (event.seq <= this.#last) return [];
    this.#highest = Math.max(this.#highest, event.seq);
    if (event.seq > this.#last + 1) {
      if (this.#ahead.size < MOST_AHEAD) this.#ahead.set(event.seq, event);
      return [];
    }
    const ready: Event[] = [];
    for (let next: Event | undefined = event; next; next = this.#ahead.get(this.#last + 1)) {
      this.#ahead.delete(next.seq);
      this.#last = next.seq;
      ready.push(next);
    }
    return ready;
  }
}
