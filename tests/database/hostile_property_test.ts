import fc from "fast-check";
import { callAs, type Caller, service } from "../support/callers.ts";
import { faultOf, writtenSoFar } from "../support/clean_answers.ts";
import { freshDatabase } from "../support/database.ts";
import { INSTANTS, TEXTS } from "../support/hostile_values.ts";
import { aTask, type Cast, castOf, taskIn, withoutLimits } from "../support/tasks.ts";

const SEED = 20_260_101;
const RUNS = 150;

/** Any JSON that Postgres can hold: no U+0000, no lone surrogates. */
const storable = fc.oneof(
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: "grapheme" }).map(withoutNul) },
  { weight: 1, arbitrary: fc.constantFrom(...TEXTS, ...INSTANTS) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, 1, 0.5, 100, 101, 1e300, Number.MAX_SAFE_INTEGER, 1e-300) },
);

const good = {
  marketplace: fc.constantFrom("amazon", "shopee", "ebay"),
  category: fc.constantFrom("analysis", "optimization", "x"),
  priority: fc.constantFrom("high", "low"),
  instant: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  text: fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => text.replaceAll("\u0000", "")),
  limit: fc.integer({ min: 0, max: 101 }),
  flag: fc.boolean(),
};

/** An object some of whose fields are good and some are anything. */
function objectOf(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const mixed = Object.entries(fields).map(([name, arbitrary]) => [
    name,
    fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: storable }),
  ]);
  const known = fc.record(Object.fromEntries(mixed), { requiredKeys: [] });
  const withUnknown = fc.tuple(known, fc.dictionary(good.text, storable, { maxKeys: 2 }))
    .map(([object, unknown]) => ({ ...object, ...unknown }));
  return fc.oneof({ weight: 5, arbitrary: known }, { weight: 2, arbitrary: withUnknown }, {
    weight: 1,
    arbitrary: storable,
  });
}

const task = objectOf({
  ...good,
  title: good.text,
  description: good.text,
  estimatedHours: fc.double({ min: 0, max: 10_001, noNaN: true }),
  tags: fc.array(good.text, { maxLength: 22 }),
  metadata: fc.dictionary(good.text, storable),
  dueAt: good.instant,
  externalRef: good.text,
  createdBy: fc.constantFrom("marketplace-master", "marketplace-amazon"),
});
const completeTask = fc.record({ title: storable, tags: storable, metadata: storable }, { requiredKeys: [] })
  .map((fields) => aTask(fields));
const queueFilter = objectOf({
  marketplace: good.marketplace,
  category: good.category,
  priority: good.priority,
  createdBy: good.text,
  tag: good.text,
  submittedFrom: good.instant,
  submittedTo: good.instant,
});

interface Property {
  readonly operation: string;
  readonly caller: (cast: Cast) => Caller;
  readonly args: (cast: Cast, taskId: string) => fc.Arbitrary<Record<string, unknown>>;
}

