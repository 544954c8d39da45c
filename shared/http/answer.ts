/** What a handler answers: a JSON body (none where undefined) with its HTTP status, and headers of its own. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A plain 200. */
export function ok(body: unknown): Answer {
  return { status: 200, body };
}
