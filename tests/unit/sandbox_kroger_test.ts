import { assert, assertEquals, assertMatch } from "@std/assert";
import { bearer, get, krogerToken, read, withSandbox } from "./sandbox_fixture.ts";

const V1 = "/kroger/v1";

Deno.test(
  "Kroger gives a token to its client alone, for the scopes it may have",
  withSandbox(async ({ url, env }) => {
    const ask = async (secret: string | undefined, form: Record<string, string>) =>
      await read(
        await fetch(`${url}${V1}/connect/oauth2/token`, {
          method: "POST",
          headers: { authorization: `Basic ${btoa(`${env["KROGER_CLIENT_ID"]}:${secret}`)}` },
          body: new URLSearchParams(form),
        }),
      );
    const secret = env["KROGER_CLIENT_SECRET"];
    const good = await ask(secret, { grant_type: "client_credentials", scope: "product.compact" });
    assertEquals(good.status, 200);
    assertEquals([good.body.expires_in, good.body.token_type], [1800, "bearer"]);
    assertMatch(good.body.access_token, /^[\w-]+\.[\w-]+\.[\w-]+$/);

    assertEquals((await ask("wrong", { grant_type: "client_credentials" })).status, 401);
    const scope = await ask(secret, { grant_type: "client_credentials", scope: "cart.basic:write" });
    assertEquals([scope.status, scope.body.error], [400, "invalid_scope"]);
    const grant = await ask(secret, { grant_type: "password" });
    assertEquals([grant.status, grant.body.error], [400, "unsupported_grant_type"]);
  }),
);

Deno.test("a Kroger token ends after 1800 seconds", async () => {
  let now = Date.now();
  await withSandbox(async (sandbox) => {
    const headers = bearer(await krogerToken(sandbox));
    const stores = `${sandbox.url}${V1}/locations?filter.zipCode.near=45202`;
    now += 1_799_000;
    assertEquals((await get(stores, headers)).status, 200);
    now += 1_000;
    const late = await get(stores, headers);
    assertEquals([late.status, late.body.errors.error], [401, "invalid_token"]);
  }, { clock: () => now })();
});

Deno.test(
  "Kroger finds stores near a postal code, and none where there are none",
  withSandbox(async (sandbox) => {
    const headers = bearer(await krogerToken(sandbox));
    const near = (zip: string) =>
      get(`${sandbox.url}${V1}/locations?filter.zipCode.near=${zip}&filter.limit=2`, headers);
    const { body } = await near("45202");
    assertEquals(body.data.length, 2);
    assertMatch(body.data[0].locationId, /^\d{8}$/);
    assertEquals((await near("99999")).body.data, []);
    assertEquals((await near("452")).status, 400);
    assertEquals((await get(`${sandbox.url}${V1}/locations?filter.zipCode.near=45202`)).status, 401);
  }),
);

Deno.test(
  "Kroger tells prices and stock for a store only",
  withSandbox(async (sandbox) => {
    const headers = bearer(await krogerToken(sandbox));
    const products = (query: string) => get(`${sandbox.url}${V1}/products?${query}`, headers);
    const [bare] = (await products("filter.term=milk")).body.data;
    assertEquals([bare.items[0].price, bare.items[0].inventory], [undefined, undefined]);
    const there = await products("filter.term=milk&filter.locationId=01400943&filter.limit=5");
    assertEquals(there.body.data.length, 5);
    for (const { productId, items: [item] } of there.body.data) {
      assertMatch(productId, /^\d{13}$/);
      assert(item.price.regular > 0 && item.price.promo >= 0);
      assertMatch(item.inventory.stockLevel, /^(HIGH|LOW|TEMPORARILY_OUT_OF_STOCK)$/);
    }
    const one = await get(`${sandbox.url}${V1}/products/${bare.productId}`, headers);
    assertEquals(one.body.data.productId, bare.productId);
    assertEquals((await get(`${sandbox.url}${V1}/products/0000000000000`, headers)).status, 404);
    const ids = there.body.data.map(({ productId }: { productId: string }) => productId);
    const again = await products(`filter.productId=${ids.join(",")}&filter.locationId=01400943`);
    assertEquals(again.body.data.map(({ productId }: { productId: string }) => productId), ids);
  }),
);

