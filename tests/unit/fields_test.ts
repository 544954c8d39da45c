import { assertEquals } from "@std/assert";
import type { z } from "zod";
import { day, hours, instant, queryInteger, queryList, text, uuid } from "../../shared/fields.ts";
import { priority } from "../../shared/tasks/task.ts";

function accepts(schema: z.ZodType, values: readonly unknown[]): void {
  for (const value of values) {
    assertEquals(schema.safeParse(value).success, true, `Expected ${JSON.stringify(value)} to pass`);
  }
}

function refuses(schema: z.ZodType, values: readonly unknown[]): void {
  for (const value of values) {
    assertEquals(schema.safeParse(value).success, false, `Expected ${JSON.stringify(value)} to be refused`);
  }
}

Deno.test("a text counts characters as Postgres does, and needs one that shows", () => {
  accepts(text(3), ["a", "abc", "🦊🦊🦊", " a "]);
  refuses(text(3), ["", " ", "\t\n", "abcd", "🦊🦊🦊🦊", 7, null, undefined, ["a"]]);
});

Deno.test("hours are above 0, at most 10000, to the hundredth", () => {
  accepts(hours(), [0.01, 0.1, 1.1, 2.55, 3.5, 9999.99, 10_000]);
  refuses(hours(), [0, -1, 0.001, 1.005, 3.333, 10_000.01, "4", NaN, Infinity, null]);
});

Deno.test("an instant is ISO 8601 with offset and exists", () => {
  accepts(instant(), [
    "2026-11-21T08:00:00Z",
    "2026-11-21T08:00Z",
    "2026-11-21T08:00:00.123456+05:30",
    "2028-02-29T00:00:00Z",
  ]);
  refuses(instant(), [
    "2026-11-21",
    "2026-11-21T08:00:00",
    "2026-02-30T00:00:00Z",
    "2027-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-21T25:00:00Z",
    "0000-01-01T00:00:00Z",
    "2026-11-21T08:00:00.1234567Z",
    "yesterday",
    1_795_000_000_000,
  ]);
});

Deno.test("a day exists in the calendar", () => {
  accepts(day(), ["2026-11-21", "2028-02-29"]);
  refuses(day(), ["2026-02-30", "2026-11", "21.11.2026", "0000-01-01"]);
});

Deno.test("a uuid of any version passes and is lower case afterwards", () => {
  assertEquals(uuid().parse("0197A3B2-7C1D-7E5F-8A9B-0123456789AB"), "0197a3b2-7c1d-7e5f-8a9b-0123456789ab");
  refuses(uuid(), ["", "x", "0197a3b27c1d7e5f8a9b0123456789ab", "{0197a3b2-7c1d-7e5f-8a9b-0123456789ab}", 1]);
});

Deno.test("a whole number in a query is digits within its range", () => {
  assertEquals(queryInteger(1, 100).parse("42"), 42);
  refuses(queryInteger(1, 100), ["0", "101", "-1", "1.5", "1e1", "", " 7", "0x10", ["1", "2"]]);
});

Deno.test("a list in a query comes repeated, with commas, or both", () => {
  const list = queryList(priority);
  assertEquals(list.parse("high"), ["high"]);
  assertEquals(list.parse("high,low"), ["high", "low"]);
  assertEquals(list.parse(["high", "low,medium"]), ["high", "low", "medium"]);
  refuses(list, ["", "urgent", "high,", ["high", "urgent"], Array(21).fill("low")]);
});
