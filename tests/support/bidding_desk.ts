/** What is done about sessions by those who run them, and what their people find in their inboxes. */
import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import {
  type BiddingBody,
  type BiddingCast,
  sessionDraft,
  type SessionView,
  type Stage,
} from "./bidding_stage.ts";
import { type Answer, callAs, type Caller, type CallHeaders, readOnlyCallAs, service } from "./callers.ts";
import { present } from "./present.ts";
import { type Person, succeeded } from "./tasks.ts";

/** A notification as its owner is shown it. */
export interface NotificationView {
  readonly id: string;
  readonly sessionId: string;
  readonly type: string;
  readonly title: string;
  readonly message: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly readAt: string | null;
}

/** Where the money of a session stands. */
export interface SettlementView {
  readonly sessionId: string;
  readonly paymentStatus: string;
  readonly paymentExternalId: string | null;
  readonly payoutStatus: string | null;
  readonly payoutExternalId: string | null;
  readonly winningBidCents: number;
  readonly compensationCents: number;
  readonly platformRevenueCents: number;
  readonly version: number;
}

/** What a job answers. */
export interface RunView {
  readonly success: boolean;
  readonly job: string;
  readonly status: string;
  readonly processed: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly durationMs: number;
}

/** Every field that an operation about sessions may answer with. */
export interface DeskBody extends BiddingBody {
  readonly settlement?: SettlementView;
  readonly notifications?: readonly NotificationView[];
  readonly notification?: NotificationView;
  readonly nextCursor?: string | null;
  readonly count?: number;
}

/** What an operation about sessions answers. */
export type DeskAnswer = Answer<DeskBody>;

/** Asks the admin, or somebody else, to open a session; whatever becomes of it. */
export async function createSession(
  cast: BiddingCast,
  overrides: Readonly<Record<string, unknown>> = {},
  caller: Caller = cast.admin,
  headers: CallHeaders = {},
): Promise<DeskAnswer> {
  return await callAs<DeskBody>(
    cast.sql,
    caller,
    "create_session",
    { session: sessionDraft(cast, overrides) },
    headers,
  );
}

/** The session of an answer that must be one of success. */
export function sessionOf(answer: Answer<BiddingBody>): SessionView & Readonly<Record<string, unknown>> {
  return { ...present(succeeded(answer).body.session, "a session in the answer") };
}

/** The paths of all that a refusal of a malformed request complains of, each once. */
export function pathsOf({ body }: Answer<BiddingBody>): readonly string[] {
  const issues = body.details?.issues;
  if (!Array.isArray(issues)) return [];
  return [...new Set(issues.map(({ path }) => String(path)))];
}

/** The property and the night of a session. */
export async function nightOf(
  { cast: { sql }, id }: Stage,
): Promise<{ readonly propertyId: string; readonly targetNight: string }> {
  const [night] = await sql<{ propertyId: string; targetNight: string }[]>`
    select property_id as "propertyId", to_char(target_night, 'YYYY-MM-DD') as "targetNight"
    from public.bidding_sessions where session_id = ${id}`;
  return { ...present(night, "a session") };
}

/** What is told about money. */
export interface Report {
  readonly side: "payment" | "payout";
  readonly status: string;
  readonly externalId?: string | null;
}

/** The service, or somebody else, reports how money moved. */
export async function settle(
  { cast: { sql }, id }: Pick<Stage, "cast" | "id">,
  { side, status, externalId = null }: Report,
  { caller = service, headers = {} }: { readonly caller?: Caller; readonly headers?: CallHeaders } = {},
): Promise<DeskAnswer> {
  const args = { ["session_id"]: id, side, status, ["external_id"]: externalId };
  return await callAs<DeskBody>(sql, caller, "record_settlement", args, headers);
}

/** A page of somebody's inbox, asked for in a transaction that may not write. */
export async function inboxPage(
  sql: postgres.Sql,
  caller: Caller,
  filter: Readonly<Record<string, unknown>> = {},
): Promise<DeskAnswer> {
  return await readOnlyCallAs<DeskBody>(sql, caller, "list_notifications", { filter });
}

/** Everything that somebody was told, the first first. */
export async function inboxOf(sql: postgres.Sql, owner: Person): Promise<readonly NotificationView[]> {
  const { body } = succeeded(await inboxPage(sql, owner, { limit: 100 }));
  return present(body.notifications, "notifications").toReversed();
}

/** Everything that somebody of a session was told of it, the first first. */
export async function noticesOf(stage: Stage, letter: string): Promise<readonly NotificationView[]> {
  const inbox = await inboxOf(stage.cast.sql, stage.who(letter));
  return inbox.filter(({ sessionId }) => sessionId === stage.id);
}

/** The types of everything that somebody of a session was told of it, in order. */
export async function told(stage: Stage, letter: string): Promise<string> {
  return (await noticesOf(stage, letter)).map(({ type }) => type).join(" ");
}

/** The run of a job that must fail: what its refusal tells of it. */
export async function failedJob(sql: postgres.Sql, name: string): Promise<RunView> {
  const { status, body } = await callAs<{ readonly code?: string; readonly details?: RunView }>(
    sql,
    service,
    name,
  );
  assertEquals([status, body.code], [503, "job_failed"]);
  return present(body.details, "the run");
}

/** Runs a job through its operation, as the scheduler does. */
export async function runJob(sql: postgres.Sql, name: string, caller: Caller = service): Promise<RunView> {
  return succeeded(await callAs<RunView>(sql, caller, name)).body;
}
