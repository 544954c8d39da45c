/** What operations answer, and how what they raise becomes an answer, by PostgREST's table. */
import type postgres from "postgres";
import type { z } from "zod";
import type { task } from "../../shared/tasks/task.ts";

/** A task as every answer shows it. */
export type Task = z.output<typeof task>;

/** What became of one item of a batch or of a decision. */
export interface ItemResult {
  readonly index?: number;
  readonly id?: string;
  readonly outcome: string;
  readonly code?: string;
  readonly status?: number;
  readonly error?: string;
  readonly details?: AnswerDetails | null;
  readonly task?: Task;
  readonly currentStatus?: string;
  readonly currentVersion?: number;
}

/** The details of a refusal. */
export interface AnswerDetails {
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
  readonly currentStatus?: string;
  readonly currentVersion?: number;
  readonly limit?: number;
  readonly periodSeconds?: number;
  readonly dailyQuota?: number;
  readonly retryAfterSeconds?: number;
}

/** Every field that an operation of the task capability may answer with. */
export interface AnswerBody {
  readonly success?: boolean;
  readonly message?: string;
  readonly code?: string;
  readonly details?: AnswerDetails | null;
  readonly task?: Task;
  readonly tasks?: readonly Task[];
  readonly results?: readonly ItemResult[];
  readonly count?: number;
  readonly limit?: number;
  readonly offset?: number;
  readonly nextCursor?: string | null;
  readonly dryRun?: boolean;
  readonly assignedAt?: string | null;
  readonly stats?: {
    readonly estimatedHours: number;
    readonly actualHours: number;
    readonly accuracy: number;
    readonly efficiency: number;
    readonly completedAt: string;
  };
  readonly ok?: boolean;
  readonly firstBrokenSeq?: number | null;
}

/** What `response.headers` holds, by lower-case name. */
export function responseHeaders(json: string): Record<string, string> {
  const list: Record<string, string>[] = JSON.parse(json);
  return Object.fromEntries(
    list.flatMap((header) => Object.entries(header)).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** The answer that PostgREST makes of an error. */
export function raisedAnswer<Body>(error: postgres.PostgresError, isAnonymous: boolean) {
  const { status, headers, text } = error.code === "PGRST"
    ? raisedOnPurpose(error)
    : { status: statusOf(error.code, isAnonymous), headers: {}, text: errorText(error) };
  const body: Body = JSON.parse(text);
  return { status, headers, body, text, sqlstate: error.code };
}

function raisedOnPurpose(error: postgres.PostgresError) {
  const detail: { status: number; headers: Record<string, string> } = JSON.parse(error.detail ?? "");
  const message: Record<string, unknown> = JSON.parse(error.message);
  for (const field of ["code", "message", "details", "hint"]) {
    const value = message[field] ?? "";
    // PostgREST answers 500 to anything else.
    if (typeof value !== "string") {
      throw new Error(
        `Expected ${field} of a raised refusal to be a text but found ${JSON.stringify(value)}`,
      );
    }
  }
  return { status: detail.status, headers: detail.headers, text: error.message };
}

function errorText(error: postgres.PostgresError): string {
  return JSON.stringify({
    code: error.code,
    message: error.message,
    details: error.detail ?? null,
    hint: error.hint ?? null,
  });
}

const STATUS_OF_SQLSTATE: Readonly<Record<string, number>> = {
  "23503": 409,
  "23505": 409,
  "25006": 405,
  "42883": 404,
  "42P01": 404,
  "42P17": 500,
  "57P01": 503,
  P0001: 400,
};

const STATUS_OF_CLASS: Readonly<Record<string, number>> = {
  "08": 503,
  "09": 500,
  "0L": 403,
  "0P": 403,
  "25": 500,
  "28": 403,
  "2D": 500,
  "38": 500,
  "39": 500,
  "3B": 500,
  "40": 500,
  "53": 503,
  "54": 500,
  "55": 500,
  "57": 500,
  "58": 500,
  F0: 500,
  HV: 500,
  P0: 500,
  XX: 500,
};

function statusOf(sqlstate: string, isAnonymous: boolean): number {
  if (sqlstate === "42501") return isAnonymous ? 401 : 403;
  const chosen = /^PT([1-5]\d\d)$/.exec(sqlstate);
  if (chosen) return Number(chosen[1]);
  return STATUS_OF_SQLSTATE[sqlstate] ?? STATUS_OF_CLASS[sqlstate.slice(0, 2)] ?? 400;
}
