/** Requests to one given stack over HTTP, and people who signed up there. */
import type { StackInfo } from "../../scripts/local/stack_file.ts";
import { user } from "./callers.ts";
import { present } from "./present.ts";
import { anonymousClient } from "./realtime.ts";
import type { Person } from "./tasks.ts";

/** Somebody with a session, both for HTTP and for calls of the database. */
export interface Member extends Person {
  readonly headers: Readonly<Record<string, string>>;
}

/** A request; `POST` where it has a body. */
export interface StackRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** An answer as it went over the wire. */
export interface StackAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Somebody signs up through Auth. */
export async function signUpOn(info: StackInfo, name: string): Promise<Member> {
  const email = `${name}-${crypto.randomUUID()}@example.com`;
  const { data, error } = await anonymousClient(info).auth.signUp({ email, password: crypto.randomUUID() });
  if (error) throw error;
  const { access_token: token } = present(data.session, "a session from signing up");
  const { id } = present(data.user, "a user from signing up");
  return { ...user(id), userId: id, email, headers: { authorization: `Bearer ${token}` } };
}

/** Sends a request with the publishable key unless its headers name another one. */
export async function ask(info: StackInfo, path: string, request: StackRequest = {}): Promise<StackAnswer> {
  const { body, signal } = request;
  const response = await fetch(`${info.apiUrl}${path}`, {
    method: request.method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      "apikey": info.publishableKey,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...request.headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** All of an answer that its caller can read, as one text. */
export function wholeOf({ status, headers, text }: StackAnswer): string {
  return [status, ...[...headers].map(([name, value]) => `${name}: ${value}`), text].join("\n");
}
