import { runCommand, withOperatorDatabase } from "./local/operator_database.ts";
import { disableSchedules, enableSchedules, scheduleRows } from "./local/schedules.ts";

const HELP = `Shows what pg_cron runs for Tradepost, and turns all of it on or off.

usage: deno task schedules [on|off]

  (nothing)   every schedule and when it runs next, in UTC; or off, inactive (deactivated in pg_cron),
              differs (pg_cron has another one by its name: on brings ours back)
  on          sets every schedule in pg_cron; repeating it changes nothing
  off         takes every schedule of ours out of pg_cron, and nobody else's

The database is the one of SUPABASE_DB_URL (as role postgres), else the running local stack's.
`;

await runCommand(async () => {
  const [command = "list", ...more] = Deno.args;
  if (command === "--help") return console.log(HELP);
  if (!["list", "on", "off"].includes(command) || more.length > 0) {
    throw new Error(`Expected on, off or nothing but found ${Deno.args.join(" ")}`);
  }
  const { said, rows } = await withOperatorDatabase(async (sql) => {
    const said = command === "on"
      ? `${await enableSchedules(sql)} schedules are on`
      : command === "off"
      ? `${await disableSchedules(sql)} schedules were turned off`
      : undefined;
    return { said, rows: await scheduleRows(sql) };
  });
  if (said !== undefined) console.log(said);
  console.table(rows);
});
