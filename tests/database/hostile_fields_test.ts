import { assertEquals } from "@std/assert";
import { callAs } from "../support/callers.ts";
import { faultOf, writtenSoFar } from "../support/clean_answers.ts";
import { freshDatabase } from "../support/database.ts";
import { INSTANTS, TEXTS, withJsonAt } from "../support/hostile_values.ts";
import { aTask, castOf, readTask, succeeded, taskIn, taskOf, withoutLimits } from "../support/tasks.ts";

/** What no field of a kind takes, as JSON. */
const NOT_TEXT = ["null", "true", "1", "[]", "{}", '["x"]', '{"a": "x"}', '""', '" "', '"\\t\\n"'];
const NOT_HOURS = [
  "null",
  "true",
  '"4"',
  '"NaN"',
  "[]",
  "{}",
  "0",
  "-1",
  "0.001",
  "10000.01",
  "1e400",
  "1e-400",
];
const NOT_OPTIONAL_TEXT = NOT_TEXT.filter((json) => json !== "null");

/** For each field what it refuses; the refusal's issue names the field. */
const REFUSED: readonly (readonly [field: string, values: readonly string[]])[] = [
  ["marketplace", [...NOT_TEXT, '"ebay"', '"AMAZON"', '" amazon"', '"amazon\\u200b"']],
  ["category", [...NOT_TEXT, '"x"', '"Analysis"', '"best practice"']],
  ["priority", [...NOT_TEXT, '"urgent"', '"HIGH"', "3"]],
  ["title", [...NOT_TEXT, quoted("x", 256), quoted("😀", 256)]],
  ["description", [...NOT_TEXT, quoted("x", 5001), quoted("😀", 5001)]],
  ["estimatedHours", NOT_HOURS],
  ["tags", [
    "true",
    "1",
    '"x"',
    "{}",
    "[1]",
    "[null]",
    '[""]',
    '[" "]',
    '[["x"]]',
    `[${quoted("x", 51)}]`,
    list(21),
  ]],
  ["metadata", ["true", "1", '"{}"', "[]", `{"x": ${quoted("x", 16_384)}}`, '{"x": 1e100000}']],
  ["dueAt", ["true", "1", "[]", "{}", '""', ...INSTANTS.map((instant) => JSON.stringify(instant))]],
  ["externalRef", [...NOT_OPTIONAL_TEXT, quoted("x", 201)]],
  ["createdBy", ["true", "1", "[]", "{}"]],
  ["created_by", ["null", '"marketplace-master"']],
  ["status", ['"approved"']],
  ["id", ['"00000000-0000-4000-8000-000000000000"']],
  ["__proto__", ["{}", '{"status": "approved"}']],
];

Deno.test("each field of a task refuses what it cannot be, by its own name", async (t) => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { master } = await castOf(sql);
  await withoutLimits(sql);
  const before = await writtenSoFar(sql);
  for (const [field, values] of REFUSED) {
    await t.step(field, async () => {
      for (const json of values) {
        const args = withJsonAt({ task: aTask() }, `task.${field}`, json);
        const { status, body } = await callAs(sql, master, "create_task", args);
        const paths = [...new Set(body.details?.issues?.map(({ path }) => path))];
        // A number that no double holds spoils the request as a whole.
        const path = /\de-?\d{3}/.test(json) ? "" : field;
        assertEquals([json.slice(0, 80), status, body.code, paths], [
          json.slice(0, 80),
          400,
          "invalid_request",
          [path],
        ]);
      }
    });
  }
  assertEquals(await writtenSoFar(sql), before);
});

Deno.test("a task that is no object is refused as such, alone and in a batch", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { master } = await castOf(sql);
  await withoutLimits(sql);
  for (const json of ["null", "true", "1", '"{}"', "[]", `[${JSON.stringify(aTask())}]`]) {
    const alone = await callAs(sql, master, "create_task", withJsonAt({}, "task", json));
    assertEquals([json, alone.status, alone.body.code], [json, 400, "invalid_request"]);
    const args = withJsonAt({ tasks: [aTask(), {}], mode: "partial" }, "tasks.1", json);
    const batch = await callAs(sql, master, "create_tasks", args);
    const outcomes = batch.body.results?.map(({ outcome, code }) => [outcome, code]);
    assertEquals([json, batch.status, outcomes], [json, 207, [["created", undefined], [
      "refused",
      "invalid_request",
    ]]]);
  }
});

