/** The demo's third part: a basket goes to the provider that serves it best, is bought once, and how it went is kept. */
import { createTradepostClient, type ResponseOf } from "../../shared/client.ts";
import { withConnection } from "../local/connect.ts";
import type { StackInfo } from "../local/stack_file.ts";
import { replayStored } from "../replay/replay_stored.ts";
import { leave, signIn } from "./people.ts";
import { refusal } from "./refusal.ts";
import { sandboxOf } from "./sandbox.ts";
import { prove, type Transcript } from "./transcript.ts";

const BASKET = {
  items: [
    { id: "chicken", name: "Chicken Breast", quantity: 2, unit: "lbs" },
    { id: "milk", name: "Milk", quantity: 1, unit: "gallon" },
    { id: "rice", name: "Rice", quantity: 1, unit: "bag" },
    { id: "eggs", name: "Eggs", quantity: 12, unit: "count" },
    { id: "bananas", name: "Bananas", quantity: 3, unit: "lbs" },
  ],
  shippingAddress: {
    street: "123 Main St",
    city: "San Francisco",
    state: "CA",
    postalCode: "94102",
    country: "US",
  },
};

/** Of the four only MealMe says when it comes; a time nobody knows counts as an hour. */
const IN_TIME = { ...BASKET, preferences: { maxDeliveryMinutes: 55 } };

const TIMES_SENT = 5;

type Answer = ResponseOf<"loopgpt_route_order">;
type Routed = Extract<Answer, { readonly selectedProvider: unknown }>;

const money = (cents: number) => `$${(cents / 100).toFixed(2)}`;
const minutes = (known: number | null) => known === null ? "time unknown" : `${known} min`;

/** The offer that was chosen and those that were not, a line each. */
function offersOf({ selectedProvider, quote, alternatives }: Routed): string {
  return [
    `${selectedProvider.name}: ${money(quote.totalCents)} (${quote.precision.total}), ${
      minutes(quote.estimatedDeliveryMinutes)
    }  ← chosen`,
    ...alternatives.map((other) =>
      `${other.name}: ${money(other.totalCents)}, ${minutes(other.estimatedDeliveryMinutes)}${
        other.eliminated === undefined ? "" : `, out: ${other.eliminated}`
      }`
    ),
  ].join("\n");
}

