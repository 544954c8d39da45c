import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type postgres from "postgres";
import { CATEGORIES, MARKETPLACES, PRIORITIES, STATUSES } from "../../shared/tasks/task.ts";
import type { Task } from "../support/answers.ts";
import { callAs, type Caller, readOnlyCallAs, service } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { settled } from "../support/feed.ts";
import { present } from "../support/present.ts";
import { aTask, type Cast, castOf, succeeded, taskIn, withoutLimits } from "../support/tasks.ts";

const SEED = 20_261_121;

type Filter = Readonly<Record<string, unknown>>;

async function list(sql: postgres.Sql, caller: Caller, filter: Filter) {
  const { body } = succeeded(await readOnlyCallAs(sql, caller, "list_tasks", { filter }));
  return {
    tasks: present(body.tasks, "tasks"),
    count: body.count,
    limit: body.limit,
    offset: body.offset,
    nextCursor: body.nextCursor ?? null,
  };
}

/** Tasks of three agents in every status, with equal and different moments, tags and words. */
async function populate(sql: postgres.Sql, cast: Cast): Promise<void> {
  const WORDS = ["bottle", "steel", "Bottle-neck", "winter sale", "ÜBERGRÖSSE"];
  const TAGS = [[], ["seo"], ["seo", "autumn"], ["autumn"]];
  const overrides = (index: number) => ({
    title: `${WORDS[index % WORDS.length]} ${index}`,
    description: `About ${WORDS[(index * 3) % WORDS.length]}`,
    category: present(CATEGORIES[index % CATEGORIES.length], "a category"),
    priority: present(PRIORITIES[index % PRIORITIES.length], "a priority"),
    marketplace: present(MARKETPLACES[index % MARKETPLACES.length], "a marketplace"),
    tags: present(TAGS[index % TAGS.length], "tags"),
  });
  for (const [index, status] of [...STATUSES, ...STATUSES].entries()) {
    await taskIn(sql, cast, status, {
      ...overrides(index),
      marketplace: "amazon",
      category: index % 2 ? "analysis" : "optimization",
    });
  }
  // One statement, one moment: only the id tells these apart.
  const tasks = Array.from({ length: 24 }, (_, index) => aTask(overrides(index)));
  succeeded(await callAs(sql, cast.master, "create_tasks", { tasks }));
  for (let index = 0; index < 6; index += 1) {
    const task = aTask({ ...overrides(index), marketplace: "shopee", category: "best-practice" });
    succeeded(await callAs(sql, cast.shopee, "create_task", { task }));
  }
}

/** Everything that there is, as the service sees it. */
async function allTasks(sql: postgres.Sql): Promise<readonly Task[]> {
  const { tasks, count } = await list(sql, service, { limit: 100 });
  assertEquals(tasks.length, count);
  return tasks;
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
}

/** What each filter means, said anew: the moment fields compare as texts, all being UTC to the microsecond. */
const MEANINGS: Readonly<Record<string, (task: Task, value: unknown) => boolean>> = {
  status: (task, value) => asList(value).includes(task.status),
  marketplace: (task, value) => asList(value).includes(task.marketplace),
  category: (task, value) => asList(value).includes(task.category),
  priority: (task, value) => asList(value).includes(task.priority),
  assignedTo: (task, value) => task.assignedTo === value,
  createdBy: (task, value) => task.createdBy === value,
  tag: (task, value) => task.tags.some((tag) => tag === value),
  q: (task, value) =>
    wordsOf(`${value}`).every((word) => wordsOf(`${task.title} ${task.description}`).includes(word)),
  createdFrom: (task, value) => task.createdAt >= `${value}`,
  createdTo: (task, value) => task.createdAt < `${value}`,
  submittedFrom: (task, value) => task.submittedAt !== null && task.submittedAt >= `${value}`,
  submittedTo: (task, value) => task.submittedAt !== null && task.submittedAt < `${value}`,
  completedFrom: (task, value) => task.completedAt !== null && task.completedAt >= `${value}`,
  completedTo: (task, value) => task.completedAt !== null && task.completedAt < `${value}`,
};

