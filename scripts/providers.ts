import { PROVIDER_IDS, type ProviderId } from "../shared/routing/provider_id.ts";
import { runCommand, withOperatorDatabase } from "./local/operator_database.ts";
import { providerRows, setTakenOut } from "./local/providers.ts";

const HELP = `Shows how the four grocery providers stand, and takes one of them out or lets it in again.

usage: deno task providers [out|in <provider>]

  (nothing)        circuit, calls of today (UTC) of those a day has, and whether it was taken out
  out <provider>   no route asks it from the next one on, and its open offers are refused
  in <provider>    lets it in again; its circuit stays as it is

Providers: ${PROVIDER_IDS.join(", ")}. The database is the one of SUPABASE_DB_URL (as role postgres), else
the running local stack's.
`;

/** The provider of that name. */
function named(name = "nothing"): ProviderId {
  const id = PROVIDER_IDS.find((known) => known === name);
  if (id !== undefined) return id;
  throw new Error(`Expected one of ${PROVIDER_IDS.join(", ")} but found ${name}`);
}

await runCommand(async () => {
  const [command = "list", name, ...more] = Deno.args;
  if (command === "--help") return console.log(HELP);
  if (!["list", "out", "in"].includes(command)) {
    throw new Error(`Expected out, in or nothing but found ${command}`);
  }
  if (more.length > 0) throw new Error(`Expected one provider but found ${[name, ...more].join(" ")}`);
  if (command === "list" && name !== undefined) {
    throw new Error(`Expected nothing after list but found ${name}`);
  }
  const provider = command === "list" ? undefined : named(name);
  const rows = await withOperatorDatabase(async (sql) => {
    if (provider !== undefined) await setTakenOut(sql, provider, command === "out");
    return await providerRows(sql);
  });
  if (provider !== undefined) console.log(`${provider} is ${command === "out" ? "taken out" : "let in"}`);
  console.table(rows);
});
