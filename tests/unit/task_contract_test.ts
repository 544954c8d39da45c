import { assertEquals } from "@std/assert";
import { validate } from "../../shared/http/validate.ts";
import { ApiError } from "../../shared/http/api_error.ts";
import { readQuery } from "../../shared/http/query.ts";
import { approve, createTask, listTasks } from "../../shared/tasks/contract.ts";
import type { z } from "zod";

const DRAFT = {
  marketplace: "amazon",
  title: "A title",
  description: "A description",
  category: "optimization",
  priority: "high",
  estimatedHours: 4,
};
const ID = "00000000-0000-4000-8000-000000000001";

/** Paths that a contract finds fault with. */
function faults(schema: z.ZodType, value: unknown): readonly string[] {
  try {
    validate(schema, value);
    return [];
  } catch (error) {
    if (!(error instanceof ApiError) || !Array.isArray(error.details.issues)) throw error;
    return error.details.issues.map(({ path }: { path: string }) => path);
  }
}

Deno.test("a draft needs its six fields and names each that is missing", () => {
  assertEquals(faults(createTask.request, DRAFT), []);
  assertEquals(faults(createTask.request, {}).toSorted(), Object.keys(DRAFT).toSorted());
});

Deno.test("each field of a draft is held to its limits", () => {
  const cases: readonly (readonly [string, unknown, unknown])[] = [
    ["title", "x".repeat(255), "x".repeat(256)],
    ["title", "🦊".repeat(255), "🦊".repeat(256)],
    ["title", "x", "   "],
    ["description", "x".repeat(5000), "x".repeat(5001)],
    ["marketplace", "kaway", "ebay"],
    ["category", "best-practice", "other"],
    ["priority", "low", "urgent"],
    ["estimatedHours", 10_000, 10_000.01],
    ["tags", Array(20).fill("x".repeat(50)), Array(21).fill("x")],
    ["metadata", { text: "x".repeat(16_000) }, { text: "x".repeat(17_000) }],
    ["metadata", {}, []],
    ["dueAt", "2027-01-01T00:00:00Z", "2027-01-01"],
    ["externalRef", "x".repeat(200), "x".repeat(201)],
    ["createdBy", "marketplace-amazon", 7],
  ];
  for (const [field, good, bad] of cases) {
    assertEquals(faults(createTask.request, { ...DRAFT, [field]: good }), []);
    assertEquals(faults(createTask.request, { ...DRAFT, [field]: bad }), [field]);
  }
  assertEquals(faults(createTask.request, { ...DRAFT, tags: ["x".repeat(51)] }), ["tags.0"]);
  assertEquals(faults(createTask.request, { ...DRAFT, status: "approved" }), ["status"]);
});

Deno.test("a batch is judged as a batch, its items one by one elsewhere", () => {
  const batch = (tasks: unknown, mode: unknown = "partial") => faults(createTask.request, { tasks, mode });
  assertEquals(batch([DRAFT]), []);
  assertEquals(batch([DRAFT, { title: 7, unknown: true }]), []);
  assertEquals(batch(Array(1000).fill(DRAFT)), []);
  assertEquals(batch(Array(1001).fill(DRAFT)), ["tasks"]);
  assertEquals(batch([]), ["tasks"]);
  assertEquals(batch(["a task", 5, null]), []);
  assertEquals(batch([DRAFT], "maybe"), ["mode"]);
  assertEquals(faults(createTask.request, { tasks: [DRAFT] }), []);
});

Deno.test("a decision names tasks or a filter, not both and not neither", () => {
  const body = { approved: true };
  assertEquals(faults(approve.request, { ...body, taskIds: [ID] }), []);
  assertEquals(faults(approve.request, { ...body, filter: { priority: ["high", "low"], tag: "seo" } }), []);
  assertEquals(faults(approve.request, body), ["taskIds"]);
  assertEquals(faults(approve.request, { ...body, taskIds: [ID], filter: {} }), ["taskIds"]);
  assertEquals(faults(approve.request, { ...body, filter: { priority: ["high", "urgent"] } }), [
    "filter.priority.1",
  ]);
  assertEquals(faults(approve.request, { ...body, filter: { priority: "urgent" } }), ["filter.priority"]);
  assertEquals(faults(approve.request, { ...body, taskIds: [] }), ["taskIds"]);
  assertEquals(faults(approve.request, { ...body, taskIds: Array(101).fill(ID) }), ["taskIds"]);
  assertEquals(faults(approve.request, { taskIds: [ID], approved: "yes" }), ["approved"]);
  assertEquals(faults(approve.request, { ...body, taskIds: [ID], options: { force: true } }), [
    "options.force",
  ]);
});

Deno.test("a decision's expected versions are ids and whole numbers", () => {
  const versions = (expectedVersions: unknown) =>
    faults(approve.request, { taskIds: [ID], approved: true, options: { expectedVersions } }).length;
  assertEquals(versions({ [ID]: 2 }), 0);
  for (const bad of [{ x: 2 }, { [ID]: 0 }, { [ID]: "2" }, { [ID]: 1.5 }]) assertEquals(versions(bad), 1);
});

Deno.test("a list's query is read as it is meant", () => {
  const url =
    "http://x/list-tasks?status=pending,approved&priority=high&priority=low&limit=20&offset=0&sort=createdAt";
  assertEquals(validate(listTasks.request, readQuery(url)), {
    status: ["pending", "approved"],
    priority: ["high", "low"],
    limit: 20,
    offset: 0,
    sort: "created_at",
  });
});

Deno.test("a list's query beyond its limits is refused by name", () => {
  const cases = [
    "limit=0",
    "limit=101",
    "limit=ten",
    "offset=-1",
    "sort=title",
    "order=up",
    "status=done",
    "page=2",
  ];
  for (const query of cases) {
    const [name = ""] = query.split("=");
    assertEquals(faults(listTasks.request, readQuery(`http://x/?${query}`)), [
      name === "status" ? "status.0" : name,
    ]);
  }
  assertEquals(faults(listTasks.request, readQuery("http://x/?limit=1&limit=2")), ["limit"]);
  assertEquals(faults(listTasks.request, readQuery("http://x/?q=%00")), ["q"]);
});
