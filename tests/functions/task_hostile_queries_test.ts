/** Queries that are no proper queries, at every function that reads. */
import { assertEquals } from "@std/assert";
import { call, issuePaths, refused, refusedSomehow } from "../support/functions.ts";
import { newCast } from "../support/people.ts";
import { aTask } from "../support/tasks.ts";

/** Queries that mean nothing, with the field that the refusal must name. */
const NONSENSE: Readonly<Record<string, readonly (readonly [query: string, field: string])[]>> = {
  "list-tasks": [
    ...[
      "0",
      "101",
      "-1",
      "1.5",
      "abc",
      "",
      "%20",
      "1e1",
      "0x10",
      "99999999999999999999",
      "٣",
      "%00",
      "1;drop",
      "NaN",
    ]
      .map((limit): [string, string] => [`limit=${limit}`, "limit"]),
    ...["-1", "abc", "1.5", "1000000000", "", "1%27--"].map((offset): [string, string] => [
      `offset=${offset}`,
      "offset",
    ]),
    ["limit=1&limit=2", "limit"],
    ["offset=0&offset=0", "offset"],
    ["sort=created_at&sort=priority", "sort"],
    ["sort=title", "sort"],
    ["sort=__proto__", "sort"],
    ["sort=created_at;%20drop", "sort"],
    ["order=up", "order"],
    ["order=DESC", "order"],
    ["status=done", "status"],
    ["status=", "status"],
    ["status=pending,", "status"],
    ["status=pending,done", "status"],
    [`status=${Array(21).fill("pending").join(",")}`, "status"],
    ["marketplace=ebay", "marketplace"],
    ["category=__proto__", "category"],
    ["priority=1", "priority"],
    ["assignedTo=me", "assignedTo"],
    ["assignedTo=%27%20or%20true--", "assignedTo"],
    ["createdBy=", "createdBy"],
    [`createdBy=${"x".repeat(501)}`, "createdBy"],
    ["createdBy=a&createdBy=b", "createdBy"],
    ["tag=%00", "tag"],
    ["q=%20", "q"],
    [`q=${"x".repeat(501)}`, "q"],
    ["createdFrom=yesterday", "createdFrom"],
    ["createdTo=2026-11-21", "createdTo"],
    ["submittedFrom=infinity", "submittedFrom"],
    ["completedTo=2026-13-01T00:00:00Z", "completedTo"],
    ["unknown=1", "unknown"],
    ["__proto__=1", "__proto__"],
    ["constructor=1", "constructor"],
    ["=1", ""],
    ["Limit=10", "Limit"],
    ["limit[]=10", "limit[]"],
    ["since=start&cursor=x", "since"],
    ["since=start&sort=priority", "since"],
    ["since=start&offset=1", "since"],
    ["cursor=x&offset=1", "cursor"],
  ],
  "task-stats": [
    ...["today", "2026-02-30", "2026-1-1", "0000-01-01", "", "2026-11-21T00:00:00Z", "%00"].map((
      day,
    ): [string, string] => [`day=${day}`, "day"]),
    ...["Mars/Olympus", "", "UTC%27--", "../../etc/passwd", "%00", "x".repeat(101)].map((
      zone,
    ): [string, string] => [
      `timezone=${zone}`,
      "timezone",
    ]),
    ["day=2026-11-21&day=2026-11-22", "day"],
    ["from=now", "from"],
    ["to=2026-11-21T00:00:00", "to"],
    ["groupBy=category", "groupBy"],
    ["groupBy=agent&groupBy=agent", "groupBy"],
    ["limit=1", "limit"],
    ["__proto__=1", "__proto__"],
  ],
};

for (const [slug, queries] of Object.entries(NONSENSE)) {
  Deno.test(`${slug} refuses a query that means nothing by the name of its key`, async () => {
    const { admin } = await newCast();
    for (const [query, field] of queries) {
      const paths = issuePaths(await call(slug, admin, { query }));
      assertEquals(paths.map((path) => path.split(".")[0]).includes(field), true, `${query}: ${paths}`);
    }
  });

  Deno.test(`${slug} answers GET and no other method, and reads no body`, async () => {
    const { admin } = await newCast();
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      refused(await call(slug, admin, { method, json: {} }), "method_not_allowed");
    }
    assertEquals((await call(slug, admin)).status, 200);
  });
}

