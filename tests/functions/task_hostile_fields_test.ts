/** Hostile values in every field of every function: refused by name, and nothing written. */
import { assertEquals } from "@std/assert";
import { call, type FunctionCaller, issuePaths, refused, taskOf } from "../support/functions.ts";
import { type Cast, newAgent, newCast, taskIn, traceOf } from "../support/people.ts";
import { aTask } from "../support/tasks.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000dead";

/** JSON texts of values that are no text. */
const NO_TEXT = ["null", "true", "0", "1e999", "{}", "[]", '["text"]', '{"toString": "text"}'];
/** JSON texts of texts that Postgres cannot hold. */
const UNSTORABLE = ['"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d and no more"'];
/** Texts with nothing to read. */
const EMPTY = ['""', '" "', '"\\t\\n\\r"'];
const NO_OBJECT = ["true", "0", '"{}"', "[]", "[[]]", '["a"]'];
const NO_BOOLEAN = ["null", "0", "1", '"true"', "{}", "[]"];
const NO_HOURS = [
  ...["null", "true", '"4"', "{}", "[4]", "0", "-0", "-1", "1e999", "-1e999"],
  ...["10000.01", "1e308", "5e-324", "0.001", "4.005", "12345678901234567890"],
];
const NO_UUID = [
  ...["null", "1", "{}", "[]", '""', `"${UNKNOWN.slice(1)}"`, `"${UNKNOWN}0"`, `" ${UNKNOWN}"`],
  ...[`"{${UNKNOWN}}"`, `"${UNKNOWN.replaceAll("-", "")}"`, `["${UNKNOWN}"]`, `"' or true --"`],
];
const NO_INSTANT = [
  ...[
    "0",
    "{}",
    '""',
    '"now"',
    '"infinity"',
    '"2026-11-21"',
    '"2026-11-21T08:00:00"',
    '"2026-02-30T08:00:00Z"',
  ],
  ...[
    '"2026-11-21T25:00:00Z"',
    '"0000-01-01T00:00:00Z"',
    '"epoch"',
  ],
  ...['"2026-11-21T08:00:00.1234567Z"', '"+010000-01-01T00:00:00Z"', '"２０２６-11-21T08:00:00Z"'],
];

const long = (characters: number) => JSON.stringify("é".repeat(characters));
const times = (count: number, json: string) => `[${Array(count).fill(json).join(",")}]`;
const required = (most: number) => [...NO_TEXT, ...UNSTORABLE, ...EMPTY, long(most + 1)];
const optional = (most: number) => required(most).filter((json) => json !== "null");
const enumeration = (word: string) => [
  ...NO_TEXT,
  ...UNSTORABLE,
  ...[
    `"${word.toUpperCase()}"`,
    `"${word} "`,
    '""',
    '"__proto__"',
    '"constructor"',
    `"${word}'; drop table x"`,
  ],
];

type Fields = Readonly<Record<string, readonly string[]>>;

const DRAFT: Fields = {
  marketplace: enumeration("amazon"),
  title: required(255),
  description: required(5000),
  category: enumeration("optimization"),
  priority: enumeration("high"),
  estimatedHours: NO_HOURS,
  createdBy: ["true", "0", "{}", "[]", ...UNSTORABLE],
  tags: [
    ...["true", "0", '"a"', "{}", "[null]", "[1]", "[[]]", "[{}]", '[""]', '["\\u0000"]', '["\\ud800"]'],
    ...[times(21, '"a"'), `[${long(51)}]`],
  ],
  metadata: [...NO_OBJECT, '{"a": "\\u0000"}', '{"\\ud800": 1}', '{"a": [[["\\udfff"]]]}', '{"a": 1e999}'],
  dueAt: NO_INSTANT,
  externalRef: optional(200),
};

/** Every function that takes a body: a good request with null in place of ids, and bad values of each field. */
const FUNCTIONS: Readonly<Record<string, { caller: keyof Cast; good: object; fields: Fields }>> = {
  "create-task": { caller: "agent", good: aTask(), fields: DRAFT },
  "submit-task": { caller: "agent", good: {}, fields: { taskId: NO_UUID } },
  "approve": {
    caller: "admin",
    good: { taskIds: [UNKNOWN], approved: true },
    fields: {
      taskIds: [
        "null",
        "1",
        '"a"',
        "{}",
        "[]",
        ...NO_UUID.map((id) => `[${id}]`),
        times(101, `"${UNKNOWN}"`),
      ],
      approved: NO_BOOLEAN,
      reason: optional(2000),
      options: [
        ...[
          ...NO_OBJECT,
          "null",
          '{"unknown": 1}',
          '{"atomic": "true"}',
          '{"dryRun": 1}',
          '{"atomic": null}',
        ],
        ...['{"expectedVersions": []}', '{"expectedVersions": {"a": 1}}'],
        ...["0", "-1", "1.5", '"1"', "null", "1e999", "99999999999999999999"].map((version) =>
          `{"expectedVersions": {"${UNKNOWN}": ${version}}}`
        ),
      ],
    },
  },
  "assign": {
    caller: "admin",
    good: { taskId: UNKNOWN, assignedTo: UNKNOWN },
    fields: { taskId: NO_UUID, assignedTo: NO_UUID.filter((json) => json !== "null") },
  },
  "complete": {
    caller: "alice",
    good: { taskId: UNKNOWN, actualHours: 1 },
    fields: { taskId: NO_UUID, actualHours: NO_HOURS, notes: optional(2000) },
  },
  "cancel-task": {
    caller: "admin",
    good: { taskId: UNKNOWN },
    fields: { taskId: NO_UUID, reason: optional(2000) },
  },
};

