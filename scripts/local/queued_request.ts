/** A row of `net.http_request_queue`. */
export interface QueuedRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string> | null;
  readonly body: Uint8Array | null;
  readonly timeoutMs: number;
}

/** A row of `net._http_response`: a response, or the reason there is none. */
export interface QueuedOutcome {
  readonly status: number | null;
  readonly contentType: string | null;
  readonly headers: Record<string, string>;
  readonly content: string | null;
  readonly timedOut: boolean | null;
  readonly error: string | null;
}

const NOTHING: QueuedOutcome = {
  status: null,
  contentType: null,
  headers: {},
  content: null,
  timedOut: null,
  error: null,
};

/** Performs a request once, within its time limit; redirects are not followed. Never throws. */
export async function performRequest(request: QueuedRequest, stopping: AbortSignal): Promise<QueuedOutcome> {
  const limit = AbortSignal.timeout(request.timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method.toUpperCase(),
      redirect: "manual",
      headers: { "user-agent": "pg_net/tradepost", ...request.headers },
      ...(request.body ? { body: new Uint8Array(request.body) } : {}),
      signal: AbortSignal.any([limit, stopping]),
    });
    return {
      ...NOTHING,
      status: response.status,
      contentType: response.headers.get("content-type"),
      headers: Object.fromEntries(response.headers),
      // Postgres' text holds no zero character.
      content: (await response.text()).replaceAll("\0", ""),
      timedOut: false,
    };
  } catch (error) {
    if (limit.aborted) {
      return { ...NOTHING, timedOut: true, error: `Timeout of ${request.timeoutMs} ms reached` };
    }
    return { ...NOTHING, timedOut: false, error: error instanceof Error ? error.message : String(error) };
  }
}
