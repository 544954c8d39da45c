/** Remembers the last values for a while, and never more than so many of them. */
export class Recent<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly until: number }>();

  constructor(private readonly options: { readonly forMs: number; readonly most: number }) {}

  /** What was kept under this key and still holds at `now` (milliseconds since 1970). */
  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && now < entry.until ? entry.value : undefined;
  }

  set(key: string, value: Value, now: number): void {
    // Taken out first: a map keeps the place of a key that is set again, and the oldest is what leaves.
    this.#entries.delete(key);
    this.#entries.set(key, { value, until: now + this.options.forMs });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.options.most) return;
      this.#entries.delete(oldest);
    }
  }
}
