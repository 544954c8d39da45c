const MOST_BUFFERED_BYTES = 2 * 1024 * 1024;

/**
 * What a client sends, read as it comes: also while its request is being answered, because only a read tells that
 * the client has gone.
 */
export class Inbox {
  readonly #gone = new AbortController();
  #bytes = new Uint8Array(0);
  #wake: (() => void) | undefined;

  /** Aborted once the client has closed its side. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Reads until the connection ends. */
  async fill(conn: Deno.Conn): Promise<void> {
    const chunk = new Uint8Array(16 * 1024);
    try {
      for (;;) {
        const read = await conn.read(chunk);
        if (read === null || this.#bytes.length + read > MOST_BUFFERED_BYTES) return;
        this.#append(chunk.subarray(0, read));
      }
    } catch {
      // A connection that was reset, or that we closed, has ended as well
    } finally {
      this.#gone.abort();
      this.#wake?.();
    }
  }

  /** Everything up to the first occurrence of `end`, which is dropped; `undefined` where the client has gone. */
  async takeUntil(end: string): Promise<string | undefined> {
    const mark = new TextEncoder().encode(end);
    for (;;) {
      const at = indexOf(this.#bytes, mark);
      if (at >= 0) {
        const text = new TextDecoder().decode(this.#take(at));
        this.#take(mark.length);
        return text;
      }
      if (!await this.#more()) return undefined;
    }
  }

  /** That many bytes; `undefined` where the client has gone. */
  async take(count: number): Promise<Uint8Array | undefined> {
    while (this.#bytes.length < count) {
      if (!await this.#more()) return undefined;
    }
    return this.#take(count);
  }

  #append(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined;
    this.#wake?.();
  }

  #take(count: number): Uint8Array {
    const taken = this.#bytes.slice(0, count);
    this.#bytes = this.#bytes.slice(count);
    return taken;
  }

  async #more(): Promise<boolean> {
    if (this.gone.aborted) return false;
    const before = this.#bytes.length;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
    this.#wake = undefined;
    return this.#bytes.length > before;
  }
}

function indexOf(bytes: Uint8Array, mark: Uint8Array): number {
  const [first = 0] = mark;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (mark.every((byte, offset) => bytes[at + offset] === byte)) return at;
  }
  return -1;
}