for (const [slug, { caller, good, fields }] of Object.entries(FUNCTIONS)) {
  Deno.test(`${slug} refuses every hostile value by the name of its field, and writes nothing`, async () => {
    const cast = await newCast();
    for (const [field, values] of Object.entries(fields)) {
      for (const value of values) {
        const raw = JSON.stringify({ ...good, [field]: "HOSTILE" }).replace('"HOSTILE"', () => value);
        const paths = issuePaths(await call(slug, cast[caller], { raw }));
        const named = paths.every((path) => path === field || path.startsWith(`${field}.`));
        assertEquals(named, true, `${field} ${value.slice(0, 100)}: ${paths}`);
      }
    }
    assertEquals(await traceOf(cast.agent), { tasks: 0, changes: 0, audit: 0 });
  });

  Deno.test(`${slug} refuses fields it does not know, those of every object's prototype among them`, async () => {
    const cast = await newCast();
    const unknown = [
      "status",
      "approvedBy",
      "id",
      "Title",
      "taskids",
      "",
      "__proto__",
      "constructor",
      "toString",
    ];
    for (const field of unknown) {
      const raw = JSON.stringify(good).replace("{", () => `{${JSON.stringify(field)}: {"isAdmin": true},`)
        .replace(",}", "}");
      const answer = await call(slug, cast[caller], { raw });
      assertEquals(issuePaths(answer).includes(field), true, `${field}: ${answer.text}`);
    }
    assertEquals(await traceOf(cast.agent), { tasks: 0, changes: 0, audit: 0 });
  });
}

Deno.test("approve refuses every hostile value of its filter", async () => {
  const { admin, agent } = await newCast();
  const fields: Fields = {
    marketplace: [...enumeration("amazon"), times(21, '"amazon"')],
    category: enumeration("optimization"),
    priority: enumeration("high"),
    createdBy: [...NO_TEXT.filter((json) => json !== '["text"]'), ...UNSTORABLE],
    tag: [...NO_TEXT.filter((json) => json !== '["text"]'), ...UNSTORABLE],
    submittedFrom: NO_INSTANT,
    submittedTo: ["null", ...NO_INSTANT],
    status: ['"awaiting_approval"'],
    ["__proto__"]: ["{}"],
  };
  for (const [field, values] of Object.entries(fields)) {
    for (const value of values) {
      const answer = await call("approve", admin, {
        raw: `{"approved": true, "filter": {"${field}": ${value}}}`,
      });
      assertEquals(issuePaths(answer).every((path) => path.startsWith("filter")), true, answer.text);
    }
  }
  assertEquals(await traceOf(agent), { tasks: 0, changes: 0, audit: 0 });
});

Deno.test("a hostile item of a batch is refused by itself, the others are made", async () => {
  const agent = await newAgent();
  const items = Object.entries(DRAFT).flatMap(([field, values]) =>
    values.filter((value) => !/\\u0000|\\ud|1e999/.test(value)).map((value) =>
      JSON.stringify({ ...aTask(), [field]: "HOSTILE" }).replace('"HOSTILE"', () => value)
    )
  );
  const raw = `{"mode": "partial", "tasks": [${[...items, JSON.stringify(aTask())].join(",")}]}`;
  const { status, body } = await call("create-task", agent, { raw });
  assertEquals([status, body.count], [207, 1], JSON.stringify(body).slice(0, 1000));
  for (const [i, result] of (body.results ?? []).entries()) {
    const expected = i === items.length ? ["created", undefined] : ["refused", "invalid_request"];
    assertEquals([result.outcome, result.code], expected, items[i]);
  }
  const send = (item: string) =>
    call("create-task", agent, { raw: `{"mode": "partial", "tasks": [${item}]}` });
  for (const item of ["null", "1", '"task"', "[]", "{}"]) {
    const { status, body: { results } } = await send(item);
    assertEquals(
      [status, results?.[0]?.outcome, results?.[0]?.code],
      [422, "refused", "invalid_request"],
      item,
    );
  }
  for (const item of ['{"title": "\\u0000"}', '{"metadata": {"a": 1e999}}', '"\\ud800"']) {
    assertEquals(issuePaths(await send(item))[0]?.startsWith("tasks.0"), true, item);
  }
  assertEquals(await traceOf(agent), { tasks: 1, changes: 1, audit: 1 });
});

