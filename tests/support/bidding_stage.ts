/** A bidding session on a database of a test's own, its participants known by one letter. */
import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { type Answer, callAs, readOnlyCallAs, service } from "./callers.ts";
import type { FreshDatabase } from "./database.ts";
import { present } from "./present.ts";
import { passTime } from "./session_time.ts";
import { adminPerson, type Person, person, succeeded, withoutLimits } from "./tasks.ts";

/** A session as an answer shows it. */
export interface SessionView {
  readonly id: string;
  readonly status: string;
  readonly acceptsBids: boolean;
  readonly seq: number;
  readonly currency: string;
  readonly startingBidCents: number;
  readonly currentPriceCents: number | null;
  readonly leader: string | null;
  readonly youLead: boolean;
  readonly minimumNextCents: number | null;
  readonly roundsLeft: number | null;
  readonly maximumJumpBps: number;
  readonly expiresAt: string;
  readonly hardEndAt: string;
  readonly startsAt: string;
  readonly endedAt: string | null;
  readonly serverTime: string;
}

/** How a session ended, as an answer shows it. */
export interface ResultView {
  readonly outcome: string;
  readonly winner: string | null;
  readonly winningBidCents: number | null;
  readonly compensationCents: number | null;
  readonly platformRevenueCents: number | null;
}

/** Every field that an operation of bidding may answer with. */
export interface BiddingBody {
  readonly success?: boolean;
  readonly message?: string;
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>> | null;
  readonly session?: SessionView;
  readonly participants?: readonly Readonly<Record<string, unknown>>[];
  readonly events?: readonly Readonly<Record<string, unknown>>[];
  readonly result?: ResultView | null;
  readonly bid?: Readonly<Record<string, unknown>> | null;
  readonly autoBid?: Readonly<Record<string, unknown>> | null;
  readonly ok?: boolean;
  readonly firstDifference?: Difference | null;
  readonly firstBrokenSeq?: number | null;
}

/** What `verify_session` names. */
export interface Difference {
  readonly what: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** The money of a result, as its row holds it; people by their letter. */
export interface ResultRow {
  readonly winner: string;
  readonly loser: string | null;
  readonly winning: number;
  readonly compensation: number;
  readonly revenue: number;
  readonly payout: string | null;
  readonly currency: string;
}

/** What `get_session` answers. */
export type SeenSession = BiddingBody & { readonly session: SessionView };

/** What an operation of bidding answers. */
export type BiddingAnswer = Answer<BiddingBody>;

/** People of a test's own database, among whom sessions are opened. */
export interface BiddingCast {
  readonly database: FreshDatabase;
  readonly sql: postgres.Sql;
  readonly admin: Person;
  /** Takes no part in any session. */
  readonly outsider: Person;
  readonly people: ReadonlyMap<string, Person>;
}

/** Signs an admin, an outsider and people A, B, C, D and E up, and takes the rate limits away. */
export async function biddingCast(database: FreshDatabase): Promise<BiddingCast> {
  const { sql } = database;
  await withoutLimits(sql);
  const admin = await adminPerson(sql);
  const outsider = await person(sql, "outsider");
  const people = new Map<string, Person>();
  for (const letter of "ABCDE") people.set(letter, await person(sql, letter.toLowerCase()));
  return { database, sql, admin, outsider, people };
}

/** What the admin sends to open a session: tonight, from 1000.00 on, between A and B, unless told otherwise. */
export function sessionDraft(
  { people }: Pick<BiddingCast, "people">,
  overrides: Readonly<Record<string, unknown>> = {},
  letters = "AB",
): Readonly<Record<string, unknown>> {
  return {
    propertyId: crypto.randomUUID(),
    targetNight: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
    startingBidCents: 100_000,
    participants: [...letters].map((alias) => ({
      userId: present(people.get(alias), `a person ${alias}`).userId,
      alias,
    })),
    ...overrides,
  };
}

/** Opens a session for the letters' people. */
export async function openStage(
  cast: BiddingCast,
  overrides: Readonly<Record<string, unknown>> = {},
  letters = "AB",
): Promise<Stage> {
  const session = sessionDraft(cast, overrides, letters);
  const { body } = succeeded(
    await callAs<BiddingBody>(cast.sql, cast.admin, "create_session", { session }),
  );
  return new Stage(cast, present(body.session, "a session").id);
}

/** One session, and what its people do in it. */
export class Stage {
  constructor(readonly cast: BiddingCast, readonly id: string) {}

  /** Somebody of the cast by his letter. */
  who(letter: string): Person {
    return present(this.cast.people.get(letter), `a person ${letter}`);
  }

  /** A bid by hand, whatever becomes of it. */
  async bid(letter: string, amount: number): Promise<BiddingAnswer> {
    const args = { ["session_id"]: this.id, ["amount_cents"]: amount };
    return await callAs<BiddingBody>(this.cast.sql, this.who(letter), "submit_bid", args);
  }

