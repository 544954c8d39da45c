import { type ChangeBinding } from "./change_binding.ts";
import { ChannelRefusal } from "./channel_refusal.ts";
import type { ChangeReader, ChannelRights } from "./database.ts";
import { type Identity, refuseExpired } from "./identity.ts";
import type { JoinRequest } from "./join_request.ts";
import type { Wire } from "./wire.ts";

/** Longest delay a timer takes; a token that lives longer is looked at again then. */
const LONGEST_TIMER_MS = 3_600_000;

/** A binding together with who reads through it. */
export interface BoundReader {
  readonly binding: ChangeBinding;
  readonly reader: ChangeReader;
  /** Equal for readers who see exactly the same. */
  readonly readerKey: string;
}

/** One joined channel of one connection. */
export class Channel {
  readonly wire: Wire;
  /** As on the wire: `realtime:<name>`. */
  readonly topic: string;
  readonly joinRef: string | null;
  readonly request: JoinRequest;
  readonly #onClose: (channel: Channel) => void;
  #rights: ChannelRights;
  #bindings: readonly BoundReader[];
  #expiry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(options: {
    readonly wire: Wire;
    readonly topic: string;
    readonly joinRef: string | null;
    readonly request: JoinRequest;
    readonly identity: Identity;
    readonly rights: ChannelRights;
    readonly bindings: readonly ChangeBinding[];
    /** Called once, however the channel ends. */
    readonly onClose: (channel: Channel) => void;
  }) {
    this.wire = options.wire;
    this.topic = options.topic;
    this.joinRef = options.joinRef;
    this.request = options.request;
    this.#onClose = options.onClose;
    this.#rights = options.rights;
    this.#bindings = boundTo(options.bindings, options.identity);
    this.#watchExpiry(options.identity.expiresAt);
  }

  get name(): string {
    return channelName(this.topic);
  }

  get private(): boolean {
    return this.request.private;
  }

  get mayRead(): boolean {
    return !this.private || this.#rights.mayRead;
  }

  get mayWrite(): boolean {
    return !this.private || this.#rights.mayWrite;
  }

  get bindings(): readonly BoundReader[] {
    return this.#bindings;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** From now on judged by another token. */
  refresh(identity: Identity, rights: ChannelRights): void {
    this.#rights = rights;
    this.#bindings = boundTo(this.#bindings.map(({ binding }) => binding), identity);
    this.#watchExpiry(identity.expiresAt);
  }

  push(event: string, payload: string): void {
    this.wire.send({ joinRef: this.joinRef, ref: null, topic: this.topic, event, payload });
  }

  system(extension: "system" | "postgres_changes", status: "ok" | "error", message: string): void {
    this.push("system", JSON.stringify({ extension, status, message, channel: this.name }));
  }

  /** Tells the reason and closes for good: the client does not join again by itself. */
  shutDown(message: string): void {
    if (this.#closed) return;
    this.system("system", "error", message);
    this.close();
  }

  close(): void {
    this.#end("phx_close");
  }

  /** Closes the way a crash does, upon which the client joins again. */
  fail(): void {
    this.#end("phx_error");
  }

  #end(event: "phx_close" | "phx_error"): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#expiry);
    this.#onClose(this);
    this.wire.send({ joinRef: this.joinRef, ref: this.joinRef, topic: this.topic, event, payload: "{}" });
  }

  #watchExpiry(expiresAt: number | null): void {
    clearTimeout(this.#expiry);
    if (expiresAt === null) return;
    const delay = Math.min(Math.max(0, expiresAt * 1000 - Date.now()), LONGEST_TIMER_MS);
    this.#expiry = setTimeout(() => {
      try {
        refuseExpired(expiresAt);
        this.#watchExpiry(expiresAt);
      } catch (error) {
        this.shutDown(error instanceof ChannelRefusal ? error.message : "Token has expired");
      }
    }, delay);
  }
}

/** The name in `realtime:<name>`; empty where there is none. */
export function channelName(topic: string): string {
  return topic.startsWith("realtime:") ? topic.slice("realtime:".length) : "";
}

function boundTo(bindings: readonly ChangeBinding[], identity: Identity): BoundReader[] {
  return bindings.map((binding) => {
    const { filters, selected } = binding;
    const reader = { role: identity.role, claims: identity.claims, filters, selected };
    return { binding, reader, readerKey: JSON.stringify(reader) };
  });
}
