/** Bidding by the public functions: people, their sessions, and what they are answered. */
import { assertEquals } from "@std/assert";
import type { ResponseOf } from "../../shared/client.ts";
import type { ErrorCode } from "../../shared/error_catalogue.ts";
import { aSession } from "./bidding.ts";
import { call, type FunctionAnswer, type FunctionBody, type FunctionCaller, refused } from "./functions.ts";
import { type Person, signUp, signUpAdmin } from "./people.ts";
import { present } from "./present.ts";
import { databaseOf } from "./realtime.ts";
import { passTime, type Until } from "./session_time.ts";
import { stack } from "./stack.ts";

type Bidden = ResponseOf<"submit-bid">;
type Seen = ResponseOf<"get-session">;
type Inbox = ResponseOf<"notifications">;

/** What the bidding functions may answer, refusals included. */
export interface BiddingBody extends FunctionBody {
  readonly session?: Bidden["session"];
  readonly bid?: Bidden["bid"] | null;
  readonly autoBid?: Bidden["autoBid"];
  readonly participants?: Seen["participants"];
  readonly events?: Seen["events"];
  readonly result?: Seen["result"];
  readonly notifications?: Inbox["notifications"];
  readonly notification?: Inbox["notifications"][number];
  readonly job?: string;
  readonly status?: string;
  readonly processed?: number;
  readonly durationMs?: number;
}

export type BiddingAnswer = FunctionAnswer<BiddingBody>;

/** An admin who opens sessions, and two who bid in them. */
export interface Bidders {
  readonly admin: Person;
  readonly alice: Person;
  readonly bob: Person;
}

/** Signs an admin, Alice and Bob up. */
export async function newBidders(): Promise<Bidders> {
  const [admin, alice, bob] = await Promise.all([signUpAdmin(), signUp("alice"), signUp("bob")]);
  return { admin, alice, bob };
}

/** A holder of a named secret key. */
export async function holderOf(name: "default" | "cron" | "operator"): Promise<FunctionCaller> {
  return { credentials: { apikey: (await stack()).secretKeys[name] } };
}

/** What the admin sends to open a session between Alice and Bob, from 2835.00 on. */
export function draftFor({ alice, bob }: Bidders, overrides: Readonly<Record<string, unknown>> = {}) {
  const participants = [{ userId: alice.id, alias: "Alice" }, { userId: bob.id, alias: "Bob" }];
  return { ...aSession([]), startingBidCents: 283_500, participants, ...overrides };
}

/** The admin opens a session between Alice and Bob; its id. */
export async function opened(
  bidders: Bidders,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const json = draftFor(bidders, overrides);
  return sessionIn(await call<BiddingBody>("create-session", bidders.admin, { json }), 201).id;
}

/** A bid by hand, whatever becomes of it. */
export async function bid(caller: FunctionCaller, sessionId: string, amount: number): Promise<BiddingAnswer> {
  return await call<BiddingBody>("submit-bid", caller, { json: { sessionId, amount } });
}

/** A session as somebody is shown it. */
export async function seen(
  caller: FunctionCaller,
  sessionId: string,
  since?: number,
): Promise<BiddingAnswer> {
  const query = { sessionId, ...(since === undefined ? {} : { since: String(since) }) };
  return await call<BiddingBody>("get-session", caller, { query });
}

/** The session of an answer with this status. */
export function sessionIn(answer: BiddingAnswer, status = 200): Bidden["session"] {
  assertEquals(answer.status, status, answer.text.slice(0, 1000));
  return present(answer.body.session, "a session in the answer");
}

/** The details of a refusal with this code. */
export function detailsOf(answer: FunctionAnswer, code: ErrorCode): Readonly<Record<string, unknown>> {
  return { ...refused(answer, code).details };
}

/** Lets time pass for one session of the stack under test. */
export async function letTimePass(sessionId: string, until: Until): Promise<void> {
  const info = await stack();
  const { superuserUrl } = present(info.local, "a stack of this machine, whose superuser is known");
  await using sql = databaseOf(info);
  const database = { sql, url: info.dbUrl, superuserUrl, [Symbol.asyncDispose]: () => Promise.resolve() };
  await passTime(database, sessionId, until);
}
