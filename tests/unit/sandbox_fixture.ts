import { assertEquals } from "@std/assert";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../scripts/sandbox/mod.ts";

/** A basket search at MealMe near Cincinnati, where there are stores. */
export async function searchBasket(sandbox: Sandbox, names: readonly string[]) {
  const basket = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));
  const query = new URLSearchParams({
    query: basket,
    user_latitude: "39.1",
    user_longitude: "-84.51",
    fetch_quotes: "true",
  });
  return await get(`${sandbox.url}/mealme/search/cart?${query}`, mealMe(sandbox));
}

/** Runs a test against a sandbox of its own; whatever it leaves open, the leak sanitizers find. */
export function withSandbox(
  test: (sandbox: Sandbox) => Promise<void>,
  options: SandboxOptions = {},
): () => Promise<void> {
  return async () => {
    const sandbox = await startSandbox(options);
    try {
      await test(sandbox);
    } finally {
      await sandbox.stop();
    }
  };
}

/** Status and JSON of an answer. */
export async function read(
  response: Response,
): Promise<{ status: number; body: ReturnType<typeof JSON.parse> }> {
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

export async function get(url: string, headers: Record<string, string> = {}) {
  return await read(await fetch(url, { headers }));
}

export async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const json = { "content-type": "application/json", ...headers };
  return await read(await fetch(url, { method: "POST", headers: json, body: JSON.stringify(body) }));
}

/** A Kroger token for the application. */
export async function krogerToken({ url, env }: Sandbox, scope = "product.compact"): Promise<string> {
  const { status, body } = await read(
    await fetch(`${url}/kroger/v1/connect/oauth2/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa(`${env["KROGER_CLIENT_ID"]}:${env["KROGER_CLIENT_SECRET"]}`)}`,
      },
      body: new URLSearchParams({ grant_type: "client_credentials", scope }),
    }),
  );
  assertEquals(status, 200);
  return body.access_token;
}

export function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

export function mealMe({ env }: Sandbox): Record<string, string> {
  return { "id-token": env["MEALME_API_KEY"] ?? "" };
}

/** An order as MealMe takes it, for two packages of the first product found. */
export async function mealMeOrder(
  sandbox: Sandbox,
  changes: Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  const { body } = await searchBasket(sandbox, ["Whole Milk"]);
  return {
    place_order: false,
    items: [{ product_id: body.carts[0].products[0].product_id, quantity: 2 }],
    pickup: false,
    driver_tip_cents: 0,
    user_latitude: 39.1,
    user_longitude: -84.51,
    user_street_num: "1",
    user_street_name: "Main St",
    user_city: "Cincinnati",
    user_state: "OH",
    user_zipcode: "45202",
    user_country: "US",
    user_name: "Ann",
    user_email: "ann@example.com",
    user_phone: 15555550100,
    user_id: "ann",
    ...changes,
  };
}

/** A draft order's id. */
export async function mealMeDraft(sandbox: Sandbox): Promise<string> {
  const order = await mealMeOrder(sandbox);
  const { status, body } = await post(`${sandbox.url}/mealme/order/order/v4`, order, mealMe(sandbox));
  assertEquals(status, 200);
  return body.order_id;
}

/**
 * A POST that is made once. Deno's fetch makes a call again by itself, a POST too, where a connection it had kept
 * open ends before the answer's head is complete; a body that streams cannot be sent again.
 */
export async function postOnce(url: string, body: unknown, headers: Record<string, string> = {}) {
  const json = { "content-type": "application/json", ...headers };
  const stream = new Blob([JSON.stringify(body)]).stream();
  return await read(await fetch(url, { method: "POST", headers: json, body: stream }));
}
