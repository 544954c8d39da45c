/** The sandbox that plays the grocery providers of a stack. */
import { z } from "zod";
import type { StackInfo } from "../local/stack_file.ts";

const orders = z.object({
  orders: z.array(z.looseObject({ provider: z.string(), reference: z.string().optional() })),
});

/** What the demo needs of it. */
export interface DemoSandbox {
  /** Makes the next call to an endpoint of a provider's fail. */
  failNext(provider: string, endpoint: string, fault: string): Promise<void>;
  /** How many orders it has under a reference of ours. */
  ordersOf(reference: string): Promise<number>;
}

/**
 * The sandbox of a stack; on a stack the environment names, that of `LOOPGPT_SANDBOX_URL`.
 *
 * @throws Error where there is none: the demo never orders from a real provider.
 */
export function sandboxOf({ sandboxUrl = Deno.env.get("LOOPGPT_SANDBOX_URL") }: StackInfo): DemoSandbox {
  if (!sandboxUrl) {
    throw new Error(
      "Expected the providers' sandbox of this stack in LOOPGPT_SANDBOX_URL but found none; deno task sandbox starts one, " +
        "and without variables of providers the demo's own stack has its own",
    );
  }
  const address = `${sandboxUrl.replace(/\/+$/, "")}/_sandbox`;
  return {
    async failNext(provider, endpoint, fault) {
      const response = await fetch(`${address}/faults`, {
        method: "POST",
        body: JSON.stringify({ provider, endpoint, fault, count: 1 }),
      });
      const said = await response.text();
      if (!response.ok) throw new Error(`Expected the sandbox to take a fault but found ${said}`);
    },
    async ordersOf(reference) {
      const response = await fetch(`${address}/orders`);
      return orders.parse(await response.json()).orders.filter((order) => order.reference === reference)
        .length;
    },
  };
}
