import type { Fault } from "./faults.ts";
import type { Answer, Json, JsonObject } from "./http_message.ts";

// Names of money in the four formats; what is not a number under them (Kroger's `price`) is an object with more of them
const PRICES =
  /^(regular|promo|regularPerUnitEstimate|promoPerUnitEstimate|salePrice|msrp|price|base_price|subtotal|total_with_tip|total_without_tips|.*_cents)$/;

/** The answer as a fault would have it. */
export function disfigure(answer: Answer, fault: Fault | undefined, vitalFields: readonly string[]): Answer {
  const { body } = answer;
  if (fault === undefined || answer.status >= 300) return answer;
  if (fault === "bad_json") {
    const text = body === undefined ? "{" : JSON.stringify(body);
    return { status: 200, body: `${text.slice(0, Math.ceil(text.length / 2))}<` };
  }
  if (body === undefined || typeof body === "string") return answer;
  switch (fault) {
    case "missing_fields":
      return { ...answer, body: without(body, new Set(vitalFields)) };
    case "wrong_currency":
      return { ...answer, body: inEuros(body) };
    case "negative_price":
      return { ...answer, body: negated(body) };
    case "out_of_stock":
      return { ...answer, body: soldOut(body) };
    case "duplicate_ids":
      return { ...answer, body: doubled(body) };
    default:
      return answer;
  }
}

function without(value: Json, fields: ReadonlySet<string>): Json {
  return rebuild(
    value,
    (object) => Object.fromEntries(Object.entries(object).filter(([key]) => !fields.has(key))),
  );
}

function inEuros(value: Json): Json {
  return rebuild(value, (object) => {
    const isPriced = Object.keys(object).some((key) => PRICES.test(key) || key === "currency");
    return isPriced ? { ...object, currency: "EUR" } : object;
  });
}

function negated(value: Json): Json {
  return rebuild(
    value,
    (object) =>
      Object.fromEntries(
        Object.entries(object).map(([key, entry]) => [
          key,
          PRICES.test(key) && typeof entry === "number" && entry > 0 ? -entry : entry,
        ]),
      ),
  );
}

/** By each provider's own words for it. */
function soldOut(value: Json): Json {
  return rebuild(value, (object) => ({
    ...object,
    ...("inventory" in object ? { inventory: { stockLevel: "TEMPORARILY_OUT_OF_STOCK" } } : {}),
    ...("stock" in object ? { stock: "Not available", availableOnline: false } : {}),
    ...("is_available" in object ? { is_available: false } : {}),
  }));
}

function doubled(value: Json): Json {
  if (isList(value)) {
    return value.flatMap((entry) => isObject(entry) ? [doubled(entry), doubled(entry)] : [entry]);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, doubled(entry)]));
}

/** Applies a change to every object, the inner ones first. */
function rebuild(value: Json, change: (object: JsonObject) => JsonObject): Json {
  if (isList(value)) return value.map((entry) => rebuild(entry, change));
  if (!isObject(value)) return value;
  return change(
    Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, rebuild(entry, change)])),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}