function keyOf(task: Task, sort: string): string {
  if (sort === "submitted_at") return `${task.submittedAt ?? ""} ${task.id}`;
  const rank = ["low", "medium", "high"].indexOf(task.priority);
  return sort === "priority" ? `${rank} ${task.createdAt} ${task.id}` : `${task.createdAt} ${task.id}`;
}

function expectedOf(all: readonly Task[], filter: Filter, sort: string, order: string): readonly string[] {
  const wanted = all.filter((task) =>
    Object.entries(filter).every(([field, value]) => present(MEANINGS[field], field)(task, value))
  );
  const ascending = wanted.map((task) => ({ id: task.id, key: keyOf(task, sort) }))
    .sort((one, other) => one.key < other.key ? -1 : 1)
    .map(({ id }) => id);
  return order === "asc" ? ascending : ascending.reverse();
}

/** Any question about these tasks: some filters, with values that occur and values that do not. */
function questions(all: readonly Task[], cast: Cast): fc.Arbitrary<Filter> {
  const some = (values: readonly string[]) =>
    fc.oneof(
      fc.constantFrom(...values),
      fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
    );
  const moment = (field: "createdAt" | "submittedAt" | "completedAt") =>
    fc.constantFrom(...all.flatMap((task) => task[field] ?? []));
  return fc.record({
    status: some(STATUSES),
    marketplace: some(MARKETPLACES),
    category: some(CATEGORIES),
    priority: some(PRIORITIES),
    assignedTo: fc.constantFrom(cast.alice.userId, cast.bob.userId),
    createdBy: fc.constantFrom("marketplace-amazon", "marketplace-master", "nobody"),
    tag: fc.constantFrom("seo", "autumn", "spring"),
    q: fc.constantFrom("bottle", "BOTTLE", "steel", "bottle neck", "winter 3", "übergrösse", "nowhere"),
    createdFrom: moment("createdAt"),
    createdTo: moment("createdAt"),
    submittedFrom: moment("submittedAt"),
    submittedTo: moment("submittedAt"),
    completedFrom: moment("completedAt"),
    completedTo: moment("completedAt"),
  }, { requiredKeys: [] });
}

Deno.test("every filter, sort, order, limit and offset gives what it means, and cursors walk the same list", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  await populate(sql, cast);
  const all = await allTasks(sql);
  const order = fc.constantFrom("asc", "desc");
  const sort = fc.constantFrom("created_at", "submitted_at", "priority");
  console.log(`Questions are made from seed ${SEED}`);
  // A question of many filters finds nothing: half of them have one or none.
  const few = fc.tuple(questions(all, cast), fc.nat()).map(([filter, pick]) => {
    const fields = Object.entries(filter);
    return Object.fromEntries(fields.length ? [present(fields[pick % fields.length], "a field")] : []);
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(few, questions(all, cast)),
      sort,
      order,
      fc.integer({ min: 1, max: 12 }),
      fc.nat(20),
      async (filter, sort, order, limit, offset) => {
        const ids = expectedOf(all, filter, sort, order);
        const page = await list(sql, cast.bob, { ...filter, sort, order, limit, offset });
        assertEquals(page.tasks.map(({ id }) => id), ids.slice(offset, offset + limit));
        assertEquals([page.count, page.limit, page.offset], [ids.length, limit, offset]);

        const walked: string[] = [];
        let cursor: string | null = null;
        do {
          const question = { ...filter, sort, order, limit, ...(cursor === null ? {} : { cursor }) };
          const { tasks, count, nextCursor } = await list(sql, cast.bob, question);
          walked.push(...tasks.map(({ id }) => id));
          assertEquals(count, ids.length);
          cursor = nextCursor;
        } while (cursor !== null);
        assertEquals(walked, ids);
      },
    ),
    { seed: SEED, numRuns: 150 },
  );
});

