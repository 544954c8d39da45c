/**
 * Calls operations as the Data API does: in a transaction of its own, as the caller's database role, with the
 * verified claims and the request's headers as settings.
 */
import postgres from "postgres";
import { type AnswerBody, raisedAnswer, responseHeaders } from "./answers.ts";
import { type Routine, routineOf } from "./routines.ts";

/** Who calls: what the gateway would have verified before Postgres hears of it. */
export interface Caller {
  readonly role: "anon" | "authenticated" | "service_role";
  readonly userId?: string;
  readonly agentToken?: string;
}

/** Nobody: a request with a publishable key alone. */
export const anon: Caller = { role: "anon" };

/** A request with a secret key. */
export const service: Caller = { role: "service_role" };

/** A signed-in person; whether he is an admin stands in his profile. */
export function user(userId: string): Caller {
  return { role: "authenticated", userId };
}

/** An agent: a request with a publishable key and the agent's token. */
export function agent(agentToken: string): Caller {
  return { role: "anon", agentToken };
}

/** What a caller gets back. */
export interface Answer<Body = AnswerBody> {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** The body as Postgres wrote it, byte for byte. */
  readonly text: string;
  /** The SQLSTATE where the call was raised and rolled back; null where it returned and was committed. */
  readonly sqlstate: string | null;
}

/** Arguments by parameter name; a text is taken as the JSON of the whole object, for what JavaScript cannot hold. */
export type CallArguments = Readonly<Record<string, unknown>> | string;

/** Request headers by lower-case name. */
export type CallHeaders = Readonly<Record<string, string>>;

/**
 * Calls a function of schema `api` (or, by a qualified name, of another one) and commits.
 *
 * @example
 * ```ts
 * const answer = await callAs(sql, agent(token), "create_task", { task: aTask() }, { "idempotency-key": "k1" });
 * ```
 */
export async function callAs<Body = AnswerBody>(
  sql: postgres.Sql,
  caller: Caller,
  name: string,
  args: CallArguments = {},
  headers: CallHeaders = {},
): Promise<Answer<Body>> {
  return await call(sql, "", caller, name, args, headers);
}

/** The same in a transaction that may not write, as the Data API runs stable functions. */
export async function readOnlyCallAs<Body = AnswerBody>(
  sql: postgres.Sql,
  caller: Caller,
  name: string,
  args: CallArguments = {},
  headers: CallHeaders = {},
): Promise<Answer<Body>> {
  return await call(sql, "read only", caller, name, args, headers);
}

/** Calls within an open transaction, which the test itself commits or rolls back. A raised refusal is thrown. */
export async function callWithin<Body = AnswerBody>(
  transaction: postgres.TransactionSql,
  caller: Caller,
  name: string,
  args: CallArguments = {},
  headers: CallHeaders = {},
): Promise<Answer<Body>> {
  const routine = await routineOf(transaction, name);
  return await callRoutine(transaction, caller, routine, args, headers);
}

/** Takes a caller's role and settings on for the rest of the transaction. */
export async function becomeWithin(
  transaction: postgres.TransactionSql,
  caller: Caller,
  headers: CallHeaders = {},
): Promise<void> {
  const claims = { role: caller.role, ...(caller.userId === undefined ? {} : { sub: caller.userId }) };
  const sent = caller.agentToken === undefined ? headers : { ...headers, "x-agent-token": caller.agentToken };
  await transaction`
    select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
      set_config('request.headers', ${JSON.stringify(sent)}, true),
      set_config('response.status', '', true),
      set_config('response.headers', '', true),
      set_config('role', ${caller.role}, true)`;
}

async function call<Body>(
  sql: postgres.Sql,
  mode: string,
  caller: Caller,
  name: string,
  args: CallArguments,
  headers: CallHeaders,
): Promise<Answer<Body>> {
  // Looked up beforehand: a caller's role may not read the catalogue's every corner, and a pool may be busy.
  const routine = await routineOf(sql, name);
  try {
    return await sql.begin(mode, (transaction) => callRoutine(transaction, caller, routine, args, headers));
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    return raisedAnswer(error, caller.role === "anon");
  }
}

async function callRoutine<Body>(
  transaction: postgres.TransactionSql,
  caller: Caller,
  routine: Routine,
  args: CallArguments,
  headers: CallHeaders,
): Promise<Answer<Body>> {
  // Sent without waiting in between: a call that races others should not dawdle between its statements.
  const json = typeof args === "string" ? args : JSON.stringify(args);
  const settled = becomeWithin(transaction, caller, headers);
  const called = transaction.unsafe<{ text: string }[]>(routine.statementFor(args), [json]);
  const read = transaction<{ status: string | null; headers: string | null }[]>`
    select current_setting('response.status', true) as status,
      current_setting('response.headers', true) as headers`;
  const [, results, responses] = await Promise.all([settled, called, read]);
  const [result] = results;
  const [response] = responses;
  if (!result || !response) throw new Error("Expected one row of answer and found none");
  return {
    status: Number(response.status || 200),
    headers: responseHeaders(response.headers || "[]"),
    body: JSON.parse(result.text),
    text: result.text,
    sqlstate: null,
  };
}
