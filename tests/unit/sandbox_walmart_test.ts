import { assert, assertEquals } from "@std/assert";
import type { Sandbox } from "../../scripts/sandbox/mod.ts";
import { get, withSandbox } from "./sandbox_fixture.ts";

const V2 = "/walmart/api-proxy/service/affil/product/v2";
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** The four headers as the vendor's own example makes them. */
async function signed({ env }: Sandbox, at: number, version = "1"): Promise<Record<string, string>> {
  const der = Uint8Array.from(atob(env["WALMART_API_KEY"] ?? ""), (char) => char.charCodeAt(0));
  const key = await crypto.subtle.importKey("pkcs8", der, RSA, false, ["sign"]);
  const id = env["WALMART_PARTNER_ID"] ?? "";
  const text = new TextEncoder().encode(`${id}\n${at}\n${version}\n`);
  const signature = new Uint8Array(await crypto.subtle.sign(RSA, key, text));
  return {
    "WM_CONSUMER.ID": id,
    "WM_CONSUMER.INTIMESTAMP": `${at}`,
    "WM_SEC.KEY_VERSION": version,
    "WM_SEC.AUTH_SIGNATURE": btoa(String.fromCharCode(...signature)),
  };
}

Deno.test(
  "Walmart checks all four headers and the signature",
  withSandbox(async (sandbox) => {
    const search = async (headers: Record<string, string>) =>
      (await get(`${sandbox.url}${V2}/search?query=milk`, headers)).status;
    const good = await signed(sandbox, Date.now());
    assertEquals(await search(good), 200);
    assertEquals(await search(good), 200, "a set of headers is good for many calls");
    for (const name of Object.keys(good)) {
      const { [name]: _, ...others } = good;
      assertEquals(await search(others), 401, `without ${name}`);
    }
    const later = `${Number(good["WM_CONSUMER.INTIMESTAMP"]) + 1}`;
    assertEquals(await search({ ...good, "WM_CONSUMER.INTIMESTAMP": later }), 401);
    assertEquals(await search({ ...good, "WM_SEC.AUTH_SIGNATURE": "AAAA" }), 401);
    assertEquals(await search({ ...good, "WM_SEC.AUTH_SIGNATURE": "no base64!" }), 401);
    assertEquals(await search(await signed(sandbox, Date.now(), "2")), 401);
  }),
);

Deno.test("a Walmart signature is good for 180 seconds", async () => {
  let now = 1_800_000_000_000;
  await withSandbox(async (sandbox) => {
    const headers = await signed(sandbox, now);
    const search = async () => (await get(`${sandbox.url}${V2}/search?query=milk`, headers)).status;
    now += 180_000;
    assertEquals(await search(), 200);
    now += 1;
    assertEquals(await search(), 401);
  }, { clock: () => now })();
});

Deno.test(
  "Walmart finds items, and leaves the list out where there are none",
  withSandbox(async (sandbox) => {
    const headers = await signed(sandbox, Date.now());
    const search = (query: string) => get(`${sandbox.url}${V2}/search?${query}`, headers);
    const { body } = await search("query=beef+jerky&numItems=5");
    assert(body.items.some(({ marketplace }: { marketplace: boolean }) => marketplace));
    assert(body.items.every(({ salePrice }: { salePrice: number }) => salePrice > 0));
    const none = await search("query=plutonium");
    assertEquals([none.status, none.body.totalResults, "items" in none.body], [200, 0, false]);
    assertEquals((await search("numItems=5")).status, 400);
    assertEquals((await search("query=milk&numItems=26")).status, 400);

    const ids = body.items.map(({ itemId }: { itemId: number }) => itemId);
    const again = await get(`${sandbox.url}${V2}/items?ids=${ids.join(",")}`, headers);
    assertEquals(again.body.items, body.items);
    assertEquals((await get(`${sandbox.url}${V2}/items?ids=1`, headers)).status, 404);
    const tooMany = Array.from({ length: 21 }, () => ids[0]).join(",");
    assertEquals((await get(`${sandbox.url}${V2}/items?ids=${tooMany}`, headers)).status, 400);
  }),
);

Deno.test(
  "Walmart tells the stores near a postal code",
  withSandbox(async (sandbox) => {
    const headers = await signed(sandbox, Date.now());
    const near = (zip: string) => get(`${sandbox.url}${V2}/stores?zip=${zip}`, headers);
    assertEquals((await near("60601")).body.length, 2);
    assertEquals((await near("99999")).body, []);
    assertEquals((await near("6")).status, 400);
  }),
);

Deno.test(
  "Walmart's cart page adds what it knows and drops the rest without a word",
  withSandbox(async (sandbox) => {
    const headers = await signed(sandbox, Date.now());
    const { body } = await get(`${sandbox.url}${V2}/search?query=milk`, headers);
    const id = body.items[0].itemId;
    const open = async (items: string) => {
      const response = await fetch(`${sandbox.url}/walmart/cart/addToCart?items=${items}`);
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await open(`${id}%7C3,1|2`), 200);
    assertEquals(await open("1|2"), 400);
    assertEquals(sandbox.orders().map(({ items }) => items), [[{ sku: `${id}`, quantity: 3 }]]);
  }),
);