/** Plays the routing capability from end to end through the public URLs. */
export async function playRouting(stack: StackInfo, transcript: Transcript): Promise<void> {
  transcript.part("Routing: a basket goes where it is served best");
  const sandbox = sandboxOf(stack);
  const guest = createTradepostClient({ url: stack.apiUrl, apikey: stack.publishableKey });
  const alice = await signIn(stack, "alice");
  const bob = await signIn(stack, "bob");

  /** A basket's answer; nothing goes on unless every provider that took part is the sandbox's. */
  async function route(request: typeof BASKET): Promise<Routed> {
    const answer = await guest.call("loopgpt_route_order", request);
    prove("a provider is chosen", "selectedProvider" in answer, answer);
    prove("no real provider takes part", answer.providers.every(({ mode }) => mode !== "live"), answer);
    return answer;
  }

  try {
    await transcript.step(
      "A guest, without credentials, asks for a basket of five things",
      () => route(BASKET),
      (answer) => {
        prove("all four are asked at once", answer.providers.every(({ status }) => status === "ok"), answer);
        prove("three alternatives are named", answer.alternatives.length === 3, answer.alternatives);
        prove("the whole basket is filled", answer.cart.length === BASKET.items.length, answer.cart);
        const chicken = answer.cart.find(({ itemId }) => itemId === "chicken");
        return `${offersOf(answer)}\n2 lbs of chicken are ${chicken?.quantity} × ${chicken?.name}`;
      },
    );
    await transcript.step(
      "MealMe's next answer is made to fail; the guest asks again",
      async () => {
        await sandbox.failNext("MEALME", "quote", "503");
        return await route(BASKET);
      },
      ({ providers, alternatives, selectedProvider }) => {
        const mealMe = providers.find(({ id }) => id === "MEALME");
        prove(
          "the answer says so",
          mealMe?.status === "error" && mealMe.code === "unavailable",
          mealMe,
        );
        prove("nobody is offered it", alternatives.every(({ id }) => id !== "MEALME"), alternatives);
        return `MEALME: ${mealMe.status} (${mealMe.code}); ${selectedProvider.name} and ${
          alternatives.map(({ name }) => name).join(" and ")
        } have answered`;
      },
    );
    const offer = await transcript.step(
      "He wants it within 55 minutes",
      () => route(IN_TIME),
      (answer) => {
        prove("MealMe is chosen", answer.selectedProvider.id === "MEALME", answer.selectedProvider);
        return `${offersOf(answer)}\n${answer.reasons.join("\n")}`;
      },
    );
    const confirmation = { confirmationToken: offer.confirmationToken, paymentMethodToken: "pm_card" };
    await transcript.step(
      "The guest tries to confirm",
      () => refusal(() => guest.call("confirm-order", confirmation)),
      (error) => {
        prove("he has to sign in", error.status === 401 && error.code === "credentials_missing", error);
        return `${error.status} ${error.code}`;
      },
    );

    await transcript.step(
      `Alice signs in and confirms the offer, ${TIMES_SENT} times at once`,
      async () => {
        const confirm = () => alice.tradepost.call("confirm-order", confirmation);
        const answers = await Promise.all(Array.from({ length: TIMES_SENT }, confirm));
        const orders = await sandbox.ordersOf(offer.orderId.replaceAll("-", ""));
        return { states: answers.map(({ order }) => order.status), last: await confirm(), orders };
      },
      ({ states, last: { order }, orders }) => {
        prove("one of them placed it", states.includes("placed"), states);
        prove(
          "the others are told the same, or to ask again",
          states.every((state) => state === "placed" || state === "unknown"),
          states,
        );
        prove("MealMe has one order", orders === 1, orders);
        prove("asked again, it is placed", order.status === "placed", order);
        prove("at the price that was quoted", order.totalCents === offer.quote.totalCents, order);
        return `told ${states.join(", ")}; MealMe counts ${orders} order, ${money(order.totalCents)}`;
      },
    );
    await transcript.step(
      "Bob finds her token",
      () => refusal(() => bob.tradepost.call("confirm-order", confirmation)),
      (error) => {
        prove("to him it is none", error.status === 404 && error.code === "token_not_found", error);
        return `${error.status} ${error.code}: ${error.message}`;
      },
    );

    const report = {
      orderId: offer.orderId,
      wasSuccessful: true,
      itemsOrdered: BASKET.items.length,
      itemsDelivered: BASKET.items.length,
      actualDeliveryMinutes: 48,
      userRating: 5,
    };
    await transcript.step(
      "Alice tells how it went, and once more with another rating",
      async () => {
        const { outcome } = await alice.tradepost.call("record-outcome", report);
        const again = await refusal(() =>
          alice.tradepost.call("record-outcome", { ...report, userRating: 1 })
        );
        return { outcome, again };
      },
      ({ outcome, again }) => {
        prove("an order has one outcome", again.status === 409 && again.code === "outcome_exists", again);
        return `${outcome.provider}: promised ${outcome.promisedDeliveryMinutes} min, took ${outcome.actualDeliveryMinutes}; then ${again.status} ${again.code}`;
      },
    );
    await transcript.step(
      "Why it went there",
      () => alice.tradepost.call("explain-route", { routeId: offer.routeId }),
      ({ candidates }) => {
        const [first] = candidates;
        prove("the first in rank was chosen", first?.provider === "MEALME" && first.rank === 1, first);
        prove(
          "what providers pay is not hers to see",
          candidates.every(({ components }) => components !== null && !("commission" in components)),
          candidates,
        );
        return candidates.map(({ provider, rank, components, eliminated }) =>
          `${rank}. ${provider.padEnd(11)} price ${components?.["price"]?.toFixed(1)}, speed ${
            components?.["speed"]?.toFixed(1)
          }, reliability ${components?.["reliability"]?.toFixed(1)}${
            eliminated === null ? "" : `, out: ${eliminated}`
          }`
        ).join("\n");
      },
    );
    await transcript.step(
      "All stored decisions are made again",
      () => withConnection(stack.dbUrl, replayStored),
      ({ decisions, candidates, differing, firstDifference }) => {
        prove("hers and the guest's are among them", decisions >= 3, decisions);
        prove("none differs in any bit", differing === 0, firstDifference);
        return `${decisions} decisions with ${candidates} candidates: ${differing} differ`;
      },
    );
  } finally {
    await leave(alice);
    await leave(bob);
  }
}