  /** A ceiling, or null to clear it, whatever becomes of it. */
  async ceiling(letter: string, maximum: number | null): Promise<BiddingAnswer> {
    const args = { ["session_id"]: this.id, ["max_amount_cents"]: maximum };
    return await callAs<BiddingBody>(this.cast.sql, this.who(letter), "set_auto_bid", args);
  }

  /** A withdrawal, whatever becomes of it. */
  async withdraw(letter: string): Promise<BiddingAnswer> {
    return await callAs<BiddingBody>(this.cast.sql, this.who(letter), "withdraw_bid", {
      ["session_id"]: this.id,
    });
  }

  /** The admin cancels. */
  async cancel(reason = "The night is gone"): Promise<BiddingAnswer> {
    const args = { ["session_id"]: this.id, reason };
    return await callAs<BiddingBody>(this.cast.sql, this.cast.admin, "cancel_session", args);
  }

  /** The session as somebody is shown it, the clock left out. */
  async seenBy(letter: string): Promise<SeenSession> {
    return await this.#seenBy(this.who(letter));
  }

  async #seenBy(viewer: Person): Promise<SeenSession> {
    const args = { ["session_id"]: this.id };
    const { body } = succeeded(
      await readOnlyCallAs<BiddingBody>(this.cast.sql, viewer, "get_session", args),
    );
    const { serverTime: _, ...session } = present(body.session, "a session");
    return { ...body, session: { ...session, serverTime: "" } };
  }

  /** Who leads at what price, as `"A at 220000"`; `"nobody"` where nobody has bid. */
  async standing(): Promise<string> {
    const { session } = await this.#seenBy(this.cast.admin);
    return session.leader === null ? "nobody" : `${session.leader} at ${session.currentPriceCents}`;
  }

  /** Every bid in order, as `"B 200000, A 220000 leads by proxy"`. */
  async bids(): Promise<string> {
    const rows = await this.cast.sql<{ text: string }[]>`
      select p.alias || ' ' || b.amount_cents || case when b.leads then ' leads' else '' end
        || case when d.seq is not null then ' by proxy' else '' end as text
      from public.bids as b
      join public.bidding_participants as p using (session_id, user_id)
      left join public.bid_details as d using (session_id, seq)
      where b.session_id = ${this.id} order by b.seq`;
    return rows.map(({ text }) => text).join(", ");
  }

  /** The types of the ledger's entries, in order. */
  async ledger(): Promise<string> {
    const { events } = await this.#seenBy(this.cast.admin);
    return present(events, "events").map(({ type }) => type).join(" ");
  }

  /** How it was decided; undefined where it was not. */
  async result(): Promise<ResultRow | undefined> {
    const [row] = await this.cast.sql<{ result: ResultRow }[]>`
      select jsonb_build_object(
        'winner', private.alias_of(r.session_id, r.winner_id), 'loser', private.alias_of(r.session_id, r.loser_id),
        'winning', r.winning_bid_cents, 'compensation', r.compensation_cents, 'revenue', r.platform_revenue_cents,
        'payout', r.payout_status, 'currency', r.currency
      ) as result
      from public.bidding_results as r where r.session_id = ${this.id}`;
    return row?.result;
  }

  /** Lets time pass until so many seconds are left; negative: the deadline lies so far behind. */
  async leave(seconds: number): Promise<void> {
    await passTime(this.cast.database, this.id, { untilEnd: seconds });
  }

  /** Lets the deadline pass and the job find it. */
  async end(): Promise<void> {
    await this.leave(-1);
    await this.cast.sql`select private.session_cleanup()`;
  }

  /** The first difference that `verify_session` finds; null where all agrees, `verify_audit` included. */
  async difference(): Promise<Difference | null> {
    const { body } = succeeded(
      await readOnlyCallAs<BiddingBody>(this.cast.sql, service, "verify_session", {
        ["session_id"]: this.id,
      }),
    );
    assertEquals(body.ok, body.firstDifference === null);
    return body.firstDifference ?? null;
  }

  /** The first entry of the ledger that `verify_audit` finds changed; null where none is. */
  async firstBroken(): Promise<number | null> {
    const { body } = succeeded(
      await readOnlyCallAs<BiddingBody>(this.cast.sql, service, "verify_audit", {
        ["resource_type"]: "session",
        ["resource_id"]: this.id,
      }),
    );
    assertEquals(body.ok, body.firstBrokenSeq === null);
    return body.firstBrokenSeq ?? null;
  }

  /** Fails where anything in the session is not what its ledger leads to. */
  async assertHonest(): Promise<void> {
    assertEquals([await this.difference(), await this.firstBroken()], [null, null]);
  }
}

/** The code of a refusal, or `"ok"`. */
export function codeOf({ status, body }: BiddingAnswer): string {
  return status < 300 ? "ok" : body.code ?? `${status} without a code`;
}
