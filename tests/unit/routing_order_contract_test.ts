import { assertEquals } from "@std/assert";
import { routeRequest } from "../../shared/routing/route_order_contract.ts";
import { REQUEST } from "../support/plain_providers.ts";

/** Why a basket with that quantity is refused; nothing where it is not. */
function faultsOf(quantity: unknown): readonly string[] {
  const items = REQUEST.items.map((item) => ({ ...item, quantity }));
  const { error } = routeRequest.safeParse({ ...REQUEST, items });
  return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
}

Deno.test("a quantity is from 0.001 to 1000, and every other says so", () => {
  for (const quantity of [0.001, 0.5, 1, 1_000]) assertEquals(faultsOf(quantity), [], `${quantity}`);
  for (
    const quantity of [
      1e-303,
      Number.MIN_VALUE,
      0.000_999,
      0,
      -0,
      -1,
      1_000.001,
      1e300,
      NaN,
      Infinity,
      "1",
      null,
    ]
  ) {
    assertEquals(
      faultsOf(quantity),
      ["items.0.quantity: Expected a number from 0.001 to 1000"],
      `${quantity}`,
    );
  }
});