Deno.test("a key __proto__ is refused wherever it stands, never dropped in silence", async () => {
  const { admin, agent } = await newCast();
  for (const metadata of ['{"__proto__": {"isAdmin": true}}', '{"a": [{"__proto__": 1}]}']) {
    const raw = JSON.stringify(aTask()).replace("{", () => `{"metadata": ${metadata},`);
    const [alone] = issuePaths(await call("create-task", agent, { raw }));
    assertEquals(alone?.startsWith("metadata"), true, alone);
    const batch = await call("create-task", agent, { raw: `{"tasks": [${raw}], "mode": "partial"}` });
    assertEquals([batch.status >= 400, batch.body.count ?? 0], [true, 0]);
  }
  const raw =
    `{"taskIds": ["${UNKNOWN}"], "approved": true, "options": {"expectedVersions": {"__proto__": 1}}}`;
  const [path] = issuePaths(await call("approve", admin, { raw }));
  assertEquals(path?.startsWith("options.expectedVersions"), true, path);
  assertEquals(await traceOf(agent), { tasks: 0, changes: 0, audit: 0 });
});

Deno.test("an offset that no clock has is refused by the name of its field, alone and in a batch", async () => {
  const { admin, agent } = await newCast();
  for (const offset of ["+99:99", "+16:00", "-23:59"]) {
    const instant = `2026-11-21T08:00:00${offset}`;
    const alone = await call("create-task", agent, { json: aTask({ dueAt: instant }) });
    assertEquals(issuePaths(alone), ["dueAt"]);
    const filter = { submittedFrom: instant };
    const decision = await call("approve", admin, { json: { approved: true, filter } });
    assertEquals(issuePaths(decision), ["filter.submittedFrom"]);
    assertEquals(issuePaths(await call("list-tasks", admin, { query: { createdTo: instant } })), [
      "createdTo",
    ]);
    const stats = await call("task-stats", admin, { query: { from: instant, groupBy: "agent" } });
    assertEquals(issuePaths(stats), ["from"]);
    const tasks = [aTask({ dueAt: instant }), aTask()];
    const { status, body } = await call("create-task", agent, { json: { tasks, mode: "partial" } });
    assertEquals([status, body.results?.[0]?.code, body.count], [207, "invalid_request", 1]);
  }
});

Deno.test("a text with nothing to read is refused, alone and in a batch", async () => {
  const agent = await newAgent();
  for (const blank of [" ", "\n", "\u00a0", "\u2003\u3000", "\u2028", "\ufeff"]) {
    const fields = { title: blank, description: blank, externalRef: blank, tags: [blank] };
    for (const [field, value] of Object.entries(fields)) {
      const task = aTask({ [field]: value });
      const [path] = issuePaths(await call("create-task", agent, { json: task }));
      assertEquals(path?.split(".")[0], field);
      const { body } = await call("create-task", agent, { json: { tasks: [task], mode: "partial" } });
      const [result] = body.results ?? [];
      assertEquals([result?.code, result?.details?.issues?.[0]?.path], ["invalid_request", field]);
    }
  }
});

Deno.test("ids may be written in capitals; what is not there is not found, for whoever asks", async () => {
  const cast = await newCast();
  const { id } = await taskIn(cast, "approved");
  const json = { taskId: id.toUpperCase(), assignedTo: cast.alice.id.toUpperCase() };
  assertEquals(taskOf(await call("assign", cast.admin, { json }), 200).assignedTo, cast.alice.id);
  const requests: readonly (readonly [string, FunctionCaller, object])[] = [
    ["submit-task", cast.agent, { taskId: UNKNOWN }],
    ["assign", cast.admin, { taskId: UNKNOWN, assignedTo: cast.alice.id }],
    ["complete", cast.alice, { taskId: UNKNOWN, actualHours: 1 }],
    ["cancel-task", cast.agent, { taskId: UNKNOWN }],
    ["cancel-task", cast.admin, { taskId: UNKNOWN }],
    ["submit-task", await newAgent(), { taskId: id }],
    ["cancel-task", await newAgent(), { taskId: id }],
  ];
  for (const [slug, caller, request] of requests) {
    const body = refused(await call(slug, caller, { json: request }), "not_found");
    assertEquals(body.error, "There is no such task, or the caller may not see it");
  }
});
