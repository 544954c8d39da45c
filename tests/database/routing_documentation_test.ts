import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { ROOT } from "../../scripts/local/stack_file.ts";
import { freshDatabase } from "../support/database.ts";

const DOCUMENTS = [["routing.md", 11], ["operations.md", 4]] as const;

for (const [name, least] of DOCUMENTS) {
  Deno.test(`every statement that docs/${name} gives an operator runs`, async () => {
    const text = await Deno.readTextFile(join(ROOT, "docs", name));
    const statements = [...text.matchAll(/^```sql\n([\s\S]*?)^```$/gm)]
      .flatMap(([, block]) => block!.replace(/--.*$/gm, "").split(";"))
      .map((statement) => statement.trim().replaceAll("<order id>", "00000000-0000-4000-8000-000000000000"))
      .filter((statement) => statement !== "");
    assertEquals(statements.length >= least, true);
    await using database = await freshDatabase();
    // Undone at the end: on a given stack the database is a real one.
    const undone = new Error("undone");
    const outcome = await database.sql.begin(async (sql) => {
      for (const statement of statements) await sql.unsafe(statement);
      throw undone;
    }).catch((error) => error);
    assertEquals(outcome, undone);
  });
}

Deno.test("docs/operations.md lists every schedule, when it runs, what it runs and how", async () => {
  const text = await Deno.readTextFile(join(ROOT, "docs", "operations.md"));
  const listed = [...text.matchAll(/^\| `([a-z-]+)` +\| `([^`]+)` +\| `([a-z_]+)` +\| (SQL|function) /gm)]
    .map(([, schedule = "", when = "", job = "", runsAs = ""]) => ({ schedule, when, job, runsAs }));
  await using database = await freshDatabase();
  // A function names its job itself.
  const rows = await database.sql<{ schedule: string; when: string; job: string | null; runsAs: string }[]>`
    select name as schedule, schedule as when, substring(command from $$_job\('([a-z_]+)'\)$$) as job,
      case when command like '%invoke_function%' then 'function' else 'SQL' end as "runsAs"
    from private.schedules`;
  const jobs = new Map(listed.map(({ schedule, job }) => [schedule, job]));
  const expected = rows.map((row) => ({ ...row, job: row.job ?? jobs.get(row.schedule) ?? "" }));
  const bySchedule = (one: { schedule: string }, other: { schedule: string }) =>
    one.schedule < other.schedule ? -1 : 1;
  assertEquals(listed.toSorted(bySchedule), expected.toSorted(bySchedule));
});