Deno.test(
  "Kroger refuses what its documentation refuses",
  withSandbox(async (sandbox) => {
    const headers = bearer(await krogerToken(sandbox));
    const products = (query: string) => get(`${sandbox.url}${V1}/products?${query}`, headers);
    const short = await products("filter.term=milk&filter.locationId=123");
    assertEquals(
      [short.status, short.body.reason],
      [400, "Field 'locationId' must have a length of 8 characters"],
    );
    for (
      const query of [
        "",
        "filter.term=eg",
        "filter.term=a+b+c+d+e+f+g+h+i",
        "filter.term=milk&filter.limit=51",
      ]
    ) {
      assertEquals((await products(query)).status, 400, query);
    }
  }),
);

Deno.test(
  "Kroger fills a cart for a shopper only",
  withSandbox(async (sandbox) => {
    const add = async (token: string, items: unknown) => {
      const response = await fetch(`${sandbox.url}${V1}/cart/add`, {
        method: "PUT",
        headers: { ...bearer(token), "content-type": "application/json" },
        body: JSON.stringify({ items }),
      });
      return await read(response);
    };
    const application = await krogerToken(sandbox);
    const { body } = await get(`${sandbox.url}${V1}/products?filter.term=milk`, bearer(application));
    const items = [{ upc: body.data[0].upc, quantity: 2, modality: "DELIVERY" }];
    const refused = await add(application, items);
    assertEquals([refused.status, refused.body.errors.reason], [403, "missing required scopes"]);
    assertEquals(sandbox.orders(), []);

    const shopper = sandbox.shopperToken();
    assertEquals(await add(shopper, items), { status: 204, body: undefined });
    assertEquals((await add(shopper, [{ upc: items[0]?.upc, quantity: 0 }])).status, 400);
    assertEquals((await add(shopper, [{ upc: "123", quantity: 1 }])).status, 400);
    const [cart, ...others] = sandbox.orders();
    assertEquals([cart?.kind, cart?.items, others.length], [
      "cart",
      [{ sku: items[0]?.upc, quantity: 2 }],
      0,
    ]);
  }),
);

Deno.test(
  "a shopper's consent brings a code that is good for one token",
  withSandbox(async ({ url, env }) => {
    const query = new URLSearchParams({
      client_id: env["KROGER_CLIENT_ID"] ?? "",
      redirect_uri: "https://shop.example/back",
      response_type: "code",
      scope: "cart.basic:write",
      state: "s1",
    });
    const consent = await fetch(`${url}${V1}/connect/oauth2/authorize?${query}`, { redirect: "manual" });
    await consent.body?.cancel();
    const back = new URL(consent.headers.get("location") ?? "");
    assertEquals([consent.status, back.searchParams.get("state")], [302, "s1"]);
    const trade = async (form: Record<string, string>) =>
      await read(
        await fetch(`${url}${V1}/connect/oauth2/token`, {
          method: "POST",
          headers: {
            authorization: `Basic ${btoa(`${env["KROGER_CLIENT_ID"]}:${env["KROGER_CLIENT_SECRET"]}`)}`,
          },
          body: new URLSearchParams(form),
        }),
      );
    const code = back.searchParams.get("code") ?? "";
    const tradeCode = () => trade({ grant_type: "authorization_code", code });
    const first = await tradeCode();
    assertEquals(first.status, 200);
    assertEquals((await tradeCode()).body.error_description, "invalid code");
    const renewed = await trade({ grant_type: "refresh_token", refresh_token: first.body.refresh_token });
    assertEquals(renewed.status, 200);
  }),
);

Deno.test(
  "Kroger answers 429 once a day's calls are used up, and again the next day",
  async () => {
    let now = Date.UTC(2026, 0, 1, 12);
    await withSandbox(async (sandbox) => {
      const headers = bearer(await krogerToken(sandbox));
      const find = async () => (await get(`${sandbox.url}${V1}/products?filter.term=milk`, headers)).status;
      assertEquals([await find(), await find(), await find()], [200, 200, 429]);
      now += 13 * 60 * 60 * 1000;
      headers["authorization"] = `Bearer ${await krogerToken(sandbox)}`;
      assertEquals(await find(), 200);
    }, { clock: () => now, quotas: [{ provider: "KROGER_API", endpoint: "products", perDay: 2 }] })();
  },
);
