import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
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

/**
 * A refused call fails the block, as `set -e` and curl's exit code see it. How fast the load test is, on a machine that
 * runs other tests beside it, is no matter here: its books must be right.
 */
const PRELUDE = `set -euo pipefail
deno() {
  case "$*" in *biddingLoadTest.ts*) set -- "$@" --p95 60000 ;; esac
  "$DENO" "$@"
}
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
  assertStringIncludes(said, '"maxAmountCents":380000');
  assertStringIncludes(said, '{"ok": true, "firstDifference": null}');
  assertStringIncludes(said, '"paymentStatus": "processing"');
  assertStringIncludes(said, '"status":"placed"');
  assertStringIncludes(said, "made again, 0 differ");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("every TypeScript block runs pasted as it is", async () => {
  const { env, folder } = await environment();
  const snippets = (await blocks()).filter(({ language, use }) => language === "ts" && use === "run");
  const setup =
    `${PRELUDE}eval "$(deno task --quiet env)"; deno run --allow-all --config deno.json "$SNIPPET"`;
  const said: string[] = [];
  for (const { code } of snippets) {
    const snippet = join(folder, "snippet.ts");
    await Deno.writeTextFile(snippet, code.replaceAll('"./shared/', `"file://${ROOT}/shared/`));
    said.push(await run("bash", ["-c", setup], { ...env, SNIPPET: snippet }));
  }
  assertEquals(said.length, 3);
  assertStringIncludes(said[0]!, "heard");
  assertStringIncludes(said[0]!, "awaiting_approval");
  assertStringIncludes(said[1]!, "event 3 bid_placed 283500 Bob");
  assertStringIncludes(said[1]!, "ended: session_closed");
  assertStringIncludes(said[2]!, "handed_off http");
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

/** The anchors that the headings of a document have, as GitHub makes them. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)]
    .map(([, heading = ""]) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
}

for (
  const path of [
    "README.md",
    "CHANGELOG.md",
    "docs/routing.md",
    "docs/operations.md",
    "docs/earlier_names.md",
  ]
) {
  Deno.test(`every link in ${path} leads somewhere`, async () => {
    const file = join(ROOT, path);
    const text = await Deno.readTextFile(file);
    for (const [, target = "", anchor] of text.matchAll(/\]\((?!http)([^)#]*)(?:#([^)]+))?\)/g)) {
      const there = target === "" ? file : join(dirname(file), target);
      await Deno.stat(there);
      if (anchor === undefined) continue;
      assertEquals(anchorsOf(await Deno.readTextFile(there)).includes(anchor), true, `${target}#${anchor}`);
    }
  });
}

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
