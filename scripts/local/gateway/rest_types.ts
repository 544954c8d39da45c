declare global {
  interface JSON {
    /** A value that `JSON.stringify` writes out as this very text. In V8, not yet in the compiler's library. */
    rawJSON(text: string): unknown;
  }
}

/**
 * How values travel between Postgres and @supabase/lite, so that a table's JSON comes out as PostgREST
 * writes it. The library's own defaults double-encode jsonb, leave the `T` out of timestamps and turn a
 * numeric with trailing zeros into a string.
 */
export const postgresTypes = {
  json: { to: 114, from: [114], serialize: asJson, parse: parseJson },
  jsonb: { to: 3802, from: [3802], serialize: asJson, parse: parseJson },
  bigint: { to: 20, from: [20], serialize: String, parse: wholeNumber },
  numeric: { to: 1700, from: [1700], serialize: String, parse: exactNumber },
  timestamptz: { to: 1184, from: [1184], serialize: asText, parse: isoTimestamp },
  timestamp: { to: 1114, from: [1114], serialize: asText, parse: isoTimestamp },
};

/**
 * The auth server's own columns, with the times as it answers them. Its jsonb arrives as text already: without
 * this the metadata would be stored as one JSON string, in which a trigger on auth.users finds nothing.
 */
export const authTypes = {
  json: { to: 114, from: [114], serialize: asJson, parse: parseJson },
  jsonb: { to: 3802, from: [3802], serialize: asJson, parse: parseJson },
  timestamptz: { to: 1184, from: [1184], serialize: asText, parse: utcTimestamp },
};

function asJson(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}

function asText(value: unknown): string {
  return String(value);
}

function wholeNumber(text: string): unknown {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : JSON.rawJSON(text);
}

/** `12.50` stays `12.50`; what JSON has no number for (`NaN`) stays text. */
function exactNumber(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? JSON.rawJSON(text) : text;
}

/** `2026-01-01 00:00:00.5+00` as `2026-01-01T00:00:00.5+00:00`. */
function isoTimestamp(text: string): string {
  return text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
}

function utcTimestamp(text: string): string {
  return isoTimestamp(text).replace("+00:00", "Z");
}
