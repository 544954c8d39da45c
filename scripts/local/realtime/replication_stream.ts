import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import postgres from "postgres";
import { z } from "zod";
import { PgoutputDecoder, type RowChange } from "./pgoutput.ts";

/** A logical replication stream that outlives restarts of Postgres. */
export interface ReplicationStream {
  /** Resolves at once while the stream is live, else as soon as it is; rejects after `timeoutMs`. */
  live(timeoutMs: number): Promise<void>;
  /** Stops reading, so that Postgres waits; nothing is lost. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface ReplicationOptions {
  /** A role with the right to replicate. */
  readonly databaseUrl: string;
  readonly publication: string;
  /** Called with every committed change, in commit order. */
  readonly onChange: (change: RowChange) => void;
  /** The stream broke: what is committed from here until it is live again may not be seen. */
  readonly onLost: () => void;
  readonly log: (line: string) => void;
}

/**
 * Far more often than Postgres asks for. Since Postgres 16 a walsender can miss the wake-up of a commit that
 * falls between its last look at the log and its sleep, and then sleeps on for 10 s: seen once in some 5 000
 * commits on 17.10. Any word from us wakes it, so this is the longest such delay.
 */
const STATUS_EVERY_MS = 100;
const RECONNECT_MS = [50, 100, 250, 500, 1_000];

const slotRow = z.tuple([z.object({ consistent_point: z.string().regex(/^[0-9A-F]+\/[0-9A-F]+$/) })]);

/**
 * Starts streaming the changes of a publication. The slot is temporary: it goes with its connection,
 * and a server that dies leaves nothing behind that would hold back Postgres' log.
 */
export function startReplication(options: ReplicationOptions): ReplicationStream {
  const stopping = new AbortController();
  let ready = Promise.withResolvers<void>();
  let current: Duplex | undefined;
  let paused = false;

  const run = async () => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      await streamOnce(options, stopping.signal, (stream) => {
        failures = 0;
        current = stream;
        if (paused) stream.pause();
        ready.resolve();
      }).catch((error) => {
        if (!stopping.signal.aborted) {
          options.log(`Replication of ${options.publication} broke: ${describe(error)}`);
        }
      });
      if (current) {
        current = undefined;
        ready = Promise.withResolvers();
        if (!stopping.signal.aborted) options.onLost();
      }
      await pauseFor(RECONNECT_MS[failures] ?? 1_000, stopping.signal);
    }
  };
  const finished = run();

  return {
    live: (timeoutMs) => within(ready.promise, timeoutMs, stopping.signal),
    pause() {
      paused = true;
      current?.pause();
    },
    resume() {
      paused = false;
      current?.resume();
    },
    async stop() {
      stopping.abort(new Error("Realtime was stopped"));
      await finished;
    },
  };
}

/** One connection's life; rejects when it breaks, resolves when it was told to stop. */
async function streamOnce(
  options: ReplicationOptions,
  signal: AbortSignal,
  onLive: (stream: Duplex) => void,
): Promise<void> {
  const sql = postgres(options.databaseUrl, {
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { application_name: "realtime_replication", replication: "database" },
  });
  try {
    const slot = `realtime_${crypto.randomUUID().replaceAll("-", "")}`;
    // replication commands must be in capitals
    const [{ consistent_point: start }] = slotRow.parse([
      ...await sql.unsafe(`CREATE_REPLICATION_SLOT ${slot} TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`),
    ]);
    const names = `"${options.publication.replaceAll('"', '""')}"`.replaceAll("'", "''");
    const stream = await sql.unsafe(
      `START_REPLICATION SLOT ${slot} LOGICAL ${start} (proto_version '1', publication_names '${names}')`,
    ).writable();
    if (!(stream instanceof Duplex)) throw new Error("Expected a duplex replication stream");
    await consume(stream, options, signal, () => onLive(stream));
  } finally {
    await sql.end({ timeout: 0 });
  }
}

async function consume(
  stream: Duplex,
  options: ReplicationOptions,
  signal: AbortSignal,
  onLive: () => void,
): Promise<void> {
  const broken = Promise.withResolvers<void>();
  const reader = new StreamReader(stream, options.onChange);
  const status = setInterval(() => reader.report(), STATUS_EVERY_MS);
  const stop = () => broken.resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    stream.on("error", broken.reject);
    for (const event of ["close", "end"]) {
      stream.on(event, () => broken.reject(new Error(`Expected an open stream but found its ${event}`)));
    }
    stream.on("data", (message: Uint8Array) => {
      try {
        reader.read(message);
      } catch (error) {
        broken.reject(error);
      }
    });
    onLive();
    await broken.promise;
  } finally {
    clearInterval(status);
    signal.removeEventListener("abort", stop);
    stream.removeAllListeners("data");
    // whatever the dying connection still says has been reported once
    stream.on("error", () => {});
  }
}

/** Reads messages of the streaming replication protocol, and tells Postgres how far it came. */
class StreamReader {
  readonly #stream: Duplex;
  readonly #onChange: (change: RowChange) => void;
  readonly #decoder = new PgoutputDecoder();
  #position = 0n;

  constructor(stream: Duplex, onChange: (change: RowChange) => void) {
    this.#stream = stream;
    this.#onChange = onChange;
  }

  read(message: Uint8Array): void {
    const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
    const kind = String.fromCharCode(view.getUint8(0));
    if (kind === "k") {
      this.#position = view.getBigUint64(1);
      // the last byte asks for an answer at once
      if (view.getUint8(17) === 1) this.report();
    } else if (kind === "w") {
      this.#position = view.getBigUint64(9) || this.#position;
      const change = this.#decoder.decode(message.subarray(25));
      if (change) this.#onChange(change);
    }
  }

  report(): void {
    if (this.#stream.writable) this.#stream.write(standbyStatus(this.#position));
  }
}

// `r`, then the position as written, flushed and applied, then a clock Postgres does not look at
function standbyStatus(position: bigint): Uint8Array {
  const message = Buffer.alloc(34);
  message.write("r");
  for (const offset of [1, 9, 17]) message.writeBigUInt64BE(position, offset);
  return message;
}

function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}

async function within(promise: Promise<void>, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`Expected a live stream within ${ms} ms`)), ms);
  try {
    await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