Deno.test("a thousand unknown fields are answered with a short refusal by every operation", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { admin, master } = await castOf(sql);
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${"x".repeat(200)}${i}`, i]));
  const attempts = [
    await callAs(sql, master, "create_task", { task: { ...aTask(), ...many } }),
    await callAs(sql, admin, "list_tasks", { filter: many }),
    await callAs(sql, admin, "approval_queue", { filter: many }),
    await callAs(sql, admin, "task_stats", { filter: many }),
    await callAs(sql, admin, "update_agent", { agent_id: "marketplace-kaway", changes: many }),
    await callAs(sql, admin, "approve_tasks", { approved: true, options: { ...many, filter: {} } }),
    await callAs(sql, admin, "approve_tasks", { approved: true, options: { filter: many } }),
  ];
  assertEquals(
    attempts.map(({ status, text }) => [status, text.length < 10_000]),
    attempts.map(() => [400, true]),
  );
});

Deno.test("every odd text that a field takes is kept to the letter", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { master, admin } = await castOf(sql);
  await withoutLimits(sql);
  const kept = TEXTS.filter((text) => /\S/.test(text) && [...text].length <= 50);
  assertEquals(kept.length > 20, true);
  for (const text of kept) {
    const draft = aTask({
      title: text,
      description: text,
      tags: [text],
      metadata: { [text]: text },
      externalRef: text,
    });
    const { id } = taskOf(
      await callAs(sql, master, "create_task", { task: draft }, { "x-request-id": text }),
    );
    const { title, description, tags, metadata, externalRef } = await readTask(sql, id);
    assertEquals({ title, description, tags, metadata, externalRef }, {
      title: text,
      description: text,
      tags: [text],
      metadata: { [text]: text },
      externalRef: text,
    });
    for (const filter of [{ tag: text }, { q: text }, { createdBy: text }]) {
      const answer = await callAs(sql, admin, "list_tasks", { filter });
      assertEquals([filter, faultOf(answer)], [filter, null]);
    }
    const found = succeeded(await callAs(sql, admin, "list_tasks", { filter: { tag: text } }));
    assertEquals(found.body.tasks?.map((task) => task.id), [id]);
  }
});

Deno.test("a request is at most 32 levels deep, and far deeper ones are answered cleanly", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const { master } = await castOf(sql);
  // The task itself is the first level.
  for (
    const [depth, status] of [[31, 201], [32, 400], [33, 400], [100, 400], [1000, 400], [3000, 400]] as const
  ) {
    const args = withJsonAt(
      { task: aTask() },
      "task.metadata",
      '{"a":'.repeat(depth) + "1" + "}".repeat(depth),
    );
    const answer = await callAs(sql, master, "create_task", args);
    assertEquals([depth, answer.status, faultOf(answer)], [depth, status, null]);
  }
});

Deno.test("reasons and notes are texts with something in them, of at most 2000 characters", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  const cast = await castOf(sql);
  const { admin, amazon } = cast;
  await withoutLimits(sql);
  const pending = (await taskIn(sql, cast, "pending")).id;
  const inProgress = (await taskIn(sql, cast, "in_progress")).id;
  const before = await writtenSoFar(sql);
  for (const text of ["", " ", "\t\n\r", "x".repeat(2001), "😀".repeat(2001)]) {
    const answers = [
      await callAs(sql, admin, "approve_tasks", { task_ids: [pending], approved: false, reason: text }),
      await callAs(sql, admin, "approve_tasks", { task_ids: [pending], approved: true, reason: text }),
      await callAs(sql, amazon, "cancel_task", { task_id: pending, reason: text }),
      await callAs(sql, admin, "complete_task", { task_id: inProgress, actual_hours: 1, notes: text }),
    ];
    for (const { status, body } of answers) assertEquals([status, body.code], [400, "invalid_request"]);
  }
  // The Data API reads a number from a text as well, and numeric knows three that are none.
  for (
    const json of [
      "null",
      "0",
      "-1",
      "0.001",
      "10000.01",
      "1e400",
      "1e-400",
      '"NaN"',
      '"Infinity"',
      '"-Infinity"',
    ]
  ) {
    const args = withJsonAt({ task_id: inProgress, actual_hours: 1, notes: null }, "actual_hours", json);
    const { status, body } = await callAs(sql, admin, "complete_task", args);
    assertEquals([json, status, body.code], [json, 400, "invalid_request"]);
  }
  assertEquals(await writtenSoFar(sql), before);
});

function quoted(character: string, times: number): string {
  return JSON.stringify(character.repeat(times));
}

function list(length: number): string {
  return JSON.stringify(Array.from({ length }, (_, i) => `tag ${i}`));
}
