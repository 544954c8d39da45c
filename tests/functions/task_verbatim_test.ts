/** What is taken is kept: every text, number and object comes back to the letter. */
import { assertEquals } from "@std/assert";
import { call, issuePaths, refused, taskOf } from "../support/functions.ts";
import { currentTask, newAgent, newCast, taskIn, waitingTasks } from "../support/people.ts";
import { aTask } from "../support/tasks.ts";

const VERBATIM = [
  "'; drop table public.marketplace_tasks; --",
  `<script>alert("x")</script><img src=x onerror='alert(1)'>&amp;`,
  "Zoë 商品 🛒 👩🏽‍🚀 \u202Eright to left\u202C z̷a̷l̷g̷o̷ \u200B \uFEFF",
  'line\nbreak\r\ttab \u0001\u007f\u0085\u2028 \\u0000 \\ " / ${x} {{x}} %s %00 $1 $$',
  "e\u0301 is not \u00e9",
  "\uFFFD\uFFFE\uFFFF\u{1F4A9}\u{10FFFF}",
];

Deno.test("SQL, markup and every kind of character come back to the letter", async () => {
  const cast = await newCast();
  for (const text of VERBATIM) {
    const json = aTask({
      title: text,
      description: text,
      tags: [text.slice(0, 20), text.slice(0, 20)].map((tag) => tag.toWellFormed()),
      metadata: { [text]: [text, { [text]: text }] },
      externalRef: text,
    });
    const { id, title, description, tags, metadata, externalRef } = taskOf(
      await call("create-task", cast.agent, { json }),
      201,
    );
    const { marketplace, category, priority, estimatedHours } = json;
    assertEquals(
      { marketplace, title, description, category, priority, estimatedHours, tags, metadata, externalRef },
      json,
    );
    assertEquals((await currentTask(id)).title, text);
    const { body } = await call("list-tasks", cast.agent, { query: { tag: tags[0] ?? "" } });
    assertEquals(body.tasks?.map((task) => task.id).includes(id), true);

    await call("approve", cast.admin, { json: { taskIds: [id], approved: true, reason: text } });
    await call("assign", cast.admin, { json: { taskId: id, assignedTo: cast.alice.id } });
    const completion = { taskId: id, actualHours: 1, notes: text };
    const done = taskOf(await call("complete", cast.alice, { json: completion }), 200);
    assertEquals([done.approvalReason, done.completionNotes], [text, text]);
  }
});

Deno.test("reasons of rejections and withdrawals come back to the letter", async () => {
  const cast = await newCast();
  for (const reason of VERBATIM) {
    const [rejected = "", cancelled = ""] = await waitingTasks(cast, 2);
    await call("approve", cast.admin, { json: { taskIds: [rejected], approved: false, reason } });
    await call("cancel-task", cast.agent, { json: { taskId: cancelled, reason } });
    assertEquals((await currentTask(rejected)).rejectionReason, reason);
    assertEquals((await currentTask(cancelled)).cancellationReason, reason);
  }
});

Deno.test("texts are counted in characters, and the longest are taken", async () => {
  const cast = await newCast();
  for (const character of ["x", "é", "商", "🛒"]) {
    const json = aTask({
      title: character.repeat(255),
      description: character.repeat(5000),
      tags: Array(20).fill(character.repeat(50)),
      externalRef: character.repeat(200),
    });
    const { title, description, tags, externalRef } = taskOf(
      await call("create-task", cast.agent, { json }),
      201,
    );
    const { title: sent, ...rest } = json;
    assertEquals({ title, description, tags, externalRef }, {
      title: sent,
      description: rest.description,
      tags: rest["tags"],
      externalRef: rest["externalRef"],
    });
    const { id } = await taskIn(cast, "awaiting_approval");
    const decision = { taskIds: [id], approved: false, reason: character.repeat(2000) };
    assertEquals((await call("approve", cast.admin, { json: decision })).status, 200);
  }
});

Deno.test("metadata keeps keys that every object has, alone and in a batch", async () => {
  const agent = await newAgent();
  const odd = '{"constructor": 1, "toString": null, "": [], "a.b": {"c": 1.5e-7}}';
  const raw = JSON.stringify(aTask()).replace("{", () => `{"metadata": ${odd},`);
  assertEquals(taskOf(await call("create-task", agent, { raw }), 201).metadata, JSON.parse(odd));
  const { body } = await call("create-task", agent, { raw: `{"tasks": [${raw}], "mode": "atomic"}` });
  assertEquals(body.results?.[0]?.task?.metadata, JSON.parse(odd));
});

Deno.test("metadata may be 16 KiB of JSON and no more", async () => {
  const agent = await newAgent();
  const full = { text: "x".repeat(16 * 1024 - 12) };
  const { metadata } = taskOf(await call("create-task", agent, { json: aTask({ metadata: full }) }), 201);
  assertEquals(metadata, full);
  for (const more of [{ text: "x".repeat(16 * 1024 - 11) }, { text: "商".repeat(6000) }]) {
    assertEquals(issuePaths(await call("create-task", agent, { json: aTask({ metadata: more }) })), [
      "metadata",
    ]);
  }
});

Deno.test("hours are exact to the hundredth from one end to the other", async () => {
  const agent = await newAgent();
  for (const estimatedHours of [0.01, 0.07, 0.1 + 0.2, 1.15, 4.35, 9999.99, 10_000]) {
    if (Number(estimatedHours.toFixed(2)) !== estimatedHours) {
      refused(await call("create-task", agent, { json: aTask({ estimatedHours }) }), "invalid_request");
      continue;
    }
    const task = taskOf(await call("create-task", agent, { json: aTask({ estimatedHours }) }), 201);
    assertEquals(task.estimatedHours, estimatedHours);
  }
});
