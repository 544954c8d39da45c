import { runCommand, withOperatorDatabase } from "./local/operator_database.ts";

const HELP = `Makes an admin of somebody who has signed up.

usage: deno task admin grant <email>

The database is the one of SUPABASE_DB_URL (as role postgres), else the running local stack's.
`;

await runCommand(async () => {
  const [command, email, ...more] = Deno.args;
  if (command === "--help" || command === undefined) return console.log(HELP);
  if (command !== "grant" || !email || more.length > 0) {
    throw new Error(`Expected grant <email> but found ${JSON.stringify(Deno.args.join(" "))}`);
  }
  await withOperatorDatabase((sql) => sql`select private.grant_admin(${email})`);
  console.log(`${email} is an admin now`);
});
