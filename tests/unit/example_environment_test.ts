/** What `.env.example` shows as a default is one: to set it changes nothing. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { ENVIRONMENT_VARIABLES, parseApiUrl, parseLogLevel } from "../../shared/http/env.ts";
import { readRoutingEnvironment } from "../../shared/http/routing_env.ts";

const EXAMPLE = new URL("../../.env.example", import.meta.url);

/** Enough for every provider to take part, so that what they are opened with is compared too. */
const CREDENTIALS = new Map([
  ["KROGER_CLIENT_ID", "id"],
  ["KROGER_CLIENT_SECRET", "secret"],
  ["WALMART_API_KEY", "key"],
  ["WALMART_PARTNER_ID", "id"],
  ["INSTACART_API_KEY", "key"],
  ["MEALME_API_KEY", "account:uuid"],
  ["MEALME_CONTACT_NAME", "Name"],
  ["MEALME_CONTACT_EMAIL", "name@shop.example"],
  ["MEALME_CONTACT_PHONE", "+15555550104"],
]);

async function shown(): Promise<ReadonlyMap<string, string>> {
  const text = await Deno.readTextFile(EXAMPLE);
  return new Map(
    [...text.matchAll(/^# ([A-Z][A-Z0-9_]*)=(.+)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

Deno.test("routing with every default of .env.example set is routing with none of them set", async () => {
  const defaults = await shown();
  const unset = readRoutingEnvironment((name) => CREDENTIALS.get(name));
  assertEquals(readRoutingEnvironment((name) => CREDENTIALS.get(name) ?? defaults.get(name)), unset);
  assertNotEquals(
    readRoutingEnvironment((name) => name === "LOOPGPT_ESTIMATED_TAX_BPS" ? "1" : CREDENTIALS.get(name)),
    unset,
  );
});

Deno.test("of the functions' other variables .env.example shows these defaults and no others", async () => {
  const defaults = await shown();
  assertEquals(defaults.get("LOG_LEVEL"), parseLogLevel(undefined));
  assertEquals(defaults.get("RESEND_API_URL"), parseApiUrl());
  const routing = /^(LOOPGPT|KROGER|WALMART|INSTACART|MEALME)_/;
  const others = ENVIRONMENT_VARIABLES.filter((name) => defaults.has(name) && !routing.test(name));
  assertEquals(others, ["LOG_LEVEL", "CLIENT_ADDRESS_HEADER", "RESEND_API_URL"]);
});
