/** Hundreds of random bodies at each function that writes: held against its schema, never a fault, never half a write. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { findUnstorable } from "../../shared/http/storable.ts";
import * as contracts from "../../shared/tasks/contract.ts";
import type { Contract } from "../../shared/contract.ts";
import { call, type FunctionAnswer, issuePaths, refusedSomehow } from "../support/functions.ts";
import { type Cast, newCast, refill, traceOf } from "../support/people.ts";
import { aTask } from "../support/tasks.ts";

const SEED = 20_261_121;
const RUNS = 200;
const UNKNOWN = "00000000-0000-4000-8000-00000000dead";
const settings = { seed: SEED, numRuns: RUNS };

/** Any JSON value, odd texts and numbers among them. */
const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.double(),
  fc.constantFrom<unknown>(
    "",
    " ",
    "null",
    "__proto__",
    UNKNOWN,
    [],
    {},
    [UNKNOWN],
    -0,
    1e308,
    "\ud800",
    "\u0000",
  ),
);

/** Now and then something else than what belongs there. */
function mostly(value: unknown): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: fc.constant(value), weight: 4 }, { arbitrary: anything, weight: 1 });
}

/** A request of which fields are missing, spoiled, or nobody's. */
function spoiled(good: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(good).map(([name, value]) => [name, mostly(value)]));
  const partial = fc.record(fields, { requiredKeys: Object.keys(good).slice(0, 4) });
  return fc.oneof(
    { arbitrary: partial, weight: 6 },
    {
      arbitrary: fc.tuple(partial, fc.dictionary(fc.string(), anything)).map(([a, b]) => ({ ...a, ...b })),
      weight: 1,
    },
    { arbitrary: anything, weight: 1 },
  );
}

const draft = spoiled({
  ...aTask(),
  createdBy: null,
  tags: ["a", "b"],
  metadata: { a: { b: [1, "two", null] } },
  dueAt: "2027-01-01T00:00:00Z",
});

interface Subject {
  readonly contract: Contract;
  readonly caller: keyof Cast;
  readonly bodies: fc.Arbitrary<unknown>;
}

const SUBJECTS: readonly Subject[] = [
  { contract: contracts.createTask, caller: "agent", bodies: draft },
  {
    contract: contracts.createTask,
    caller: "agent",
    bodies: fc.record({ tasks: fc.array(draft, { maxLength: 5 }), mode: mostly("partial") }),
  },
  { contract: contracts.submitTask, caller: "agent", bodies: spoiled({ taskId: UNKNOWN }) },
  {
    contract: contracts.approve,
    caller: "admin",
    bodies: spoiled({
      taskIds: [UNKNOWN],
      approved: true,
      reason: "Because",
      options: { dryRun: true, expectedVersions: { [UNKNOWN]: 1 } },
    }),
  },
  {
    contract: contracts.approve,
    caller: "admin",
    bodies: fc.record({
      approved: mostly(true),
      options: fc.constant({ dryRun: true }),
      filter: spoiled({
        marketplace: "amazon",
        tag: ["nobody's"],
        createdBy: "nobody",
        category: ["analysis"],
      }),
    }),
  },
  { contract: contracts.assign, caller: "admin", bodies: spoiled({ taskId: UNKNOWN, assignedTo: UNKNOWN }) },
  {
    contract: contracts.complete,
    caller: "alice",
    bodies: spoiled({ taskId: UNKNOWN, actualHours: 1.25, notes: "Done" }),
  },
  { contract: contracts.cancelTask, caller: "agent", bodies: spoiled({ taskId: UNKNOWN, reason: "Over" }) },
];

/** Holds an answer to be what the schema says of the request, or a refusal by a rule. */
function judge(contract: Contract, body: unknown, answer: FunctionAnswer): void {
  const isProper = contract.request.safeParse(body).success && findUnstorable(body) === undefined;
  if (!isProper) {
    issuePaths(answer);
  } else if (answer.status < 300 || answer.body.success === false) {
    assertEquals(contract.response.parse(answer.body), JSON.parse(answer.text));
    assert(answer.status < 500);
  } else {
    refusedSomehow(answer);
  }
}

for (const [index, { contract, caller, bodies }] of SUBJECTS.entries()) {
  Deno.test(`${contract.name} answers ${RUNS} random bodies as its schema judges them (${index + 1})`, async () => {
    console.log(`seed ${SEED}`);
    const cast = await newCast();
    let made = 0;
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(bodies, async (generated) => {
        if (++calls % 50 === 0) await refill(cast[caller]);
        // As it arrives: what JSON does not know is gone.
        const raw = JSON.stringify(generated);
        const answer = await call(contract.name, cast[caller], { raw });
        judge(contract, JSON.parse(raw), answer);
        if (answer.body.task && answer.status === 201) made += 1;
        made += (answer.body.results ?? []).filter(({ outcome }) => outcome === "created").length;
      }),
      settings,
    );
    assertEquals(await traceOf(cast.agent), { tasks: made, changes: made, audit: made });
  });
}

Deno.test(`random bytes are refused at every function that writes, ${RUNS} times`, async () => {
  console.log(`seed ${SEED}`);
  const cast = await newCast();
  const writes = SUBJECTS.map(({ contract, caller }) => ({ slug: contract.name, caller: cast[caller] }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...writes), fc.uint8Array({ maxLength: 500 }), async (write, bytes) => {
      const code = refusedSomehow(
        await call(write.slug, write.caller, { method: "POST", raw: bytes.slice() }),
      );
      assert(["invalid_json", "invalid_request"].includes(code), code);
    }),
    settings,
  );
  assertEquals(await traceOf(cast.agent), { tasks: 0, changes: 0, audit: 0 });
});
