import { assertEquals, assertMatch, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { withConnection } from "../../scripts/local/connect.ts";
import { readStackFile, type StackInfo, writeStackFile } from "../../scripts/local/stack_file.ts";
import { stack } from "../support/stack.ts";
import { startProcess } from "../support/stack_process.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { runScript } from "./script_process.ts";

/** A file that says what a command is to work on. */
async function stackFileOf(folder: string, info: StackInfo): Promise<{ TRADEPOST_STACK_FILE: string }> {
  const file = join(folder, "stack.json");
  await writeStackFile(info, file);
  return { TRADEPOST_STACK_FILE: file };
}

function exported(said: string): Record<string, string> {
  const lines = [...said.matchAll(/^export (\w+)='([^']*)'$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name, value]));
}

async function newAgent(info: StackInfo): Promise<string> {
  const id = `commands-${crypto.randomUUID().slice(0, 8)}`;
  await withConnection(
    info.dbUrl,
    (sql) =>
      sql`insert into public.agents (id, marketplace, auto_submit, daily_quota) values (${id}, 'amazon', true, 10)`,
  );
  return id;
}

async function listTasks(info: StackInfo, token: string | undefined): Promise<number> {
  const response = await fetch(`${info.apiUrl}/functions/v1/list-tasks`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("admin, agents and env work on the stack TRADEPOST_STACK_FILE names, agents first on SUPABASE_DB_URL", async () => {
  await using folder = await temporaryFolder();
  const info = await stack();
  const env = await stackFileOf(folder.path, info);
  const agent = await newAgent(info);

  const issued = await runScript("agents.ts", ["issue", agent], env);
  assertMatch(issued.said, new RegExp(`^agt_${agent}_`));
  assertEquals(await listTasks(info, issued.said), 200);
  const granted = await runScript("admin.ts", ["grant", info.users.admin.email], env);
  assertEquals(granted, { code: 0, said: `${info.users.admin.email} is an admin now` });
  const { API_URL, DB_URL, SUPABASE_DB_URL } = exported((await runScript("env.ts", [], env)).said);
  assertEquals([API_URL, DB_URL, SUPABASE_DB_URL], [info.apiUrl, info.dbUrl, info.dbUrl]);

  const elsewhere = { ...env, SUPABASE_DB_URL: "postgresql://postgres@127.0.0.1:1/postgres" };
  assertMatch((await runScript("agents.ts", ["list"], elsewhere)).said, /127\.0\.0\.1:1/);
});

Deno.test("the file of a stack that was killed counts for nothing: no stack is running", async () => {
  await using folder = await temporaryFolder();
  const killed = await startProcess(folder.path, "--ephemeral");
  await killed.end("SIGKILL");
  const file = join(folder.path, "stack.json");
  assertNotEquals(await readStackFile(file), undefined);
  const commands = [["env.ts"], ["admin.ts", "grant", "a@b.test"], ["agents.ts", "list"]] as const;
  for (const [name, ...args] of commands) {
    assertEquals(await runScript(name, args, { TRADEPOST_STACK_FILE: file }), {
      code: 1,
      said: `No stack is running (that of ${file} has ended); run deno task start`,
    });
  }
  await Deno.remove(file);
  assertEquals(
    (await runScript("env.ts", [], { TRADEPOST_STACK_FILE: file })).said,
    `No stack is running (none has written ${file}); run deno task start`,
  );
});

Deno.test("env gives a token that works, also after the one it gave before was revoked", async () => {
  await using folder = await temporaryFolder();
  await using own = await ownStack(folder.path);
  const { info, env } = own;
  const before = exported((await runScript("env.ts", [], env)).said);
  assertEquals(await listTasks(info, before.AGENT_TOKEN), 200);
  await runScript("agents.ts", ["revoke", "marketplace-amazon"], env);
  assertEquals(await listTasks(info, before.AGENT_TOKEN), 401);

  const after = exported((await runScript("env.ts", [], env)).said);
  assertEquals(await listTasks(info, after.AGENT_TOKEN), 200);
  // kept: not one more with every call
  assertEquals(exported((await runScript("env.ts", [], env)).said).AGENT_TOKEN, after.AGENT_TOKEN);
});

Deno.test("the demo says how it is used and refuses what it does not know", async () => {
  const help = await runScript("demo.ts", ["--help"]);
  assertEquals(help.code, 0);
  assertStringIncludes(help.said, "usage: deno task demo");
  assertEquals(await runScript("demo.ts", ["--quick"]), {
    code: 1,
    said: 'Expected no arguments but found "--quick"',
  });
});

Deno.test("the demo runs on a stack of its own although a shell knows a database's address", async () => {
  const env = { SUPABASE_DB_URL: "postgresql://postgres@127.0.0.1:1/postgres" };
  const { code, said } = await runScript("demo.ts", [], env);
  assertEquals(code, 0, said);
  assertStringIncludes(said, "on an own stack");
});

/** A stack whose agents nobody else calls by. */
async function ownStack(folder: string) {
  const process = await startProcess(folder, "--ephemeral");
  return {
    info: process.info,
    env: { TRADEPOST_STACK_FILE: join(folder, "stack.json") },
    [Symbol.asyncDispose]: async () => void await process.end("SIGINT"),
  };
}