Deno.test("a query in broken encoding is refused or read, never a fault", async () => {
  const { admin } = await newCast();
  for (const query of ["%ff", "%", "q=%ff%fe", "q=%e0%80", "q=%zz", "&&&", "?", "q=a+b%2Bc", "#limit=0"]) {
    const answer = await call("list-tasks", admin, { query });
    if (answer.status !== 200) refusedSomehow(answer);
  }
});

Deno.test("words to search for may be anything", async () => {
  const { admin, agent } = await newCast();
  const title = "Größe & <b>商品</b> don't";
  await call("create-task", agent, { json: aTask({ title }) });
  const createdBy = agent.id;
  for (
    const q of [
      "'",
      '"',
      "\\",
      "a & | ! ()",
      ":*",
      "' or true --",
      "%_",
      "<->",
      '"unclosed',
      "-",
      "🛒",
      "\u0001",
    ]
  ) {
    const { status, body } = await call("list-tasks", admin, { query: { q, createdBy } });
    assertEquals([status, typeof body.count], [200, "number"], q);
  }
  for (const q of ["größe", "GRÖßE 商品", "商品", '"don\'t"', "don't <größe>"]) {
    const { body } = await call("list-tasks", admin, { query: { q, createdBy } });
    assertEquals(body.tasks?.map((task) => task.title), [title], q);
  }
});

const encoded = (content: unknown) => btoa(JSON.stringify(content)).replaceAll("=", "");

Deno.test("made-up cursors are refused as cursors, whatever they hold", async () => {
  const { admin, agent } = await newCast();
  const whole = { sort: "created_at", order: "desc", total: 1 };
  const made = [
    ...["x", "start", "!!!", "e30", "bnVsbA", "W10", "MQ", "====", "%", "null", "\u0001", "é"],
    ...[{}, { ...whole, key: [] }, { ...whole, key: ["x", "y"] }, { ...whole, key: [[], {}] }].map(
      encoded,
    ),
    ...[{ ...whole, key: ["2026-11-21", "' or true --"] }, { ...whole, sort: "title", key: ["a"] }].map(
      encoded,
    ),
    encoded({ ...whole, total: "x", key: ["2026-11-21T00:00:00Z", "00000000-0000-4000-8000-000000000000"] }),
    encoded({ ...whole, key: ["2026-11-21T00:00:00Z", "1); drop table x; --"] }),
    encoded({ ...whole, total: 1e30, key: ["2026-11-21T00:00:00Z", "00000000-0000-4000-8000-000000000000"] }),
    encoded({ ...whole, total: 1.5, key: ["2026-11-21T00:00:00Z", "00000000-0000-4000-8000-000000000000"] }),
    encoded({ ...whole, total: 1, key: [{ a: 1 }, ["b"]] }),
    encoded({ ...whole, total: 1, key: ["99999999-11-21", "00000000-0000-4000-8000-000000000000"] }),
  ];
  for (const caller of [admin, agent]) {
    for (const cursor of made) {
      refused(await call("list-tasks", caller, { query: { cursor } }), "cursor_invalid");
    }
  }
  const feed = [
    ...made.filter((cursor) => cursor !== "start"),
    ...[{ xid: "0", number: 0, of: "another" }, { xid: "-1", number: 0 }, { xid: 1e30, number: "x" }].map(
      encoded,
    ),
  ];
  for (const since of feed) refused(await call("list-tasks", admin, { query: { since } }), "cursor_invalid");
});

Deno.test("a made-up cursor with an offset that no clock has is refused as a cursor", async () => {
  const { admin } = await newCast();
  const key = ["2026-11-21T00:00:00+99:99", "00000000-0000-4000-8000-000000000000"];
  const cursor = encoded({ sort: "created_at", order: "desc", total: 1, key });
  refused(await call("list-tasks", admin, { query: { cursor } }), "cursor_invalid");
});
