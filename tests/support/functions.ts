/** The public functions, called at their URLs as anybody may call them. */
import { assertEquals, assertMatch } from "@std/assert";
import { ERROR_CATALOGUE, type ErrorCode } from "../../shared/error_catalogue.ts";
import type { AnswerBody, Task } from "./answers.ts";
import { present } from "./present.ts";
import { stack } from "./stack.ts";

/** Who calls: the headers that say so. */
export interface FunctionCaller {
  readonly credentials: Readonly<Record<string, string>>;
}

/** A caller without credentials. */
export const nobody: FunctionCaller = { credentials: {} };

/** One request to a function. */
export interface FunctionCall {
  /** `POST` where something is sent, `GET` otherwise. */
  readonly method?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, in place of `json`. */
  readonly raw?: BodyInit;
  /** The query: as it stands in the URL, or keys with one value or several. */
  readonly query?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the task functions may answer, refusals included. */
export interface FunctionBody extends AnswerBody {
  readonly error?: string;
  readonly requestId?: string;
}

export interface FunctionAnswer<Body = FunctionBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  /** The body to the byte. */
  readonly text: string;
}

/**
 * Calls a function.
 *
 * @example
 * ```ts
 * const answer = await call("approve", admin, { json: { taskIds: [id], approved: true } });
 * ```
 */
export async function call<Body = FunctionBody>(
  slug: string,
  caller: FunctionCaller,
  request: FunctionCall = {},
): Promise<FunctionAnswer<Body>> {
  const { apiUrl, publishableKey } = await stack();
  const body = request.raw ?? (request.json === undefined ? undefined : JSON.stringify(request.json));
  const response = await fetch(`${apiUrl}/functions/v1/${slug}${queryOf(request.query)}`, {
    method: request.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      "apikey": publishableKey,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...caller.credentials,
      ...request.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

/** The task of an answer with this status. */
export function taskOf(answer: FunctionAnswer, status: number): Task {
  assertEquals(answer.status, status, answer.text.slice(0, 1000));
  return present(answer.body.task, "a task in the answer");
}

/** Holds an answer to be the public error of a code: status, body and correlation. Returns its body. */
export function refused(answer: FunctionAnswer, code: ErrorCode): FunctionBody {
  assertEquals([answer.status, answer.body.code], [ERROR_CATALOGUE[code].status, code], answer.text);
  assertErrorBody(answer);
  return answer.body;
}

/** The paths of `details.issues`, of a refusal with `invalid_request`. */
export function issuePaths(answer: FunctionAnswer): readonly string[] {
  const { details } = refused(answer, "invalid_request");
  return present(details?.issues, "issues").map(({ path }) => path);
}

/** Holds an answer to be a refusal of the caller's request, of whatever code: never a fault of ours. */
export function refusedSomehow(answer: FunctionAnswer): ErrorCode {
  const code = Object.keys(ERROR_CATALOGUE).find((known): known is ErrorCode => known === answer.body.code);
  const known = present(code, `a code of the catalogue in ${answer.status} ${answer.text.slice(0, 500)}`);
  assertEquals(answer.status, ERROR_CATALOGUE[known].status, answer.text.slice(0, 500));
  assertMatch(String(answer.status), /^4\d\d$/, answer.text.slice(0, 500));
  assertErrorBody(answer);
  return known;
}

function assertErrorBody({ headers, body }: FunctionAnswer): void {
  assertEquals(Object.keys(body).sort(), ["code", "details", "error", "requestId"]);
  assertMatch(present(body.error, "a sentence"), /^\S.*[^.\s]$/s);
  assertEquals([typeof body.details, Array.isArray(body.details)], ["object", false]);
  assertEquals(headers.get("x-request-id"), body.requestId);
  assertMatch(headers.get("content-type") ?? "", /^application\/json/);
}

function queryOf(query: FunctionCall["query"] = ""): string {
  if (typeof query === "string") return query === "" ? "" : `?${query}`;
  const parameters = new URLSearchParams();
  for (const [key, values] of Object.entries(query)) {
    for (const value of typeof values === "string" ? [values] : values) parameters.append(key, value);
  }
  return `?${parameters}`;
}
