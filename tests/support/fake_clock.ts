/** Takes the place of `setTimeout` until the end of its scope; time passes only when a test says so. */
export class FakeClock implements Disposable {
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
  readonly #timers = new Map<number, { at: number; run: () => void }>();
  #now = 0;
  #lastId = 0;

  constructor() {
    Object.assign(globalThis, {
      setTimeout: (run: () => void, delayMs = 0) => {
        this.#timers.set(++this.#lastId, { at: this.#now + delayMs, run });
        return this.#lastId;
      },
      clearTimeout: (id: number | undefined) => this.#timers.delete(id ?? 0),
    });
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** How much time has passed, in milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Lets time pass: what is due is done, and what follows from it, in order. */
  async pass(milliseconds: number): Promise<void> {
    await settled();
    const end = this.#now + milliseconds;
    while (true) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due) break;
      const [id, { at, run }] = due;
      this.#timers.delete(id);
      this.#now = at;
      run();
      await settled();
    }
    this.#now = end;
  }

  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#real);
  }
}

/** Resolves once everything that needs no time has been done. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        port2.close();
        resolve();
      };
      port2.postMessage(null);
    });
  }
}
