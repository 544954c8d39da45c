import { runCommand, withOperatorDatabase } from "./local/operator_database.ts";
import { replayStored } from "./replay/replay_stored.ts";

const HELP = `Makes every stored routing decision again and compares it with what was decided, bit for bit.

usage: deno task routing:replay

It prints how many were made again and the first that differs; the exit code is 0 only if none does. A release that changes
the score makes earlier decisions differ: replay before it, with the code that decided.

The database is the one of SUPABASE_DB_URL (as role postgres), else the running local stack's.
`;

await runCommand(async () => {
  const [argument] = Deno.args;
  if (argument === "--help" || argument === "-h") return console.log(HELP);
  if (argument !== undefined) throw new Error(`Expected no arguments but found ${JSON.stringify(argument)}`);

  const { decisions, candidates, differing, firstDifference } = await withOperatorDatabase(replayStored);
  console.log(`${decisions} decisions with ${candidates} candidates made again, ${differing} differ`);
  if (firstDifference === undefined) return;
  console.error(firstDifference);
  Deno.exitCode = 1;
});
