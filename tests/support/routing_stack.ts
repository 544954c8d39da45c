/** A stack of a test's own whose providers are a sandbox in the test's process: its circuits are nobody else's. */
import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import type { z } from "zod";
import { type Sandbox, startSandbox } from "../../scripts/sandbox/mod.ts";
import type { ResponseOf } from "../../shared/client.ts";
import type { ProviderId } from "../../shared/routing/provider_id.ts";
import { PROVIDER_IDS } from "../../shared/routing/provider_id.ts";
import type { routeRequest } from "../../shared/routing/route_order_contract.ts";
import { type LoggedStack, loggedStack } from "./logged_stack.ts";
import { present } from "./present.ts";
import { ask, type Member, signUpOn } from "./stack_requests.ts";

type Routed = Extract<ResponseOf<"route-order">, { routeId: string }>;
type Health = Extract<ResponseOf<"route-order">, { providers: Readonly<Record<string, unknown>> }>;
type Confirmed = ResponseOf<"confirm-order">;

/** What the routing functions may answer, refusals included. */
export interface RoutingBody extends Partial<Omit<Routed, "success" | "providers">> {
  readonly success?: boolean;
  readonly error?: string;
  readonly code?: string;
  readonly details?: {
    readonly issues?: readonly { readonly path: string; readonly message: string }[];
    readonly providers?: readonly {
      readonly id: ProviderId;
      readonly status: string;
      readonly code: string;
    }[];
    readonly totalCents?: number;
    readonly orderId?: string;
    readonly reason?: string;
    readonly provider?: string;
  };
  readonly providers?: Routed["providers"] & Health["providers"];
  readonly order?: Confirmed["order"];
  readonly processed?: number;
}

export interface RoutingAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: RoutingBody;
}

export interface RoutingCall {
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

/** Where an order stands. */
export interface OrderRow {
  readonly status: string;
  readonly provider: ProviderId;
  readonly failureCode: string | null;
  readonly providerOrderId: string | null;
  readonly tried: readonly string[];
  readonly attempt: number;
}

/** Milk, bread and chicken, to an address that every provider serves. */
export const BASKET: z.input<typeof routeRequest> = {
  items: [
    { id: "1", name: "Chicken Breast", quantity: 2, unit: "lbs" },
    { id: "2", name: "Milk", quantity: 1, unit: "gallon" },
  ],
  shippingAddress: {
    street: "188 King St",
    city: "San Francisco",
    state: "CA",
    postalCode: "94107",
    country: "US",
  },
};

/** The basket for these providers alone. */
export function basketFor(...wanted: readonly ProviderId[]): z.input<typeof routeRequest> {
  return { ...BASKET, preferences: { excludeProviders: PROVIDER_IDS.filter((id) => !wanted.includes(id)) } };
}

/**
 * Tests on one stack, one after the other; before each, providers and circuits are as they were.
 *
 * @param variables What the functions' environment has beside the sandbox.
 */
export function scenarios(
  title: string,
  all: Readonly<Record<string, (stack: RoutingStack) => Promise<void>>>,
  variables: Readonly<Record<string, string>> = {},
): void {
  Deno.test(title, async (t) => {
    await using stack = await RoutingStack.start(variables);
    for (const [name, run] of Object.entries(all)) {
      await stack.reset();
      await t.step(name, () => run(stack));
    }
  });
}

/** The stack, its sandbox, and Alice who shops there. */
export class RoutingStack implements AsyncDisposable {
  private constructor(
    private readonly stack: LoggedStack,
    readonly sandbox: Sandbox,
    readonly alice: Member,
  ) {}

  /** Starts it; nothing runs by itself, and no limit on requests is near. Variables may change what the sandbox sets. */
  static async start(variables: Readonly<Record<string, string>> = {}): Promise<RoutingStack> {
    const sandbox = await startSandbox();
    const stack = await loggedStack({ ...sandbox.env, ...variables });
    await stack.sql`select cron.unschedule(jobname) from cron.job`;
    await stack.sql`
      update private.rate_limits set max_requests = 1000000
      where operation in ('route_order', 'route_order_guest', 'confirm_order', 'cancel_route')`;
    return new RoutingStack(stack, sandbox, await signUpOn(stack.info, "alice"));
  }

  get info() {
    return this.stack.info;
  }

  get sql(): postgres.Sql {
    return this.stack.sql;
  }

  /** All that gateway, functions and Postgres have said. */
  said(): Promise<string> {
    return this.stack.said();
  }

  /** Forgets what providers did and what was learned of them. */
  async reset(): Promise<void> {
    this.sandbox.reset();
    await this.sql`delete from private.provider_attempts`;
    await this.sql`
      update public.provider_circuits
      set state = 'closed', recent = '', times_opened = 0, open_until = null, probes_passed = 0, last_failure = null,
        taken_out = false`;
  }

  /** A request to a function: a POST with JSON unless there is none. */
  async call(slug: string, { headers = {}, json }: RoutingCall = {}): Promise<RoutingAnswer> {
    const answer = await ask(this.info, `/functions/v1/${slug}`, {
      headers,
      ...(json === undefined ? {} : { body: json }),
    });
    return { ...answer, body: JSON.parse(answer.text) };
  }

  /** Somebody else who shops there. */
  newcomer(name: string): Promise<Member> {
    return signUpOn(this.info, name);
  }

  /** Alice's route; it has an offer. */
  async route(json: unknown = BASKET): Promise<Routed> {
    const { status, text } = await this.call("route-order", { headers: this.alice.headers, json });
    assertEquals(status, 200, text);
    return JSON.parse(text);
  }

  /** Alice confirms. */
  confirm(confirmationToken: string, more: Readonly<Record<string, unknown>> = {}): Promise<RoutingAnswer> {
    return this.call("confirm-order", {
      headers: this.alice.headers,
      json: { confirmationToken, paymentMethodToken: "pm_card", ...more },
    });
  }

  /** The job, once. */
  reconcile(): Promise<RoutingAnswer> {
    return this.call("reconcile-orders", {
      headers: { apikey: present(this.info.secretKeys["cron"], "the cron key") },
      json: {},
    });
  }

  async order(orderId: string): Promise<OrderRow> {
    const [row] = await this.sql<OrderRow[]>`
      select status, provider_id as provider, failure_code as "failureCode", provider_order_id as "providerOrderId",
        tried, attempt
      from public.routed_orders where order_id = ${orderId}`;
    return present(row, "an order");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
    await this.sandbox.stop();
  }
}
