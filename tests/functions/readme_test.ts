import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { stack } from "../support/stack.ts";
import { ROOT, writeStackFile } from "../../scripts/local/stack_file.ts";

interface Block {
  readonly language: string;
  /** What the info string says is done with it: run, background, hosted, checks; empty for the two commands. */
  readonly use: string;
  readonly code: string;
}

async function blocks(): Promise<Block[]> {
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  return [...readme.matchAll(/^```(sh|ts) ?(\w*)\n([\s\S]*?)^```$/gm)]
    .map(([, language, use, code]) => ({ language: language!, use: use!, code: code! }));
}

/** A refused call fails the block, as `set -e` and curl's exit code see it. */
const PRELUDE = `set -euo pipefail
deno() { "$DENO" "$@"; }
curl() { command curl --fail-with-body "$@"; }
`;

/** What a reader's shell has once he has started a stack. */
async function environment(): Promise<{ env: Record<string, string>; folder: string }> {
  const info = await stack();
  const folder = await Deno.makeTempDir();
  const file = join(folder, "stack.json");
  await writeStackFile(info, file);
  return {
    folder,
    env: { TRADEPOST_STACK_FILE: file, SUPABASE_DB_URL: info.dbUrl, DENO: Deno.execPath(), NO_COLOR: "1" },
  };
}

async function run(program: string, args: string[], env: Record<string, string>): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, env, cwd: ROOT }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(success, true, said);
  return said;
}

Deno.test("every shell block a reader is told to run works, one after the other", async () => {
  const { env, folder } = await environment();
  const code = (await blocks()).filter(({ language, use }) => language === "sh" && use === "run");
  assertEquals(code.length >= 7, true);
  const said = await run("bash", ["-c", PRELUDE + code.map((block) => block.code).join("\n")], env);
  assertStringIncludes(said, '"outcome":"created"');
  assertStringIncludes(said, '"accuracy":88');
  assertStringIncludes(said, "agt_marketplace-amazon_");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("every TypeScript block runs pasted as it is", async () => {
  const { env, folder } = await environment();
  const [block] = (await blocks()).filter(({ language, use }) => language === "ts" && use === "run");
  const setup =
    `${PRELUDE}eval "$(deno task --quiet env)"; deno run --allow-all --config deno.json "$SNIPPET"`;
  const snippet = join(folder, "snippet.ts");
  await Deno.writeTextFile(snippet, block!.code.replaceAll('"./shared/', `"file://${ROOT}/shared/`));
  const said = await run("bash", ["-c", setup], { ...env, SNIPPET: snippet });
  assertStringIncludes(said, "heard");
  assertStringIncludes(said, "awaiting_approval");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("every task the README names is one of deno.json's", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  const named = [...readme.matchAll(/(?:deno|deno@2\.9\.6) task (?:--quiet )?([a-z:]+)/g)].map(([, name]) =>
    name!
  );
  assertEquals(named.length >= 10, true);
  assertEquals(named.filter((name) => !(name in tasks)), []);
});

Deno.test("every link in the README leads somewhere", async () => {
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  for (const [, path] of readme.matchAll(/\]\(((?!http)[^)]+)\)/g)) {
    await Deno.stat(join(ROOT, path!));
  }
});

Deno.test("the Supabase CLI knows every command and flag of the deployment", async () => {
  const lines = (await blocks()).filter(({ use }) => use === "hosted").flatMap(({ code }) => code.split("\n"))
    .filter((line) => line.startsWith("npx supabase@"));
  assertEquals(lines.length >= 4, true);
  for (const line of lines) {
    const words = line.split(/\s+#/)[0]!.trim().split(/\s+/).slice(2);
    const command = words.filter((word) => /^[a-z]+$/.test(word));
    const help = await run("npx", ["-y", "supabase@3.1.0", ...command, "--help"], {
      SUPABASE_TELEMETRY_DISABLED: "1",
    });
    for (const flag of words.filter((word) => word.startsWith("--"))) assertStringIncludes(help, flag);
  }
});
