/** The basket that the routing benchmark sends: the first release's example, each told apart by its spelling. */

const NAME = "chicken breast";
const LETTERS = [...NAME].flatMap((letter, at) => letter === " " ? [] : [at]);

/** As many routes can be told apart. */
export const MOST_ROUTES = 2 ** LETTERS.length;

/**
 * The request of a route by its number. Upper and lower case say the number: names are matched without regard to them,
 * and the sandbox's log keeps them as they came, so it tells which calls were made for which route.
 */
export function requestOf(route: number): Readonly<Record<string, unknown>> {
  const letters = [...NAME];
  LETTERS.forEach((at, bit) => {
    if (route >> bit & 1) letters[at] = letters[at]!.toUpperCase();
  });
  return {
    items: [{ id: "item-1", name: letters.join(""), quantity: 2, unit: "lbs" }],
    shippingAddress: {
      street: "123 Main St",
      city: "San Francisco",
      state: "CA",
      postalCode: "94102",
      country: "US",
    },
  };
}

/** The number of the route that made a call; undefined where its address names no item. */
export function routeOf(target: string): number | undefined {
  const query = [...new URL(target, "http://sandbox").searchParams.values()].join(" ");
  const [name] = query.match(new RegExp(NAME, "i")) ?? [];
  if (name === undefined) return undefined;
  return LETTERS.reduce((number, at, bit) => number + (name[at] === NAME[at] ? 0 : 2 ** bit), 0);
}
