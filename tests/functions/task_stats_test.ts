/** task-stats at its URL equals a recount from the audit. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { z } from "zod";
import { taskStats } from "../../shared/tasks/contract.ts";
import { call, type FunctionCaller, refused } from "../support/functions.ts";
import { type Agent, type Cast, newAgent, newCast, taskIn, waitingTasks } from "../support/people.ts";
import { present } from "../support/present.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";

type Stats = z.output<typeof taskStats.response>;
type Day = Stats["marketplaces"][number];

async function stats(caller: FunctionCaller, query: Readonly<Record<string, string>> = {}): Promise<Stats> {
  const { status, text } = await call("task-stats", caller, { query });
  assertEquals(status, 200, text);
  return taskStats.response.parse(JSON.parse(text));
}

const dayOf = ({ marketplaces }: Stats, marketplace: string) =>
  present(marketplaces.find((day) => day.marketplace === marketplace), marketplace);

/** A little of everything, of one agent. */
async function someHistory(cast: Cast): Promise<void> {
  const overrides = { marketplace: "kaway" };
  for (const status of ["completed", "completed", "approved", "in_progress", "cancelled"] as const) {
    await taskIn(cast, status, overrides);
  }
  const ids = await waitingTasks(cast, 5, overrides);
  const reject = (taskIds: readonly string[], reason: string) =>
    call("approve", cast.admin, { json: { taskIds, approved: false, reason } });
  await reject(ids.slice(0, 2), "Out of season");
  await reject(ids.slice(2, 3), "We have one");
  const { id: taskId } = await taskIn(cast, "in_progress", { ...overrides, estimatedHours: 2 });
  await call("complete", cast.alice, { json: { taskId, actualHours: 4.5 } });
  const back = await taskIn(cast, "in_progress", overrides);
  await call("assign", cast.admin, { json: { taskId: back.id, assignedTo: null } });
}

interface Recount {
  readonly created: number;
  readonly submitted: number;
  readonly approved: number;
  readonly rejected: number;
  readonly started: number;
  readonly completed: number;
  readonly executionHours: number;
  readonly accuracy: number;
  readonly efficiency: number;
  readonly turnaroundP50: number;
  readonly turnaroundP90: number;
}

/** What an agent's tasks came to, from their audit alone. */
async function recount(agent: Agent): Promise<Recount> {
  await using sql = databaseOf(await stack());
  const [row] = await sql<Recount[]>`
    with entry as (
      select l.*, first.after as proposed,
        l.after ->> 'status' as became,
        not exists (
          select from public.audit_logs as later
          where later.resource_type = 'task' and later.resource_id = l.resource_id and later.seq > l.seq
            and later.action = 'unassign'
        ) as stands
      from public.audit_logs as l
      join public.audit_logs as first
        on first.resource_type = 'task' and first.resource_id = l.resource_id and first.seq = 1
      where l.resource_type = 'task' and first.actor_id = ${agent.id}
    ),
    completion as (
      select (after ->> 'actualHours')::float8 as actual, (proposed ->> 'estimatedHours')::float8 as estimated,
        extract(epoch from (after ->> 'completedAt')::timestamptz - (after ->> 'startedAt')::timestamptz)::float8 / 3600
          as hours
      from entry where action = 'complete'
    ),
    decision as (
      select extract(epoch from
        coalesce(after ->> 'approvedAt', after ->> 'rejectedAt')::timestamptz - (after ->> 'submittedAt')::timestamptz
      )::float8 / 3600 as hours
      from entry where action in ('approve', 'reject')
    )
    select
      count(*) filter (where action = 'created')::integer as created,
      count(*) filter (where action = 'submit' or (action = 'created' and became = 'awaiting_approval'))::integer
        as submitted,
      count(*) filter (where action = 'approve')::integer as approved,
      count(*) filter (where action = 'reject')::integer as rejected,
      count(*) filter (where action = 'assign' and stands)::integer as started,
      count(*) filter (where action = 'complete')::integer as completed,
      (select avg(c.hours) from completion as c) as "executionHours",
      (select avg(greatest(0, round((100 * (1 - abs(c.estimated - c.actual) / c.estimated))::numeric)))::float8
        from completion as c) as accuracy,
      (select avg(round((100 * c.estimated / c.actual)::numeric, 2))::float8 from completion as c) as efficiency,
      (select percentile_cont(0.5) within group (order by d.hours) from decision as d) as "turnaroundP50",
      (select percentile_cont(0.9) within group (order by d.hours) from decision as d) as "turnaroundP90"
    from entry`;
  return present(row, "a recount");
}

Deno.test("the quality of an agent's group is what its audit recounts", async () => {
  const cast = await newCast({ marketplace: "kaway" });
  const other = await newAgent({ marketplace: "kaway" });
  await someHistory(cast);
  await taskIn({ ...cast, agent: other }, "completed", { marketplace: "kaway" });
  const { groups } = await stats(cast.alice, { groupBy: "agent" });
  const group = present(groups.find(({ agent }) => agent === cast.agent.id), "a group");
  const expected = await recount(cast.agent);
  assertEquals(
    [group.created, group.approved, group.rejected, group.completed],
    [expected.created, expected.approved, expected.rejected, expected.completed],
  );
  assertEquals([expected.created, expected.approved, expected.rejected, expected.completed], [12, 6, 3, 3]);
  assertEquals(group.approvalRate, 0.6667);
  const near = (found: number | null, wanted: number) => assertAlmostEquals(found ?? NaN, wanted, 1e-5);
  near(group.approvalTurnaroundHours.p50, expected.turnaroundP50);
  near(group.approvalTurnaroundHours.p90, expected.turnaroundP90);
  near(group.avgExecutionHours, expected.executionHours);
  assertAlmostEquals(group.avgAccuracy ?? NaN, expected.accuracy, 0.005);
  assertAlmostEquals(group.avgEfficiency ?? NaN, expected.efficiency, 0.005);
  assertEquals(group.backlog.awaitingApproval, 2);
  assertEquals((group.backlog.oldestHours ?? 0) > 0, true);
  assertEquals(group.rejectionReasons, [{ reason: "Out of season", count: 2 }, {
    reason: "We have one",
    count: 1,
  }]);
});

