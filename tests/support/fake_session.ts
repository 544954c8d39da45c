/** A bidding session without a stack: a ledger, and a client whose functions and Realtime do as a test says. */
import type { SessionEvent, SessionSnapshot, WatchClient } from "../../shared/bidding/watch_session.ts";
import type { ChannelLike } from "../../shared/bidding/watch_topic.ts";
import { settled } from "./fake_clock.ts";
import { present } from "./present.ts";

const SESSION_ID = "00000000-0000-4000-8000-000000000001";
const AT = "2026-11-21T08:00:00+00:00";
const PAGE = 5;

type Invoked = Awaited<ReturnType<WatchClient["functions"]["invoke"]>>;

/** A call of `get-session` on its way. */
interface Request {
  readonly since: number;
  readonly answer: (invoked: Invoked) => void;
  /** What the database said; undefined until it was asked. */
  read: SessionSnapshot | undefined;
}

interface FakeChannel extends ChannelLike {
  readonly heard: ((message: { payload?: unknown }) => void)[];
  readonly told: ((message: { status?: string; message?: string }) => void)[];
  follow: ((status: string, error?: Error) => void) | undefined;
}

export class FakeSession {
  readonly id = SESSION_ID;
  readonly ledger: SessionEvent[] = [entry(1, "session_created"), entry(2, "session_started")];
  readonly channels: FakeChannel[] = [];
  /** How many channels were ever made. */
  joins = 0;
  /** How many calls were ever made. */
  calls = 0;
  /** How many calls were under way at once, at most. */
  atOnce = 0;
  readonly #requests: Request[] = [];

  /** How the client comes by its token; awaited before a join. */
  setAuth = (): Promise<void> => Promise.resolve();

  readonly client: WatchClient = {
    realtime: { setAuth: () => this.setAuth() },
    functions: { invoke: (path, { signal }) => this.#invoke(path, signal) },
    channel: () => this.#channel(),
    removeChannel: async (channel) => {
      // The server's leave to go takes its time; until then it is the topic's channel.
      await settled();
      this.#remove(this.channels.find((one) => one === channel));
    },
  };

  /** Something happens in the session; the message that tells it. */
  write(type: SessionEvent["type"] = "bid_placed"): Record<string, unknown> {
    const event = entry(this.ledger.length + 1, type);
    this.ledger.push(event);
    return { ...event, sessionId: SESSION_ID, serverTime: AT, id: crypto.randomUUID() };
  }

  /** A message reaches whoever has a channel. */
  say(payload: unknown): void {
    for (const { heard } of this.channels) for (const hear of heard) hear({ payload });
  }

  /** What the server says of the channel itself. */
  system(status: string, message: string): void {
    for (const { told } of this.channels) for (const tell of told) tell({ status, message });
  }

  /** The channel's status changes. */
  follow(status: "SUBSCRIBED" | "CHANNEL_ERROR" | "TIMED_OUT" | "CLOSED", error?: Error): void {
    const [channel] = this.channels;
    if (status === "CLOSED") this.#remove(channel);
    else channel?.follow?.(status, error);
  }

  get isAsked(): boolean {
    return this.#requests.length > 0;
  }

  /** The database is asked for the oldest call. */
  read(): void {
    const request = this.#requests.find(({ read }) => read === undefined);
    if (request) request.read = this.snapshot(request.since);
  }

  /** The oldest call is answered. */
  answer(): void {
    this.read();
    const request = this.#requests.shift();
    request?.answer({ data: structuredClone(request.read), error: null, response: new Response("{}") });
  }

  /** The oldest call is answered with an error; status 0: not at all. */
  fail(status: number, body: unknown = {}, headers: Record<string, string> = {}): void {
    const error = new Error("Expected an answer");
    const response = status === 0 ? undefined : new Response(JSON.stringify(body), { status, headers });
    this.#requests.shift()?.answer({ data: null, error, response });
  }

  /** The oldest call is answered with whatever this is. */
  answerWith(data: unknown): void {
    this.#requests.shift()?.answer({ data, error: null, response: new Response("{}") });
  }

  /** What `get-session` says now. */
  snapshot(since = 0): SessionSnapshot {
    const last = present(this.ledger.at(-1), "an event");
    const isOver = last.type === "session_closed";
    return {
      session: aSession(this.ledger.length, isOver),
      participants: [{ alias: "Bidder 1", you: true, withdrawn: false }],
      events: this.ledger.slice(since, since + PAGE),
      result: isOver
        ? {
          outcome: "completed",
          winner: "Bidder 1",
          winningBidCents: 1,
          compensationCents: 0,
          platformRevenueCents: 1,
        }
        : null,
    };
  }

  #invoke(path: string, signal: AbortSignal | undefined): Promise<Invoked> {
    const { promise, resolve, reject } = Promise.withResolvers<Invoked>();
    const query = new URLSearchParams(path.split("?")[1]);
    const request = { since: Number(query.get("since")), answer: resolve, read: undefined };
    this.#requests.push(request);
    this.calls++;
    this.atOnce = Math.max(this.atOnce, this.#requests.length);
    signal?.addEventListener("abort", () => {
      const place = this.#requests.indexOf(request);
      if (place >= 0) this.#requests.splice(place, 1);
      reject(signal.reason);
    });
    return promise;
  }

  #channel(): FakeChannel {
    const [known] = this.channels;
    if (known) return known;
    const channel: FakeChannel = {
      heard: [],
      told: [],
      follow: undefined,
      on(type: string, _filter: unknown, callback: (message: object) => void) {
        (type === "broadcast" ? this.heard : this.told).push(callback);
      },
      subscribe(callback) {
        this.follow = callback;
      },
    };
    this.channels.push(channel);
    this.joins++;
    return channel;
  }

  #remove(channel: FakeChannel | undefined): void {
    if (!channel) return;
    this.channels.splice(this.channels.indexOf(channel), 1);
    channel.follow?.("CLOSED");
  }
}

function entry(seq: number, type: SessionEvent["type"]): SessionEvent {
  const common = { seq, at: AT, priceCents: seq, leader: "Bidder 1", expiresAt: AT };
  switch (type) {
    case "session_created":
      return { ...common, type, rules: RULES };
    case "bid_placed":
      return { ...common, type, bidId: crypto.randomUUID(), bidder: "Bidder 1", amountCents: seq };
    case "participant_withdrawn":
      return { ...common, type, participant: "Bidder 2" };
    case "session_closed":
      return { ...common, type, outcome: "completed", winner: "Bidder 1" };
    default:
      return { ...common, type };
  }
}

const RULES = {
  propertyId: SESSION_ID,
  listingId: null,
  targetNight: "2026-11-22",
  currency: "USD",
  startingBidCents: 1,
  minimumIncrementBps: 1000,
  maxRounds: 3,
  roundDurationSeconds: 3600,
  maximumJumpBps: 20_000,
  compensationBps: 2500,
  compensationPolicy: "always",
  softCloseSeconds: 120,
  startsAt: AT,
  hardEndAt: AT,
} as const;

function aSession(seq: number, isOver: boolean): SessionSnapshot["session"] {
  return {
    ...RULES,
    id: SESSION_ID,
    status: isOver ? "completed" : "active",
    acceptsBids: !isOver,
    seq,
    currentPriceCents: seq,
    leader: "Bidder 1",
    youLead: true,
    minimumNextCents: isOver ? null : seq,
    roundsLeft: 3,
    expiresAt: AT,
    endedAt: isOver ? AT : null,
    serverTime: AT,
  };
}
