/** The body of every error of the Data API. */
export interface RestError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: string | null | undefined;
  readonly hint?: string | null | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One JSON answer. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
}

/** An error as PostgREST words it: `{code, message, details, hint}`, each always present. */
export function restError(error: RestError): Response {
  const { status, code, message, details = null, hint = null, headers = {} } = error;
  return json(status, { code, message, details, hint }, {
    "proxy-status": `PostgREST; error=${code}`,
    ...headers,
  });
}
