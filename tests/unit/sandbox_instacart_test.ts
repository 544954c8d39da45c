import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { bearer, get, post, withSandbox } from "./sandbox_fixture.ts";

function listOf(title?: string): unknown {
  const measurements = [{ quantity: 1, unit: "gallon" }];
  return { title, line_items: [{ name: "Milk", line_item_measurements: measurements }] };
}

Deno.test(
  "Instacart makes one page for equal lists",
  withSandbox(async ({ url, env, orders }) => {
    const link = async (body: unknown, key = env["INSTACART_API_KEY"] ?? "") =>
      await post(`${url}/instacart/idp/v1/products/products_link`, body, bearer(key));
    const first = await link(listOf("Groceries"));
    assertEquals(first.status, 200);
    assertMatch(
      first.body.products_link_url,
      /^http:\/\/127\.0\.0\.1:\d+\/instacart\/store\/shopping_lists\/\d+$/,
    );
    assertEquals((await link(listOf("Groceries"))).body, first.body);
    assertNotEquals((await link(listOf("Other"))).body, first.body);
    assertEquals(orders().map(({ kind }) => kind), ["link", "link"]);
    const page = await fetch(first.body.products_link_url);
    await page.body?.cancel();
    assertEquals(page.status, 200);
    const stranger = await link(listOf("Groceries"), "keys.0");
    assertEquals([stranger.status, stranger.body.error.code], [401, 401]);
  }),
);

Deno.test(
  "Instacart words one problem alone and several in a list",
  withSandbox(async ({ url, env }) => {
    const link = async (body: unknown) =>
      await post(
        `${url}/instacart/idp/v1/products/products_link`,
        body,
        bearer(env["INSTACART_API_KEY"] ?? ""),
      );
    const one = await link(listOf());
    assertEquals([one.status, one.body.error.code, one.body.meta.key], [400, 400, "title"]);
    const two = await link({ line_items: [] });
    assertEquals(two.body.error.errors.map(({ meta }: { meta: { key: string } }) => meta.key), [
      "title",
      "line_items",
    ]);
    assertEquals(
      (await link({ title: "Groceries", line_items: [{ name: "Milk" }], expires_in: 366 })).status,
      400,
    );
  }),
);

Deno.test(
  "Instacart says who delivers to a postal code",
  withSandbox(async ({ url, env }) => {
    const at = async (query: string) =>
      await get(`${url}/instacart/idp/v1/retailers?${query}`, bearer(env["INSTACART_API_KEY"] ?? ""));
    assertEquals((await at("postal_code=94103&country_code=US")).body.retailers.length, 3);
    assertEquals((await at("postal_code=99999&country_code=US")).body.retailers, []);
    assertEquals((await at("postal_code=94103")).status, 400);
    assertEquals(
      (await get(`${url}/instacart/idp/v1/retailers?postal_code=94103&country_code=US`)).status,
      401,
    );
  }),
);
