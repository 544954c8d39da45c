import { parseArgs } from "node:util";
import { agentTokenRows, importTokens, issueToken, revokeTokens, rotateToken } from "./local/agent_tokens.ts";
import { runCommand, withOperatorDatabase } from "./local/operator_database.ts";

const HELP = `Issues and withdraws the tokens of agents.

usage: deno task agents <command>

  issue <agent> [--expires 90d]       prints a new token; it is shown this once
  rotate <agent> [--overlap 24h]      prints a new token; the older ones hold on for the overlap
  revoke <agent> [--token-id <id>]    ends one token, or all of the agent's, at once
  list                                every token, without the token itself
  import                              takes over MARKETPLACE_<X>_TOKEN from the environment

Durations are a number and m, h or d. The database is the one of SUPABASE_DB_URL (as role postgres), else the
running local stack's.
`;

await runCommand(async () => {
  const { values: flags, positionals: [command, agent, ...more] } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      "expires": { type: "string" },
      "overlap": { type: "string" },
      "token-id": { type: "string" },
      "help": { type: "boolean", default: false },
    },
  });
  if (flags.help || command === undefined) return console.log(HELP);
  if (more.length > 0) throw new Error(`Expected one agent but found ${[agent, ...more].join(" ")}`);

  switch (command) {
    case "issue":
      return console.log(
        await withOperatorDatabase((sql) => issueToken(sql, required(agent), flags.expires)),
      );
    case "rotate":
      return console.log(
        await withOperatorDatabase((sql) => rotateToken(sql, required(agent), flags.overlap)),
      );
    case "revoke": {
      const count = await withOperatorDatabase((sql) =>
        revokeTokens(sql, required(agent), flags["token-id"])
      );
      return console.log(`${count} token${count === 1 ? "" : "s"} of ${agent} revoked`);
    }
    case "list":
      return console.table(await withOperatorDatabase(agentTokenRows));
    case "import":
      return report(await withOperatorDatabase((sql) => importTokens(sql, Deno.env.toObject())));
    default:
      throw new Error(`Expected issue, rotate, revoke, list or import but found ${command}`);
  }
});

function required(agent: string | undefined): string {
  if (agent) return agent;
  throw new Error("Expected the name of an agent but found none; see deno task agents list");
}

function report(imported: Record<string, "imported" | "known">): void {
  for (const [agent, outcome] of Object.entries(imported)) {
    console.log(`${agent}: ${outcome === "imported" ? "token imported" : "token already known"}`);
  }
}
