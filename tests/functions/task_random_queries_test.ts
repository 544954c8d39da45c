/** Hundreds of random queries at each function that reads: answered as promised or refused, never a fault. */
import fc from "fast-check";
import type { Contract } from "../../shared/contract.ts";
import * as contracts from "../../shared/tasks/contract.ts";
import { call, refusedSomehow } from "../support/functions.ts";
import { newCast } from "../support/people.ts";

const SEED = 20_261_121;
const RUNS = 100;
const UNKNOWN = "00000000-0000-4000-8000-00000000dead";

const READS: readonly (readonly [Contract, Readonly<Record<string, string>>])[] = [
  [contracts.listTasks, {
    status: "pending,rejected",
    marketplace: "amazon",
    assignedTo: UNKNOWN,
    createdBy: "nobody",
    tag: "a",
    q: "listing title",
    createdFrom: "2026-01-01T00:00:00Z",
    completedTo: "2026-01-01T00:00:00.5+02:00",
    sort: "priority",
    order: "asc",
    limit: "3",
    offset: "1",
    since: "now",
  }],
  [contracts.taskStats, {
    day: "2026-11-21",
    timezone: "Europe/Berlin",
    from: "2026-01-01T00:00:00Z",
    to: "2027-01-01T00:00:00Z",
    groupBy: "agent",
  }],
];

for (const [contract, good] of READS) {
  Deno.test(`${contract.name} answers ${RUNS} random queries or refuses them`, async () => {
    console.log(`seed ${SEED}`);
    const { admin } = await newCast();
    await fc.assert(
      fc.asyncProperty(queriesLike(good), async (query) => {
        const answer = await call(contract.name, admin, { query });
        if (answer.status === 200) contract.response.parse(answer.body);
        else refusedSomehow(answer);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
}

/** A query of which keys are missing, spoiled, or nobody's. */
function queriesLike(good: Readonly<Record<string, string>>): fc.Arbitrary<string> {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string(),
    fc.constantFrom("0", "-1", "null", "%00", ","),
  );
  const known = fc.tuple(
    fc.constantFrom(...Object.keys(good)),
    fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary: text, weight: 1 }),
  ).map(([key, value]): [string, string] => [key, value ?? good[key] ?? ""]);
  const pairs = fc.array(
    fc.oneof({ arbitrary: known, weight: 19 }, { arbitrary: fc.tuple(text, text), weight: 1 }),
    { maxLength: 8 },
  );
  return pairs.map((entries) => new URLSearchParams(entries).toString());
}
