/** Bidders who go on bidding at the public URLs, whatever happens, until each of their requests is answered. */
import type { FaultyStack } from "./faulty_stack.ts";
import { present } from "./present.ts";
import { ask, type Member, type StackAnswer } from "./stack_requests.ts";

/** A request with its Idempotency-Key, and the answer it came to. */
export interface Request {
  readonly key: string;
  readonly kind: "bid" | "ceiling";
  readonly userId: string;
  readonly sessionId: string;
  readonly cents: number;
  /** In ms since 1970. */
  readonly sentAt: number;
  /** How often it was sent; more than once where no answer came, or one that told of a fault of ours. */
  readonly tries: number;
  readonly status: number;
  readonly wasReplayed: boolean;
  readonly body: RequestBody;
}

interface RequestBody {
  readonly code?: string;
  readonly bid?: {
    readonly id: string;
    readonly sessionId: string;
    readonly userId: string;
    readonly amountCents: number;
    readonly seq: number;
    readonly placedAt: string;
  } | null;
  readonly details?: { readonly minimumNextCents?: number };
  readonly session?: { readonly minimumNextCents: number | null };
}

const MOST_TRIES = 2_000;

/** What a request that was read and judged may be answered. */
const REFUSALS = ["already_leading", "bid_too_low", "bid_too_high", "ceiling_too_low", "session_closed"];

/** Bidders at work. */
export class BiddingLoad {
  readonly answered: Request[] = [];
  readonly #known = new Map<string, number>();
  #sessions: readonly string[] = [];
  #isOver = false;
  #heard = Promise.withResolvers<void>();
  #working: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  constructor(readonly stack: FaultyStack, readonly bidders: readonly Member[]) {}

  /** Sends so many bidders to work, on nothing yet. */
  start(workers: number): void {
    const work = Promise.all(Array.from({ length: workers }, (_, worker) => this.#work(worker)));
    this.#working = work.catch((error) => {
      this.#failure = error;
      this.#heard.resolve();
    });
  }

  /** From the next request on they bid in these sessions. */
  aimAt(sessions: readonly string[]): void {
    this.#sessions = sessions;
  }

  /** Resolves once so many more requests are answered. */
  async untilAnswered(more: number): Promise<void> {
    const enough = this.answered.length + more;
    while (this.answered.length < enough) {
      if (this.#failure) throw this.#failure;
      await this.#heard.promise;
    }
  }

  /** Lets them finish what they have begun. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#working;
    if (this.#failure) throw this.#failure;
  }

  async #work(worker: number): Promise<void> {
    for (let turn = 0; !this.#isOver; turn += 1) {
      const sessionId = this.#sessions[(worker + turn) % this.#sessions.length];
      const bidder = present(this.bidders[(worker * 3 + turn) % this.bidders.length], "a bidder");
      if (sessionId === undefined) await delay(5);
      else await this.#request(sessionId, bidder, turn % 5 === 4 ? "ceiling" : "bid", turn % 3);
    }
  }

  async #request(
    sessionId: string,
    { userId, headers }: Member,
    kind: Request["kind"],
    above: number,
  ): Promise<void> {
    const key = crypto.randomUUID();
    const cents = (this.#known.get(sessionId) ?? 100_000) + above * (kind === "bid" ? 1 : 500);
    const [slug, field] = kind === "bid" ? ["submit-bid", "amountCents"] : ["set-auto-bid", "maxAmountCents"];
    const sent = { key, kind, userId, sessionId, cents, sentAt: Date.now() };
    for (let tries = 1; tries < MOST_TRIES; tries += 1) {
      const answer = await ask(this.stack.info, `/functions/v1/${slug}`, {
        headers: { ...headers, "idempotency-key": key },
        body: { sessionId, [field]: cents },
        signal: AbortSignal.timeout(20_000),
      }).catch(() => undefined);
      if (answer && answer.status < 500) return this.#record({ ...sent, tries, ...read(answer) });
      await this.stack.whole;
      await delay(10);
    }
    throw new Error(`Expected an answer within ${MOST_TRIES} tries but found none for ${kind} ${key}`);
  }

  #record(request: Request): void {
    const { sessionId, status, body } = request;
    if (status !== 200 && !REFUSALS.includes(body.code ?? "")) {
      throw new Error(`Expected a judgement but found ${status} ${JSON.stringify(body)}`);
    }
    const minimum = body.session?.minimumNextCents ?? body.details?.minimumNextCents;
    if (minimum) this.#known.set(sessionId, minimum);
    this.answered.push(request);
    this.#heard.resolve();
    this.#heard = Promise.withResolvers();
  }
}

function read({ status, headers, text }: StackAnswer): Pick<Request, "status" | "wasReplayed" | "body"> {
  return { status, wasReplayed: headers.get("idempotency-replayed") === "true", body: JSON.parse(text) };
}

/** A breath before the next try, so that bidders leave the machine to what comes back. */
function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
