import type { HttpMethod } from "./contract.ts";
import type { ClientOptions } from "./client.ts";

/** One call on its way out. */
export interface Outgoing {
  /** Slug and query. */
  readonly path: string;
  readonly method: HttpMethod;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal | undefined;
}

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Carries a call to its function and the answer back; rejects where there is none. */
export type Transport = (outgoing: Outgoing) => Promise<Answered>;

/** Calls by `fetch`. */
export function fetchTransport(options: ClientOptions): Transport {
  const send = options.fetch ?? globalThis.fetch;
  const base = `${options.url.replace(/\/+$/, "")}/functions/v1/`;
  return async ({ path, method, headers, body, signal }) => {
    const response = await send(base + path, {
      method,
      headers: { ...headers, "apikey": options.apikey, ...await authorization(options) },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: response.status, headers: response.headers, body: await readJson(response) };
  };
}

async function authorization(options: ClientOptions): Promise<Record<string, string>> {
  const token = options.agentToken ?? options.accessToken ?? await options.getAccessToken?.();
  return token === undefined ? {} : { "authorization": `Bearer ${token}` };
}

/** The JSON of a response, or its text where it is none. */
export async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