const PROPERTIES: readonly Property[] = [
  { operation: "create_task", caller: ({ master }) => master, args: () => fc.record({ task }) },
  {
    operation: "create_tasks",
    caller: ({ master }) => master,
    args: () =>
      fc.record({
        tasks: fc.oneof(fc.array(fc.oneof(task, completeTask), { maxLength: 8 }), storable),
        mode: fc.oneof(fc.constantFrom("partial", "atomic"), good.text),
      }),
  },
  {
    operation: "approve_tasks",
    caller: ({ admin }) => admin,
    args: (_cast, taskId) =>
      fc.record({
        ["task_ids"]: fc.option(fc.array(fc.oneof(fc.uuid(), fc.constant(taskId)), { maxLength: 4 })),
        approved: fc.option(fc.boolean()),
        reason: fc.option(good.text),
        options: objectOf({
          atomic: good.flag,
          dryRun: good.flag,
          filter: queueFilter,
          expectedVersions: fc.dictionary(fc.uuid(), fc.integer()),
        }),
      }),
  },
  {
    operation: "list_tasks",
    caller: ({ admin }) => admin,
    args: () =>
      fc.record({
        filter: objectOf({
          status: fc.constantFrom("pending", "approved", "x"),
          marketplace: good.marketplace,
          assignedTo: fc.uuid(),
          tag: good.text,
          q: good.text,
          createdFrom: good.instant,
          createdTo: good.instant,
          sort: fc.constantFrom("created_at", "submitted_at", "priority"),
          order: fc.constantFrom("asc", "desc"),
          limit: good.limit,
          offset: good.limit,
          cursor: fc.base64String().map((text) => text.replaceAll("=", "")),
          since: fc.constantFrom("start", "now", "x"),
        }),
      }),
  },
  {
    operation: "approval_queue",
    caller: () => service,
    args: () => fc.record({ filter: objectOf({ limit: good.limit, marketplace: good.marketplace }) }),
  },
  {
    operation: "task_stats",
    caller: ({ alice }) => alice,
    args: () =>
      fc.record({
        filter: objectOf({
          day: good.instant.map((instant) => instant.slice(0, 10)),
          timezone: fc.constantFrom("UTC", "Europe/Berlin", "Asia/Kathmandu", "Mars/Olympus"),
          from: good.instant,
          to: good.instant,
          groupBy: fc.constantFrom("agent", "marketplace", "x"),
        }),
      }),
  },
  {
    operation: "create_session",
    caller: () => service,
    args: ({ alice, bob }) =>
      fc.record({
        session: objectOf({
          propertyId: fc.uuid(),
          listingId: fc.uuid(),
          targetNight: fc.constantFrom(0, 1, 30, 31).map(dayAhead),
          participants: fc.array(
            objectOf({
              userId: fc.constantFrom(alice.userId, bob.userId, alice.userId.toUpperCase()),
              alias: good.text,
              archetype: fc.constantFrom("big_spender", "high_flexibility"),
            }),
            { maxLength: 3 },
          ),
          startingBidCents: fc.integer(),
          currency: fc.constantFrom("USD", "EUR", "usd"),
          startsAt: good.instant,
          expiresAt: good.instant,
          maxRounds: good.limit,
          roundDurationSeconds: fc.integer({ min: 0, max: 90_000 }),
          softCloseSeconds: good.limit,
          compensationPolicy: fc.constantFrom("always", "if_bid", "never"),
        }),
      }),
  },
  {
    operation: "list_notifications",
    caller: ({ alice }) => alice,
    args: () =>
      fc.record({
        filter: objectOf({
          unread: good.flag,
          limit: good.limit,
          cursor: fc.base64String().map((text) => text.replaceAll("=", "")),
        }),
      }),
  },
  {
    operation: "record_settlement",
    caller: () => service,
    args: () =>
      fc.record({
        ["session_id"]: fc.option(fc.uuid()),
        side: fc.option(fc.oneof(fc.constantFrom("payment", "payout"), good.text)),
        status: fc.option(fc.oneof(fc.constantFrom("processing", "completed", "failed"), good.text)),
        ["external_id"]: fc.option(good.text),
      }),
  },
  {
    operation: "update_agent",
    caller: ({ admin }) => admin,
    args: () =>
      fc.record({
        ["agent_id"]: fc.constantFrom("marketplace-kaway", "nobody", ...TEXTS.slice(0, 8)),
        changes: objectOf({
          dailyQuota: fc.integer(),
          categories: fc.array(fc.constantFrom("analysis", "scaling", "x")),
          active: good.flag,
          autoSubmit: good.flag,
        }),
      }),
  },
];

Deno.test(`operations answer anything cleanly (seed ${SEED}, ${RUNS} runs each)`, async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  await withoutLimits(sql);
  const { id } = await taskIn(sql, cast, "awaiting_approval");
  for (const { operation, caller, args } of PROPERTIES) {
    await t.step(operation, async () => {
      const property = fc.asyncProperty(args(cast, id), async (given) => {
        const before = await writtenSoFar(sql);
        const answer = await callAs(sql, caller(cast), operation, given);
        const fault = faultOf(answer);
        if (fault !== null) throw new Error(fault);
        if (answer.status >= 300 && answer.status !== 207 && await writtenSoFar(sql) !== before) {
          throw new Error(`Expected a refusal to write nothing: ${answer.text.slice(0, 300)}`);
        }
      });
      await fc.assert(property, { seed: SEED, numRuns: RUNS });
    });
  }
});

function dayAhead(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

function withoutNul(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll("\\u0000", ""));
}
