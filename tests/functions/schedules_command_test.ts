/** `deno task schedules` against databases of its own: the stack under test keeps running its jobs. */
import { assertEquals, assertMatch } from "@std/assert";
import { scheduleRows } from "../../scripts/local/schedules.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { operate, type Said } from "../support/operator.ts";

/** `deno task schedules …` on a database; its lines, where it ended well. */
async function schedules({ url }: FreshDatabase, ...words: readonly string[]): Promise<readonly string[]> {
  const said = await operate(["schedules", ...words], { SUPABASE_DB_URL: url });
  assertEquals(said.code, 0, said.error);
  return said.out.split("\n");
}

/** Name and next run of each line of a printed table. */
function printed(lines: readonly string[]): readonly (readonly [name: string, next: string])[] {
  const cells = lines.map((line) => line.split("│").map((cell) => cell.trim()));
  return cells.filter(([, index = ""]) => /^\d+$/.test(index)).map((
    row,
  ) => [unquoted(row[2]), unquoted(row[5])]);
}

function unquoted(cell = ""): string {
  return cell.replace(/^"|"$/g, "");
}

async function cronJobs({ sql }: FreshDatabase): Promise<readonly string[]> {
  const rows = await sql<
    { name: string }[]
  >`select jobname as name from cron.job order by jobname collate "C"`;
  return rows.map(({ name }) => name);
}

Deno.test("every schedule is listed with the moment it runs next, in UTC", async () => {
  await using database = await freshDatabase();
  const rows = printed(await schedules(database));
  assertEquals(rows.map(([name]) => name), await cronJobs(database));
  for (const [name, next] of rows) {
    assertMatch(next, /^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/, name);
    assertEquals(Date.parse(next) > Date.now() - 60_000, true, `${name} ${next}`);
  }
});

Deno.test("the next run is the one that the five fields say", async () => {
  await using database = await freshDatabase();
  const rows = await scheduleRows(database.sql, new Date("2026-11-21T23:58:30Z"));
  const next = Object.fromEntries(rows.map((row) => [row.name, row.next]));
  assertEquals(next["close-due-sessions"], "2026-11-21T23:59:00Z");
  assertEquals(next["cleanup-expired-bidding-sessions"], "2026-11-22T00:00:00Z");
  assertEquals(next["archive-old-sessions"], "2026-11-22T02:00:00Z");
});

Deno.test("off takes ours out of pg_cron and nobody else's, on brings them back, and both may be said twice", async () => {
  await using database = await freshDatabase();
  const before = await cronJobs(database);
  await database.sql`select cron.schedule('somebody-elses', '1 2 3 4 5', 'select 1')`;
  for (const count of [before.length, 0]) {
    const lines = await schedules(database, "off");
    assertEquals(lines[0], `${count} schedules were turned off`);
    assertEquals(printed(lines), before.map((name) => [name, "off"]));
    assertEquals(await cronJobs(database), ["somebody-elses"]);
  }
  await database.sql`select cron.unschedule('somebody-elses')`;
  for (let times = 0; times < 2; times++) {
    const lines = await schedules(database, "on");
    assertEquals(lines[0], `${before.length} schedules are on`);
    assertEquals(printed(lines).filter(([, next]) => next.endsWith("Z")).length, before.length);
    assertEquals(await cronJobs(database), before);
  }
});

Deno.test("a schedule that was deactivated or changed in pg_cron is told from one that runs", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`select cron.alter_job(jobid, active => false) from cron.job where jobname = 'archive-tasks'`;
  await sql`select cron.schedule('close-due-sessions', '7 7 * * *', 'select 1')`;
  await sql`select cron.unschedule('purge-expired')`;
  const states = (rows: readonly (readonly [string, string])[]) =>
    rows.filter(([, next]) => !next.endsWith("Z"));
  assertEquals(states(printed(await schedules(database))), [
    ["archive-tasks", "inactive"],
    ["close-due-sessions", "differs"],
    ["purge-expired", "off"],
  ]);
  // What an operator deactivated by hand stays so: on sets what is set, and wakes nothing.
  assertEquals(states(printed(await schedules(database, "on"))), [["archive-tasks", "inactive"]]);
});

Deno.test("what cannot be done is refused with one sentence, and nothing changes", async () => {
  await using database = await freshDatabase();
  const before = await cronJobs(database);
  const wrong = [["of"], ["ON"], ["on", "off"], ["off", "close-due-sessions"]];
  const said: readonly Said[] = await Promise.all(
    wrong.map((words) => operate(["schedules", ...words], { SUPABASE_DB_URL: database.url })),
  );
  const found = said.map(({ code, out, error }) => [code, out, error]);
  assertEquals(
    found,
    wrong.map((words) => [1, "", `Expected on, off or nothing but found ${words.join(" ")}`]),
  );
  assertEquals(await cronJobs(database), before);
  assertMatch((await operate(["schedules", "--help"])).out, /usage: deno task schedules \[on\|off\]/);
});