Deno.test("a day's figures of a marketplace grow by what the audit recounts, the others' do not", async () => {
  const cast = await newCast({ marketplace: "kaway" });
  // One and the same day throughout, whatever the hour.
  const { day } = await stats(cast.alice, { timezone: "Etc/GMT+12" });
  const query = { day, timezone: "Etc/GMT+12" };
  const before = await stats(cast.alice, query);
  await someHistory(cast);
  const after = await stats(cast.alice, query);
  const expected = await recount(cast.agent);
  const figures = ["created", "submitted", "approved", "rejected", "completed"] as const;
  for (const marketplace of before.marketplaces.map((one) => one.marketplace)) {
    const [old, now] = [dayOf(before, marketplace), dayOf(after, marketplace)];
    const grown = (name: keyof Day) => Number(now[name]) - Number(old[name]);
    const isOurs = marketplace === "kaway";
    assertEquals(figures.map(grown), figures.map((name) => isOurs ? expected[name] : 0), marketplace);
    assertEquals(grown("inProgress"), isOurs ? expected.started : 0);
    if (isOurs) assertCompletionTime(old, now, expected);
    else assertEquals(now.avgCompletionTime, old.avgCompletionTime);
  }
  assertEquals([after.queue.awaitingApproval - before.queue.awaitingApproval], [2]);
  assertEquals(after.queue.inProgress - before.queue.inProgress, 1);
  assertEquals(after.queue.pending - before.queue.pending, 0);
});

/** The average over the day is that of what was completed before and of what this test completed. */
function assertCompletionTime(old: Day, now: Day, expected: Recount): void {
  const total = (old.avgCompletionTime ?? 0) * old.completed + expected.executionHours * expected.completed;
  assertAlmostEquals(now.avgCompletionTime ?? NaN, total / now.completed, 1e-5);
}

Deno.test("all six marketplaces are always there, on a day without anything too", async () => {
  const { alice, admin, agent } = await newCast();
  for (const caller of [alice, admin]) {
    const { day, timezone, marketplaces, groups } = await stats(caller, {
      day: "2001-01-01",
      timezone: "Asia/Tokyo",
    });
    assertEquals([day, timezone, groups], ["2001-01-01", "Asia/Tokyo", []]);
    assertEquals(marketplaces.map((one) => one.marketplace), [
      "amazon",
      "kaway",
      "mercadolivre",
      "shein",
      "shopee",
      "tiktokshop",
    ]);
    for (const { marketplace: _, avgCompletionTime, ...counts } of marketplaces) {
      assertEquals([avgCompletionTime, ...Object.values(counts)], [null, 0, 0, 0, 0, 0, 0]);
    }
  }
  refused(await call("task-stats", agent), "not_allowed");
});

Deno.test("a day begins and ends at midnight of its time zone", async () => {
  const cast = await newCast({ marketplace: "shein" });
  const { createdAt } = await taskIn(cast, "awaiting_approval", { marketplace: "shein" });
  for (const timezone of ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/Sao_Paulo", "Asia/Kolkata"]) {
    const dayIn = (moment: number) => new Date(moment).toLocaleDateString("sv-SE", { timeZone: timezone });
    const day = dayIn(Date.parse(createdAt));
    const before = dayIn(Date.parse(createdAt) - 86_400_000);
    assertEquals((await stats(cast.alice, { timezone, day })).day, day);
    const created = async (which: string) =>
      dayOf(await stats(cast.alice, { timezone, day: which }), "shein").created;
    const [today, yesterday] = [await created(day), await created(before)];
    await taskIn(cast, "awaiting_approval", { marketplace: "shein" });
    const grown = [await created(day) - today, await created(before) - yesterday];
    assertEquals(grown, [1, 0], `${timezone} ${day}`);
  }
});

Deno.test("a period counts what happened from its begin to before its end", async () => {
  const cast = await newCast();
  const { id } = await taskIn(cast, "awaiting_approval");
  const { createdAt } = await taskIn(cast, "awaiting_approval");
  await call("approve", cast.admin, { json: { taskIds: [id], approved: true } });
  const group = async (query: Readonly<Record<string, string>>) => {
    const { groups } = await stats(cast.admin, { groupBy: "agent", ...query });
    const { created = 0, approved = 0 } = groups.find(({ agent }) => agent === cast.agent.id) ?? {};
    return [created, approved];
  };
  assertEquals(await group({}), [2, 1]);
  assertEquals(await group({ from: createdAt }), [1, 1]);
  assertEquals(await group({ to: createdAt }), [1, 0]);
  assertEquals(await group({ from: "2001-01-01T00:00:00Z", to: "2001-01-02T00:00:00Z" }), [0, 0]);
});
