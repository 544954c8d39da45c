/**
 * Fields that contracts share. Each says the same to a caller (a message, OpenAPI keywords) as the operation in
 * Postgres that judges it again.
 */
import { z } from "zod";

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;
const WHOLE_NUMBER = /^-?\d{1,15}$/;

/** A text of 1 to `most` characters that is not only white space. */
export function text(most: number) {
  return z.string()
    .refine((value) => value.trim() !== "" && countCharacters(value, most) <= most, {
      error: `Expected a text of 1 to ${most} characters`,
    })
    .meta({ minLength: 1, maxLength: most, pattern: "\\S" });
}

/** An id, in any version of uuid. */
export function uuid() {
  return z.guid("Expected a uuid").toLowerCase();
}

/** A moment: ISO 8601 with offset, to the microsecond at most. */
export function instant() {
  return z.string()
    .refine((value) => INSTANT.test(value) && isMoment(value), {
      error: "Expected an ISO 8601 instant with offset, such as 2026-11-21T08:00:00Z",
    })
    .meta({ format: "date-time" });
}

/** A calendar day. */
export function day() {
  return z.iso.date("Expected a date as YYYY-MM-DD").refine((value) => !value.startsWith("0000"), {
    error: "Expected a date as YYYY-MM-DD",
  });
}

/** Hours above 0 and at most 10 000, to the hundredth. */
export function hours() {
  return z.number()
    .refine((value) => value > 0 && value <= 10_000 && isToTheHundredth(value), {
      error: "Expected a number above 0 and at most 10000, to the hundredth",
    })
    .meta({ exclusiveMinimum: 0, maximum: 10_000, multipleOf: 0.01 });
}

/** A whole number. */
export function wholeNumber(least: number, most: number) {
  const error = `Expected a whole number from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
}

/** A whole number in a query. */
export function queryInteger(least: number, most: number) {
  return z.preprocess(
    (value) => typeof value === "string" && WHOLE_NUMBER.test(value) ? Number(value) : value,
    wholeNumber(least, most),
  );
}

/** `true` or `false` in a query. */
export function queryBoolean() {
  return z.preprocess(
    (value) => value === "true" ? true : value === "false" ? false : value,
    z.boolean("Expected true or false"),
  );
}

/** A list in a query: the key repeated, or its values in one, separated by commas. */
export function queryList<Item extends z.ZodType>(item: Item) {
  return z.preprocess(splitCommaList, z.array(item).min(1).max(20));
}

/** A moment that an answer names. */
export const moment = z.iso.datetime({ offset: true });

function splitCommaList(value: unknown): unknown {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  return texts.flatMap((entry) => typeof entry === "string" ? entry.split(",") : [entry]);
}

/** Code points, as Postgres counts; a text that is short in UTF-16 already is not walked. */
function countCharacters(value: string, most: number): number {
  return value.length <= most ? value.length : [...value].length;
}

function isMoment(value: string): boolean {
  // Date.parse lets 30 February roll over into March; the day must come back as it went in.
  const date = value.slice(0, 10);
  const midnight = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== date) return false;
  return !value.startsWith("0000") && !Number.isNaN(Date.parse(value));
}

function isToTheHundredth(value: number): boolean {
  return Number(value.toFixed(2)) === value;
}
