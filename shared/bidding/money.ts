/** Amounts as callers send them: decimals of the currency, or whole cents. */
import { z } from "zod";

/** The largest amount of a bid, a ceiling or a start. */
export const MAX_CENTS = 100_000_000_000;

const DECIMAL = /^(\d{1,10})(?:\.(\d{1,2}))?$/;

/**
 * The cents of a decimal amount, read from its digits, so that no binary fraction is in between; undefined where it is
 * below 0 or has more than two decimals.
 *
 * @example
 * ```ts
 * toCents(1.15); // 115
 * toCents(0.1 + 0.2); // undefined: it is 0.30000000000000004
 * ```
 */
export function toCents(amount: number): number | undefined {
  const [, units, hundredths = ""] = DECIMAL.exec(String(amount)) ?? [];
  return units === undefined ? undefined : Number(units) * 100 + Number(hundredths.padEnd(2, "0"));
}

/** An amount in units of the currency, parsed to cents. */
export function decimalAmount() {
  return z.number()
    .refine((amount) => isAmount(toCents(amount)), {
      error: "Expected an amount from 0.01 to 1000000000 with at most two decimals",
    })
    .meta({ minimum: 0.01, maximum: MAX_CENTS / 100, multipleOf: 0.01 })
    .transform((amount) => toCents(amount) ?? z.NEVER);
}

/** An amount in whole cents. */
export function cents() {
  const error = `Expected whole cents from 1 to ${MAX_CENTS}`;
  return z.int(error).min(1, error).max(MAX_CENTS, error);
}

/** JSON Schema for a request in which one of two fields is there: the decimal, or the cents. */
export function eitherOf(decimal: string, inCents: string) {
  return { oneOf: [{ required: [decimal] }, { required: [inCents] }] };
}

/**
 * The one of two fields that is there; where both or none are, the request has an issue.
 *
 * @param fields The names of the decimal field and of that in cents.
 */
export function exactlyOne<Value>(
  fields: readonly [string, string],
  [decimal, inCents]: readonly [Value | undefined, Value | undefined],
  context: z.RefinementCtx,
): Value {
  if (decimal !== undefined && inCents === undefined) return decimal;
  if (inCents !== undefined && decimal === undefined) return inCents;
  const found = decimal === undefined ? "neither" : "both";
  context.addIssue({
    code: "custom",
    path: [fields[0]],
    message: `Expected either ${fields.join(" or ")} but found ${found}`,
  });
  return z.NEVER;
}

function isAmount(inCents: number | undefined): boolean {
  return inCents !== undefined && inCents >= 1 && inCents <= MAX_CENTS;
}
