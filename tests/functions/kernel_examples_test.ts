/** Every example of openapi.json, called at the public URLs of the stack under test. */
import { assertEquals, assertRejects } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { fromSupabase, TradepostError } from "../../shared/client.ts";
import { asMethod, type Contract, type Example, isQueried } from "../../shared/contract.ts";
import { CONTRACTS } from "../../shared/contracts.ts";
import { EXAMPLE_IDS, EXAMPLE_NIGHT, EXAMPLE_TOKEN } from "../../shared/example_ids.ts";
import type { ErrorCode } from "../../shared/error_catalogue.ts";
import { present } from "../support/present.ts";
import { stack, type StackInfo } from "../support/stack.ts";
import { credentialsOf, makeExamples } from "./examples_fixture.ts";

const DAY_MS = 86_400_000;

Deno.test("every example is answered as its contract says", async (t) => {
  const info = await stack();
  const credentials = await credentialsOf(info);
  const night = new Date(Date.now() + 10 * DAY_MS).toISOString().slice(0, 10);
  const ids = await makeExamples(info, credentials, night);
  const replacements = new Map([[EXAMPLE_NIGHT, night], [EXAMPLE_TOKEN, ids.token]]);
  for (const [name, id] of Object.entries(EXAMPLE_IDS)) {
    replacements.set(id, present(Reflect.get(ids, name), name));
  }
  for (const contract of Object.values<Contract>(CONTRACTS)) {
    for (const example of contract.examples) {
      await t.step(`${contract.name}: ${example.name}`, async () => {
        const request = toRequest(info, contract, example, replacements);
        for (const [name, value] of Object.entries(credentials[example.as])) {
          request.headers.set(name, value);
        }
        const response = await fetch(request);
        const body = await response.json();
        assertEquals(response.status, example.status, JSON.stringify(body));
        if (example.code !== undefined) return assertRefusal(contract, example.code, body);
        // Parsing drops what the contract does not know: nothing may be lost.
        assertEquals(asMethod(contract, methodOf(contract, example)).response.parse(body), body);
      });
    }
  }
});

Deno.test("a signed-in supabase-js client calls through the typed client, a signed-out one is refused", async () => {
  const { apiUrl, publishableKey, users } = await stack();
  const supabase = createClient(apiUrl, publishableKey, {
    auth: { autoRefreshToken: false, persistSession: false },
  });
  const client = fromSupabase(supabase);
  const refused = await assertRejects(() => client.call("task-stats", {}), TradepostError);
  assertEquals([refused.status, refused.code], [401, "credentials_missing"]);
  const { error } = await supabase.auth.signInWithPassword(users.alice);
  assertEquals(error, null);
  const { marketplaces } = await client.call("task-stats", { timezone: "Asia/Tokyo" });
  assertEquals(marketplaces.length, 6);
  await supabase.auth.signOut();
});

/** The public error, of a code that the contract names. */
function assertRefusal(contract: Contract, code: ErrorCode, body: { readonly code: string }): void {
  assertEquals(Object.keys(body).sort(), ["code", "details", "error", "requestId"]);
  assertEquals([body.code, contract.errors.includes(code)], [code, true]);
}

function methodOf(contract: Contract, example: Example) {
  return example.method ?? present(contract.methods[0], "a method");
}

function toRequest(
  info: StackInfo,
  contract: Contract,
  example: Example,
  replacements: ReadonlyMap<string, string>,
): Request {
  const method = methodOf(contract, example);
  const url = new URL(`${info.apiUrl}/functions/v1/${contract.name}`);
  const headers = { "apikey": info.publishableKey, "content-type": "application/json" };
  const body = replaced(JSON.stringify(example.request), replacements);
  if (!isQueried(method)) return new Request(url, { method, headers, body });
  for (const [key, value] of Object.entries(JSON.parse(body))) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(key, String(one));
  }
  return new Request(url, { method, headers });
}

function replaced(text: string, replacements: ReadonlyMap<string, string>): string {
  return [...replacements].reduce((before, [from, to]) => before.replaceAll(from, to), text);
}
