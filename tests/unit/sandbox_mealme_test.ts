import { assert, assertEquals } from "@std/assert";
import { get, mealMe, mealMeDraft, mealMeOrder, post, searchBasket, withSandbox } from "./sandbox_fixture.ts";

Deno.test(
  "MealMe wants its key and says so in its own words",
  withSandbox(async ({ url }) => {
    for (const headers of [{}, { "id-token": "wrong" }, { authorization: "wrong" }]) {
      const { status, body } = await get(`${url}/mealme/search/store/v3?latitude=39&longitude=-84`, headers);
      assertEquals([status, body], [401, { error: "Incorrect API key!" }]);
    }
  }),
);

Deno.test(
  "MealMe searches stores, products and whole baskets near a place",
  withSandbox(async (sandbox) => {
    const ask = (path: string, query: Record<string, string>) =>
      get(`${sandbox.url}/mealme${path}?${new URLSearchParams(query)}`, mealMe(sandbox));
    const stores = await ask("/search/store/v3", { latitude: "39.1", longitude: "-84.5" });
    assertEquals(stores.body.stores.length, 2);
    const { body } = await searchBasket(sandbox, ["Whole Milk", "Large Eggs", "Plutonium"]);
    assertEquals(body.carts.length, 2);
    for (const { products, missing, quote } of body.carts) {
      assert(products.length >= 4);
      assert(products.every(({ price }: { price: number }) => Number.isInteger(price) && price > 0));
      assertEquals(missing, ["Plutonium"]);
      assert(quote.delivery_fee_cents > 0);
    }
    const sea = await ask("/search/cart", { query: `{"milk":1}`, user_latitude: "0", user_longitude: "0" });
    assertEquals(sea.body.carts, []);
    const noBasket = await ask("/search/cart", { query: "milk", user_latitude: "39", user_longitude: "-84" });
    assertEquals(noBasket.status, 400);
    const products = await ask("/search/product/v4", {
      query: "milk",
      user_latitude: "39",
      user_longitude: "-84",
    });
    assert(products.body.products.length > 5);
  }),
);

Deno.test(
  "MealMe prices a draft exactly, and an update of it anew",
  withSandbox(async (sandbox) => {
    const send = (order: unknown) => post(`${sandbox.url}/mealme/order/order/v4`, order, mealMe(sandbox));
    const order = await mealMeOrder(sandbox);
    const { body } = await send(order);
    assertEquals(body.order_placed, false);
    const { items: [item], quote, total_with_tip: total } = body.final_quote;
    assertEquals(quote.subtotal, item.base_price * 2);
    const fees = quote.delivery_fee_cents + quote.service_fee_cents + quote.small_order_fee_cents;
    assertEquals(total, quote.subtotal + fees + quote.sales_tax_cents);
    assertEquals(sandbox.orders(), []);

    sandbox.prices.set({ provider: "MEALME", factor: 1.5 });
    const again = await send({ ...order, order_id: body.order_id, customer_order_id: "ours-1" });
    assertEquals([again.body.order_id, again.body.customer_order_id], [body.order_id, "ours-1"]);
    assert(again.body.final_quote.total_with_tip > total);
    const tipped = await send({ ...order, driver_tip_cents: undefined });
    assertEquals(tipped.body.final_quote.tip, 100, "a dollar unless it is said");
  }),
);

Deno.test(
  "MealMe refuses orders that miss something, are of the wrong kind, mix menus or want what is sold out",
  withSandbox(async (sandbox) => {
    const send = async (changes: Record<string, unknown>) => {
      const order = await mealMeOrder(sandbox, changes);
      return (await post(`${sandbox.url}/mealme/order/order/v4`, order, mealMe(sandbox))).status;
    };
    assertEquals(await send({ user_email: undefined }), 400);
    assertEquals(await send({ user_phone: "555" }), 422);
    assertEquals(await send({ order_id: "nobody's" }), 400);
    assertEquals(await send({ items: [{ product_id: "nothing", quantity: 1 }] }), 400);
    assertEquals(await send({ user_zipcode: "99999" }), 406);
    const { body } = await searchBasket(sandbox, ["cage free brown eggs"]);
    const [first, second] = body.carts;
    const soldOut = first.products.find((product: { is_available: boolean }) => !product.is_available);
    assertEquals(await send({ items: [{ product_id: soldOut.product_id, quantity: 1 }] }), 406);
    const mixed = [first, second].map(({ products }) => ({
      product_id: products.at(-1).product_id,
      quantity: 1,
    }));
    assertEquals(await send({ items: mixed }), 400);
  }),
);

Deno.test(
  "MealMe places a draft once, and tells of it by either id",
  withSandbox(async (sandbox) => {
    const headers = mealMe(sandbox);
    const order = await mealMeOrder(sandbox, { customer_order_id: "ours-1" });
    const { body: { order_id: id } } = await post(`${sandbox.url}/mealme/order/order/v4`, order, headers);
    const status = async (query: string) =>
      (await get(`${sandbox.url}/mealme/account/orders?${query}`, headers)).body.orders
        .map((found: { order_id: string; status: string }) => [found.order_id, found.status]);
    assertEquals(await status(`order_id=${id}`), [[id, "unplaced"]]);
    const finalize = () => post(`${sandbox.url}/mealme/order/finalize`, { order_id: id }, headers);
    const placed = await finalize();
    assertEquals([placed.status, placed.body.status], [200, "awaiting_confirmation"]);
    assertEquals((await finalize()).status, 400);
    assertEquals(await status("customer_order_id=ours-1"), [[id, "awaiting_confirmation"]]);
    assertEquals(await status("order_id=unknown"), []);
    const [kept, ...others] = sandbox.orders();
    assertEquals([kept?.id, kept?.reference, others.length], [id, "ours-1", 0]);
    assertEquals(kept?.totalCents, placed.body.final_quote.total_with_tip);

    assert(sandbox.setOrderStatus(id, "completed"));
    assertEquals(await status(`order_id=${id}`), [[id, "completed"]]);
    assertEquals(sandbox.setOrderStatus("unknown", "completed"), false);
  }),
);

Deno.test(
  "two drafts with one reference are two orders at MealMe",
  withSandbox(async (sandbox) => {
    const order = await mealMeOrder(sandbox, { customer_order_id: "ours-1", place_order: true });
    for (let nth = 0; nth < 2; nth++) {
      assertEquals((await post(`${sandbox.url}/mealme/order/order/v4`, order, mealMe(sandbox))).status, 200);
    }
    assertEquals(sandbox.orders().map(({ reference }) => reference), ["ours-1", "ours-1"]);
    assertEquals(sandbox.calls().filter(({ endpoint }) => endpoint === "finalize").length, 2);
  }),
);

Deno.test(
  "a declined payment places nothing",
  withSandbox(async (sandbox) => {
    const order = await mealMeOrder(sandbox, { payment_method_id: "pm_declined", place_order: true });
    assertEquals((await post(`${sandbox.url}/mealme/order/order/v4`, order, mealMe(sandbox))).status, 400);
    assertEquals(sandbox.orders(), []);
    assert(await mealMeDraft(sandbox));
  }),
);
