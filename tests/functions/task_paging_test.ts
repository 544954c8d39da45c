/** list-tasks in pages: nothing skipped, nothing twice, also while others write. */
import { assertEquals } from "@std/assert";
import type { Task } from "../support/answers.ts";
import { settled } from "../support/feed.ts";
import { call, type FunctionCaller, issuePaths, refused } from "../support/functions.ts";
import { type Cast, newAgent, newCast, taskIn, waitingTasks } from "../support/people.ts";
import { present } from "../support/present.ts";
import { aTask } from "../support/tasks.ts";

type Query = Readonly<Record<string, string>>;

/** Every page of a question, one after another; something else is done while each of them is on its way. */
async function pages(
  caller: FunctionCaller,
  query: Query,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<(readonly Task[])[]> {
  const found: (readonly Task[])[] = [];
  let cursor: string | null | undefined;
  do {
    const page = { query: { ...query, ...(cursor ? { cursor } : {}) } };
    const [{ status, body, text }] = await Promise.all([call("list-tasks", caller, page), meanwhile()]);
    assertEquals(status, 200, text);
    found.push(present(body.tasks, "tasks"));
    cursor = body.nextCursor;
  } while (cursor);
  return found;
}

const idsOf = (tasks: readonly Task[]) => tasks.map(({ id }) => id);

/** Tasks of all priorities, made one after another. */
async function someTasks({ agent }: Pick<Cast, "agent">, count: number): Promise<string[]> {
  const priorities = ["high", "low", "medium"];
  const tasks = Array.from(
    { length: count },
    (_, i) => aTask({ priority: priorities[i % 3], title: `No. ${i}` }),
  );
  const { body } = await call("create-task", agent, { json: { tasks, mode: "atomic" } });
  return present(body.results, "results").map(({ task }) => present(task, "a task").id);
}

/** Others create three tasks, decide on one and withdraw another. */
async function othersWrite(cast: Cast): Promise<void> {
  const [one = "", two = ""] = await waitingTasks(cast, 3, { priority: "medium", title: "Meanwhile" });
  await Promise.all([
    call("approve", cast.admin, { json: { taskIds: [one], approved: true } }),
    call("cancel-task", cast.agent, { json: { taskId: two } }),
  ]);
}

for (const sort of ["created_at", "submitted_at", "priority"]) {
  for (const order of ["asc", "desc"]) {
    Deno.test(`pages by ${sort} ${order} neither skip nor repeat while others write`, async () => {
      const cast = await newCast();
      const before = await someTasks(cast, 60);
      const query = { createdBy: cast.agent.id, sort, order, limit: "7" };
      let rounds = 0;
      // Upwards every new task is at the end: the writers rest before the reader, who would never be done.
      const found = await pages(
        cast.alice,
        query,
        () => rounds++ < 20 ? othersWrite(cast) : Promise.resolve(),
      );
      const ids = found.flatMap(idsOf);
      assertEquals(new Set(ids).size, ids.length, "a task came twice");
      assertEquals(before.filter((id) => !ids.includes(id)), [], "a task was skipped");
      assertEquals(found.slice(0, -1).every((page) => page.length === 7), true);
    });
  }
}

Deno.test("pages come in the order that was asked for, newest first by default", async () => {
  const cast = await newCast();
  await someTasks(cast, 9);
  await someTasks(cast, 9);
  const createdBy = cast.agent.id;
  const rank: Readonly<Record<string, number>> = { high: 3, medium: 2, low: 1 };
  const all = async (query: Query) => (await pages(cast.alice, { createdBy, limit: "4", ...query })).flat();
  const times = (await all({})).map(({ createdAt }) => createdAt);
  assertEquals(times, times.toSorted().toReversed());
  const upwards = (await all({ order: "asc" })).map(({ id }) => id);
  assertEquals(upwards, (await all({})).map(({ id }) => id).toReversed());
  const ranks = (await all({ sort: "priority" })).map(({ priority }) => rank[priority] ?? 0);
  assertEquals(ranks, ranks.toSorted((a, b) => b - a));
  const submitted = (await all({ sort: "submittedAt", order: "asc" })).map(({ submittedAt }) =>
    submittedAt ?? ""
  );
  assertEquals(submitted, submitted.toSorted());
});

Deno.test("limit and offset page as the seeds have it, count is the total", async () => {
  const cast = await newCast();
  const ids = await someTasks(cast, 12);
  const createdBy = cast.agent.id;
  const found: string[] = [];
  for (const offset of ["0", "5", "10", "15"]) {
    const { body } = await call("list-tasks", cast.alice, { query: { createdBy, limit: "5", offset } });
    assertEquals([body.count, body.limit, body.offset], [12, 5, Number(offset)]);
    found.push(...idsOf(present(body.tasks, "tasks")));
  }
  assertEquals(found.toSorted(), ids.toSorted());
  const { body } = await call("list-tasks", cast.alice, { query: { createdBy } });
  assertEquals([body.limit, body.offset, body.tasks?.length, body.nextCursor], [50, 0, 12, null]);
});

Deno.test("a limit of 1 to 100 is taken, any other is refused", async () => {
  const cast = await newCast();
  await someTasks(cast, 101);
  const createdBy = cast.agent.id;
  for (const limit of ["1", "100"]) {
    const { body } = await call("list-tasks", cast.alice, { query: { createdBy, limit } });
    assertEquals([body.tasks?.length, body.limit, body.count], [Number(limit), Number(limit), 101]);
  }
  for (const limit of ["0", "101", "abc", "-1", "1.5", ""]) {
    assertEquals(issuePaths(await call("list-tasks", cast.alice, { query: { limit } })), ["limit"]);
  }
});

Deno.test("a cursor belongs to its order", async () => {
  const cast = await newCast();
  await someTasks(cast, 3);
  const query = { createdBy: cast.agent.id, limit: "1" };
  const { body } = await call("list-tasks", cast.alice, { query });
  const cursor = present(body.nextCursor, "a cursor");
  for (const other of [{ order: "asc" }, { sort: "priority" }, { sort: "submitted_at" }]) {
    refused(
      await call("list-tasks", cast.alice, { query: { ...query, ...other, cursor } }),
      "cursor_invalid",
    );
  }
});

Deno.test("filters narrow by every field, repeated keys and comma lists alike", async () => {
  const cast = await newCast();
  const shopee = await newAgent({ marketplace: "shopee" });
  const tag = `tag-${crypto.randomUUID()}`;
  const done = await taskIn(cast, "completed", { tags: [tag], title: "Alpha unicorn", priority: "high" });
  const rejected = await taskIn(cast, "rejected", {
    tags: [tag],
    category: "analysis",
    description: "Beta unicorn",
  });
  const other = await taskIn({ ...cast, agent: shopee }, "in_progress", {
    tags: [tag],
    marketplace: "shopee",
  });
  const cases: readonly (readonly [Readonly<Record<string, string | readonly string[]>>, readonly Task[]])[] =
    [
      [{}, [done, rejected, other]],
      [{ status: "completed,rejected" }, [done, rejected]],
      [{ status: ["completed", "in_progress"] }, [done, other]],
      [{ marketplace: "shopee" }, [other]],
      [{ category: ["analysis", "scaling"] }, [rejected]],
      [{ priority: "high" }, [done]],
      [{ assignedTo: cast.alice.id }, [done, other]],
      [{ assignedTo: cast.admin.id }, []],
      [{ createdBy: shopee.id }, [other]],
      [{ q: "unicorn" }, [done, rejected]],
      [{ q: "Unicorn alpha" }, [done]],
      [{ q: "alpha beta" }, []],
      [{ createdFrom: rejected.createdAt }, [rejected, other]],
      [{ createdTo: rejected.createdAt }, [done]],
      [{ submittedFrom: other.submittedAt ?? "" }, [other]],
      [{ completedFrom: done.completedAt ?? "" }, [done]],
      [{ completedTo: done.completedAt ?? "" }, []],
      [{ q: "unicorn", status: "rejected", category: "analysis", marketplace: "amazon,shopee" }, [rejected]],
    ];
  for (const [filter, expected] of cases) {
    const { body, text } = await call("list-tasks", cast.alice, { query: { tag, ...filter } });
    assertEquals(idsOf(body.tasks ?? []).sort(), idsOf(expected).sort(), `${JSON.stringify(filter)} ${text}`);
    assertEquals(body.count, expected.length);
  }
});

Deno.test("an agent sees its own tasks only, whatever it asks for", async () => {
  const cast = await newCast();
  const other = await newAgent();
  const tag = `tag-${crypto.randomUUID()}`;
  const mine = await taskIn(cast, "awaiting_approval", { tags: [tag] });
  await taskIn({ ...cast, agent: other }, "awaiting_approval", { tags: [tag] });
  await settled();
  const queries = [{ tag }, { tag, createdBy: cast.agent.id }, { q: "listing" }, { since: "start" }];
  for (const query of queries) {
    const { body } = await call("list-tasks", cast.agent, { query });
    assertEquals(idsOf(body.tasks ?? []), [mine.id], JSON.stringify(query));
  }
  const { body } = await call("list-tasks", cast.agent, { query: { tag, createdBy: other.id } });
  assertEquals([body.tasks, body.count], [[], 0]);
});
