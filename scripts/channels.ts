import { parseArgs } from "node:util";
import { parseAllowedHosts } from "../shared/http/env.ts";
import {
  activateChannel,
  addChannel,
  channelRows,
  deadDeliveryRows,
  removeChannel,
  resend,
  rotateSecret,
} from "./local/delivery_channels.ts";
import { runCommand, withOperatorDatabase } from "./local/operator_database.ts";

const HELP = `Manages where notifications go outside: webhooks, Slack channels and mailboxes.

usage: deno task channels <command>

  list                                  every channel, without secrets
  add webhook|slack|email <target>      adds the operators' own, or with --for <e-mail> somebody's;
                                        --events a,b sends those events alone
  remove <channel>                      with all that was still waiting for it
  rotate <channel>                      prints a new signing secret; the old one signs beside it for 24 h
  activate <channel>                    sends again through one whose receiver had answered 410 Gone
  dead                                  deliveries that were given up, and why
  resend <delivery>|--all               sends one that has ended, or all that are dead, once more

A webhook's signing secret (Standard Webhooks, whsec_…) is printed this once, when it is made. Targets are https on port
443, but for hosts of DELIVERY_ALLOWED_HOSTS. The database is the one of SUPABASE_DB_URL (as role postgres), else the
running local stack's.
`;

await runCommand(async () => {
  const { values: flags, positionals: [command, ...names] } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      "for": { type: "string" },
      "events": { type: "string" },
      "all": { type: "boolean", default: false },
      "help": { type: "boolean", default: false },
    },
  });
  if (flags.help || command === undefined) return console.log(HELP);

  switch (command) {
    case "list":
      return console.table(await withOperatorDatabase(channelRows));
    case "add": {
      const [kind, target] = exactly(2, names, "a kind and a target");
      const allowedHosts = parseAllowedHosts(Deno.env.get("DELIVERY_ALLOWED_HOSTS"));
      const events = flags.events?.split(",").map((event) => event.trim());
      const owner = flags.for;
      return report(
        await withOperatorDatabase((sql) => addChannel(sql, { kind, target, owner, events, allowedHosts })),
      );
    }
    case "remove": {
      const [channel] = exactly(1, names, "a channel");
      const waiting = await withOperatorDatabase((sql) => removeChannel(sql, channel));
      return console.log(`Channel removed; ${waiting} waiting for it will not be sent`);
    }
    case "rotate": {
      const [channel] = exactly(1, names, "a channel");
      return console.log(await withOperatorDatabase((sql) => rotateSecret(sql, channel)));
    }
    case "activate": {
      const [channel] = exactly(1, names, "a channel");
      await withOperatorDatabase((sql) => activateChannel(sql, channel));
      return console.log("Channel active");
    }
    case "dead":
      return console.table(await withOperatorDatabase(deadDeliveryRows));
    case "resend": {
      const [delivery] = flags.all ? [undefined] : exactly(1, names, "a delivery or --all");
      return console.log(`${await withOperatorDatabase((sql) => resend(sql, delivery))} to be sent again`);
    }
    default:
      throw new Error(
        `Expected list, add, remove, rotate, activate, dead or resend but found ${command}`,
      );
  }
});

function exactly(count: 1, found: readonly string[], expected: string): [string];
function exactly(count: 2, found: readonly string[], expected: string): [string, string];
function exactly(count: number, found: readonly string[], expected: string): string[] {
  if (found.length === count) return [...found];
  throw new Error(
    `Expected ${expected} but found ${found.join(" ") || "nothing"}; see deno task channels --help`,
  );
}

function report({ channelId, secret }: { readonly channelId: string; readonly secret: string | null }): void {
  console.log(`channel ${channelId}`);
  if (secret !== null) console.log(`secret  ${secret}`);
}
