import { parseArgs } from "node:util";
import { runCommand } from "./local/operator_database.ts";
import { watchForStop } from "./local/until_stopped.ts";
import { startSandbox } from "./sandbox/mod.ts";

const HELP = `Serves the sandbox of the four grocery providers on 127.0.0.1 until Ctrl-C.

usage: deno task sandbox [options]

  --port <n>  port to serve on (54330); 0 takes any free one
  --help      print this

Its variables are printed as lines for a .env file. While it runs, its own addresses make it fail and tell what came:

  POST /_sandbox/faults         {"provider":"MEALME","endpoint":"finalize","fault":"lost_response","count":1,"cutAt":40}
  POST /_sandbox/delays         {"provider":"*","minMs":50,"maxMs":200,"seed":1}
  POST /_sandbox/prices         {"provider":"MEALME","factor":1.05}
  POST /_sandbox/quotas         {"provider":"KROGER_API","endpoint":"products","perDay":null}
  POST /_sandbox/orders         {"orderId":"…","status":"completed"}
  POST /_sandbox/shopper-token  {}
  POST /_sandbox/reset          {}
  GET  /_sandbox/calls?provider=MEALME&endpoint=finalize&settled=true
  GET  /_sandbox/orders
  GET  /_sandbox/faults
`;

const DEFAULT_PORT = 54330;

function readPort(text: string | undefined): number {
  if (text === undefined) return DEFAULT_PORT;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text);
  throw new Error(`Expected --port to be a port but found ${JSON.stringify(text)}`);
}

/** As a shell and a .env file both read it. */
function toLine([name, value]: [string, string]): string {
  return `${name}=${/^[\w:/.+@-]+$/.test(value) ? value : `'${value}'`}`;
}

await runCommand(async () => {
  const options = { port: { type: "string" }, help: { type: "boolean", default: false } } as const;
  const { values: flags } = parseArgs({ args: Deno.args, options });
  if (flags.help) return console.log(HELP);

  const request = watchForStop();
  const sandbox = await startSandbox({ port: readPort(flags.port) });
  console.log(`# The sandbox serves on ${sandbox.url}; Ctrl-C stops it`);
  console.log(Object.entries(sandbox.env).map(toLine).join("\n"));
  await request.made;
  await sandbox.stop();
});