Deno.test("the default is the newest fifty, whole, as the task's own answer showed them", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  const tasks = Array.from({ length: 60 }, () => aTask());
  succeeded(await callAs(sql, cast.master, "create_tasks", { tasks }));
  const newest = await taskIn(sql, cast, "completed");
  const page = await list(sql, cast.alice, {});
  assertEquals([page.tasks.length, page.count, page.limit, page.offset], [50, 61, 50, 0]);
  assertEquals(page.tasks[0], newest);
  assertEquals((await list(sql, cast.alice, { limit: 100 })).nextCursor, null);
});

Deno.test("an agent sees its own tasks only, whatever it asks for", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await withoutLimits(sql);
  const cast = await castOf(sql);
  await populate(sql, cast);
  await settled();
  const all = await allTasks(sql);
  const own = all.filter(({ createdBy }) => createdBy === "marketplace-shopee").map(({ id }) => id).sort();
  assertEquals(own.length, 6);
  const everything: readonly Filter[] = [
    {},
    { since: "start" },
    { status: [...STATUSES] },
    { marketplace: [...MARKETPLACES] },
    { sort: "priority", order: "asc" },
    { sort: "submitted_at" },
    { createdFrom: "2000-01-01T00:00:00Z" },
  ];
  for (const filter of everything) {
    const { tasks, count } = await list(sql, cast.shopee, { ...filter, limit: 100 });
    assertEquals(tasks.map(({ id }) => id).sort(), own, JSON.stringify(filter));
    assertEquals(count, own.length, JSON.stringify(filter));
  }
  const others: readonly Filter[] = [
    { createdBy: "marketplace-amazon" },
    { createdBy: "marketplace-amazon", since: "start" },
    { marketplace: "amazon" },
    { status: "completed" },
    { assignedTo: cast.alice.userId },
  ];
  for (const filter of others) {
    const { tasks, count } = await list(sql, cast.shopee, filter);
    assertEquals([tasks, count], [[], 0], JSON.stringify(filter));
  }
  // A cursor of somebody who sees everything opens nothing.
  const { nextCursor: cursor } = await list(sql, cast.admin, { limit: 1 });
  const foreign = await readOnlyCallAs(sql, cast.shopee, "list_tasks", { filter: { cursor } });
  assertEquals([foreign.status, foreign.body.code], [400, "cursor_invalid"]);
  const feed = await list(sql, cast.admin, { since: "start", limit: 1 });
  const rest = await list(sql, cast.shopee, { since: feed.nextCursor, limit: 100 });
  assertEquals(rest.tasks.every(({ createdBy }) => createdBy === "marketplace-shopee"), true);
});

Deno.test("a question that is none is told what is wrong with it", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { alice } = await castOf(sql);
  const cases: [unknown, string][] = [
    [{ limit: 0 }, "limit"],
    [{ limit: 101 }, "limit"],
    [{ limit: "10" }, "limit"],
    [{ limit: 1.5 }, "limit"],
    [{ offset: -1 }, "offset"],
    [{ offset: 1_000_000_000_000 }, "offset"],
    [{ sort: "title" }, "sort"],
    [{ order: "up" }, "order"],
    [{ status: [] }, "status"],
    [{ status: 1 }, "status"],
    [{ assignedTo: "alice" }, "assignedTo"],
    [{ createdFrom: "2026-02-30T00:00:00Z" }, "createdFrom"],
    [{ completedTo: "tomorrow" }, "completedTo"],
    [{ q: " " }, "q"],
    [{ colour: "red" }, "colour"],
    [{ since: "start", sort: "priority" }, "since"],
    [{ cursor: "a", offset: 1 }, "cursor"],
    [[], "filter"],
    [7, "filter"],
  ];
  for (const [filter, path] of cases) {
    const { status, body } = await readOnlyCallAs(sql, alice, "list_tasks", { filter });
    const paths = body.details?.issues?.map((issue) => issue.path);
    assertEquals([status, body.code, paths], [400, "invalid_request", [path]], JSON.stringify(filter));
  }
});
