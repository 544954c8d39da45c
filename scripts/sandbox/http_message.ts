/** A request as the sandbox's servers see it. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}

export interface HttpHead {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
}

/** Anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** An answer before it goes out. A body of text is sent as it is, anything else as JSON; `undefined` sends none. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  202: "Accepted",
  204: "No Content",
  302: "Found",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** `undefined` where the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A request's first line and headers; `undefined` where they are no HTTP. */
export function parseHead(text: string): HttpHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const [, method, target] = /^([A-Z]+) (\/\S*) HTTP\/1\.1$/.exec(first) ?? [];
  if (!method || !target) return undefined;
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) return undefined;
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return { method, target, headers };
}

/** The answer's bytes on the wire, head and body. */
export function encodeAnswer({ status, headers = {}, body }: Answer, isLast: boolean): Uint8Array {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const payload = new TextEncoder().encode(text);
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Unknown"}`,
    ...(body === undefined || "content-type" in headers ? [] : ["content-type: application/json"]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(status === 204 ? [] : [`content-length: ${payload.length}`]),
    ...(isLast ? ["connection: close"] : []),
  ].join("\r\n");
  const start = new TextEncoder().encode(`${head}\r\n\r\n`);
  const bytes = new Uint8Array(start.length + payload.length);
  bytes.set(start);
  bytes.set(payload, start.length);
  return bytes;
}
