import { resolve } from "@std/path";
import { parseArgs } from "node:util";
import { runCommand } from "./local/operator_database.ts";
import { DEFAULT_DATA_FOLDER, type RunningStack, type StackOptions, startStack } from "./local/stack.ts";
import { removeStackFile, STACK_FILE, writeStackFile } from "./local/stack_file.ts";
import { type StopRequest, watchForStop } from "./local/until_stopped.ts";

const HELP = `Starts Tradepost's local stack and serves it until Ctrl-C.

usage: deno task start [options]

  --port <n>        port of the gateway (54321); 0 takes any free one
  --db-port <n>     port of Postgres (the gateway's plus one)
  --data <dir>      folder that keeps the data (.tradepost/data)
  --ephemeral       keep nothing: faster, and all data is gone at the end; not with --data
  --stack-file <f>  where to write addresses, keys and accounts (.tradepost/stack.json)
  --parent-pid <n>  stop when this process ends
  --quiet           print nothing
  --help            print this

environment: POSTGRES_BIN, a folder with the programs of a Postgres to use in place of the embedded one
`;

/** Reads the command line; a wrong option is an error that names it. */
function readOptions(args: string[]) {
  const { values: flags } = parseArgs({
    args,
    options: {
      "port": { type: "string" },
      "db-port": { type: "string" },
      "data": { type: "string" },
      "stack-file": { type: "string" },
      "parent-pid": { type: "string" },
      "ephemeral": { type: "boolean", default: false },
      "quiet": { type: "boolean", default: false },
      "help": { type: "boolean", default: false },
    },
  });
  const binDir = Deno.env.get("POSTGRES_BIN");
  const port = number("--port", flags.port);
  const dbPort = number("--db-port", flags["db-port"]);
  const stack: StackOptions = {
    ephemeral: flags.ephemeral,
    ...(port === undefined ? {} : { port }),
    ...(dbPort === undefined ? {} : { dbPort }),
    ...(flags.data ? { dataDir: resolve(flags.data) } : {}),
    ...(binDir ? { binDir } : {}),
  };
  return {
    stack,
    help: flags.help,
    quiet: flags.quiet,
    stackFile: flags["stack-file"] ? resolve(flags["stack-file"]) : STACK_FILE,
    parentPid: number("--parent-pid", flags["parent-pid"]),
  };
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new Error(`Expected ${name} to be a number but found ${JSON.stringify(text)}`);
}

function describe({ info, dataFolder }: RunningStack, { ephemeral, dataDir }: StackOptions): string {
  const { apiUrl, dbUrl, publishableKey, secretKeys, sandboxUrl, agentTokens, users } = info;
  const isWhereWanted = ephemeral || dataFolder === (dataDir ?? DEFAULT_DATA_FOLDER);
  return [
    `API             ${apiUrl}`,
    `Database        ${dbUrl}`,
    ...(sandboxUrl === undefined ? [] : [`Sandbox         ${sandboxUrl} (the grocery providers)`]),
    ...(isWhereWanted ? [] : [`Data            ${dataFolder}`]),
    `Publishable key ${publishableKey}`,
    ...Object.entries(secretKeys).map(([name, key]) => `Secret key      ${key} (${name})`),
    ...Object.entries(users).map(([name, user]) => `${name.padEnd(15)} ${user.email} ${user.password}`),
    ...Object.entries(agentTokens).map(([id, token]) => `${id.padEnd(24)} ${token}`),
  ].join("\n");
}

/** Starts the stack; `undefined` where that was interrupted. */
async function startUninterrupted(
  options: StackOptions,
  request: StopRequest,
): Promise<RunningStack | undefined> {
  try {
    const stack = await startStack(options);
    if (request.exitCode === undefined) return stack;
    await stack.stop();
  } catch (error) {
    // Ctrl-C reaches the programs the start runs as well: their failure says nothing
    if (request.exitCode === undefined) throw error;
  }
  Deno.exitCode = request.exitCode;
  return undefined;
}

await runCommand(async () => {
  const began = performance.now();
  const options = readOptions(Deno.args);
  if (options.help) return console.log(HELP);

  // Asked before the start: Ctrl-C while Postgres comes up must stop it as well.
  const request = watchForStop(options.parentPid);
  const stack = await startUninterrupted(options.stack, request);
  if (!stack) return;
  await writeStackFile(stack.info, options.stackFile);
  if (!options.quiet) {
    console.log(describe(stack, options.stack));
    console.log(`\nReady after ${((performance.now() - began) / 1000).toFixed(1)} s; Ctrl-C stops it.`);
  }
  await request.made;
  await removeStackFile(options.stackFile);
  await stack.stop();
});
