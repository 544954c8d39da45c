import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { hedgeShare } from "../../shared/routing/hedge_share.ts";
import { spendingOf } from "../../shared/routing/spending.ts";

Deno.test("no more calls are made than were reserved, and those made are counted", () => {
  const { spend, made } = spendingOf({ search: 2, quote: 1 });
  assertEquals(["search", "search", "search", "quote", "quote"].map(spend), [true, true, false, true, false]);
  assertEquals(made(), { search: 2, quote: 1 });
});

Deno.test("an endpoint that was not planned has no call, whatever it is called", () => {
  const { spend, made } = spendingOf({ search: 0 });
  assertEquals(["search", "token", "__proto__", "toString", ""].map(spend), [
    false,
    false,
    false,
    false,
    false,
  ]);
  assertEquals(made(), {});
});

Deno.test("however quotes come and go, second attempts stay a twentieth of them and one", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("used", "unused", "waits"), { maxLength: 2_000 }), (quotes) => {
      const share = hedgeShare();
      let waiting = 0;
      let used = 0;
      for (const [index, fate] of quotes.entries()) {
        const may = share.take();
        if (may && fate === "used") used += 1;
        if (may && fate === "waits") waiting += 1;
        if (may && fate === "unused") share.giveBack();
        if (used + waiting > 1 + 0.05 * (index + 1)) return false;
      }
      return true;
    }),
  );
});

Deno.test("what was not needed is there again, and a long quiet time saves up no burst", () => {
  const share = hedgeShare();
  for (let quote = 0; quote < 1_000; quote++) {
    assertEquals(share.take(), true);
    share.giveBack();
  }
  const taken = Array.from({ length: 100 }, () => share.take()).filter(Boolean).length;
  assertEquals(taken <= 10, true, `Expected a burst of at most 10 but found ${taken}`);
});
