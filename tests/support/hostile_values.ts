/** Values that nobody should send and somebody will, as JSON texts: some hold what no JavaScript value can. */

/** What looks like an instant and is none. */
export const INSTANTS: readonly string[] = [
  "2026-02-30T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "294277-01-01T00:00:00Z",
  "99999-01-01T00:00:00Z",
  "-0001-01-01T00:00:00Z",
  "2026-01-01T25:00:00Z",
  "2026-01-01T00:61:00Z",
  "2026-01-01T00:00:00+99:00",
  "2026-01-01T00:00:00+15:60",
  "2026-01-01T00:00:00-16:00",
  "2026-01-01T00:00:00",
  "2026-01-01",
  "2026-01-01T00:00:00 Europe/Berlin",
  "infinity",
  "-infinity",
  "now",
  "today",
  "epoch",
  "allballs",
];

/** Texts that parsers, printers and eyes stumble over; every one can be stored. */
export const TEXTS: readonly string[] = [
  "",
  " ",
  "\t\n\r ",
  "'; drop table public.marketplace_tasks; --",
  "') or ('1' = '1",
  "$$; select pg_sleep(10); $$",
  "%s %I %L {0} $1 :name ?",
  "\\' \\x27 \\u0027 \\",
  "<script>alert(1)</script><img src=x onerror=alert(1)>",
  "{{7*7}} ${7*7} #{7*7}",
  "../../../../etc/passwd",
  "\u202eright to left\u202c مرحبا שלום",
  "e\u0301\u0301\u0301 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
  "\u200b\u200d\ufeff",
  "😀👩‍👩‍👧‍👦🏳️‍🌈",
  "\u0001\u001f\u007f\u0085",
  "NaN",
  "Infinity",
  "-1",
  "0x10",
  "1e3",
  "null",
  "true",
  "{}",
  '{"a": 1}',
  "00000000-0000-0000-0000-000000000000",
  "{00000000-0000-0000-0000-000000000000}",
  ...INSTANTS,
  "x".repeat(20_000),
  "😀".repeat(10_000),
];

/** What a text, a number, a list or an object may be confused with. */
export const HOSTILE_JSON: readonly string[] = [
  ...[
    "null",
    "true",
    "false",
    "0",
    "-1",
    "0.5",
    "0.001",
    "1e400",
    "-1e400",
    "1e-400",
    "99999999999999999999",
  ],
  ...["[]", "[null]", "[[]]", '[1, "a", null, {}]', "{}", '{"a": {"b": [{}]}}', "[[[[1]]]]"],
  ...['{"__proto__": {"admin": true}}', '{"constructor": {"prototype": {}}}', '{"": ""}'],
  "[".repeat(100) + "]".repeat(100),
  '{"a":'.repeat(100) + "1" + "}".repeat(100),
  `[${Array.from({ length: 1001 }, () => '"x"').join()}]`,
  `{${Array.from({ length: 1000 }, (_, i) => `"unknown${i}": ${i}`).join()}}`,
  ...TEXTS.map((text) => JSON.stringify(text)),
  ...TEXTS.slice(0, 8).map((text) => JSON.stringify([text])),
];

/** A value as JSON text with one part of it, at a path such as `task.tags.0`, replaced by other JSON text. */
export function withJsonAt(value: unknown, path: string, json: string): string {
  const mark = "\u0000mark\u0000";
  return JSON.stringify(replaced(value, path.split("."), mark)).replace(JSON.stringify(mark), () => json);
}

function replaced(value: unknown, [key, ...rest]: readonly string[], mark: string): unknown {
  if (key === undefined) return mark;
  if (Array.isArray(value)) {
    return value.map((item, index) => `${index}` === key ? replaced(item, rest, mark) : item);
  }
  const fields: Record<string, unknown> = { ...Object(value) };
  return { ...fields, [key]: replaced(fields[key], rest, mark) };
}
