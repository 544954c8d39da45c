import { assertEquals, assertNotEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { withConnection } from "../../scripts/local/connect.ts";
import { startCluster } from "../../scripts/local/postgres/cluster.ts";
import { serverPid } from "../../scripts/local/postgres/stale_server.ts";
import { present } from "../support/present.ts";
import { readStackFile, type StackInfo } from "../../scripts/local/stack_file.ts";
import { startProcess, untilGone } from "../support/stack_process.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

async function postgresPid(folder: string): Promise<number> {
  return present(await serverPid(join(folder, "data", "postgres")), "a running Postgres");
}

/** The folder an ephemeral stack made for itself, and the server in it. */
async function temporaryServer({ local }: StackInfo): Promise<{ data: string; server: number }> {
  const rows = await withConnection(
    present(local, "a stack of this machine").superuserUrl,
    (sql) => sql<{ folder: string }[]>`select current_setting('data_directory') as folder`,
  );
  const { folder } = present(rows[0], "a data directory");
  return { data: dirname(folder), server: present(await serverPid(folder), "a running Postgres") };
}

async function note(info: StackInfo, text: string): Promise<void> {
  await withConnection(info.dbUrl, async (sql) => {
    await sql`create table if not exists private.notes_of_a_test (text text primary key)`;
    await sql`insert into private.notes_of_a_test values (${text})`;
  });
}

async function notes(info: StackInfo): Promise<string[]> {
  const rows = await withConnection(
    info.dbUrl,
    (sql) => sql<{ text: string }[]>`select text from private.notes_of_a_test order by text`,
  );
  return rows.map(({ text }) => text);
}

Deno.test("a restart keeps data, keys, accounts and agents' tokens", async () => {
  await using folder = await temporaryFolder();
  const first = await startProcess(folder.path, "--data", join(folder.path, "data"));
  await note(first.info, "kept");
  const server = await postgresPid(folder.path);
  assertEquals(await first.end("SIGINT"), 0);
  await untilGone(server);
  assertEquals(await readStackFile(join(folder.path, "stack.json")), undefined);

  const second = await startProcess(folder.path, "--data", join(folder.path, "data"));
  assertEquals(await notes(second.info), ["kept"]);
  assertEquals(second.info.users, first.info.users);
  assertEquals(second.info.agentTokens, first.info.agentTokens);
  assertEquals(second.info.secretKeys, first.info.secretKeys);
  assertEquals(second.info.local?.signingKey, first.info.local?.signingKey);
  assertEquals(await second.end("SIGTERM"), 0);
});

Deno.test("kill -9 of the stack leaves no Postgres, and the next start finds the committed data", async () => {
  await using folder = await temporaryFolder();
  const killed = await startProcess(folder.path, "--data", join(folder.path, "data"));
  await note(killed.info, "committed");
  const server = await postgresPid(folder.path);
  assertEquals(await killed.end("SIGKILL"), 137);

  // Without waiting for the old server: the start does.
  const next = await startProcess(folder.path, "--data", join(folder.path, "data"));
  assertNotEquals(await postgresPid(folder.path), server);
  assertEquals(await notes(next.info), ["committed"]);
  const last = await postgresPid(folder.path);
  await next.end("SIGKILL");
  await untilGone(last);
});

Deno.test("kill -9 of an ephemeral stack leaves neither Postgres nor data", async () => {
  await using folder = await temporaryFolder();
  const stack = await startProcess(folder.path, "--ephemeral");
  const { data, server } = await temporaryServer(stack.info);
  await stack.end("SIGKILL");
  await untilGone(server);
  await untilEmpty(data);
});

Deno.test("a stack ends when the process it works for is killed", async () => {
  await using folder = await temporaryFolder();
  const parent = new Deno.Command("sleep", { args: ["600"] }).spawn();
  const stack = await startProcess(folder.path, "--ephemeral", "--parent-pid", `${parent.pid}`);
  const { server } = await temporaryServer(stack.info);
  parent.kill("SIGKILL");
  await parent.status;
  await untilGone(server);
  await untilGone(stack.pid);
});

Deno.test("a Postgres that is killed comes back under the same stack", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const cluster = await startCluster({ dataDir: data, durable: true });
  const url = cluster.url({ role: "supabase_admin", database: "postgres" });
  await withConnection(url, (sql) => sql`create table kept as select 1 as one`);
  const server = await postgresPid(folder.path);
  Deno.kill(server, "SIGKILL");
  await untilGone(server);
  assertEquals(await onceBack(() => withConnection(url, (sql) => sql`select one from kept`)), [{ one: 1 }]);
  assertNotEquals(await postgresPid(folder.path), server);
  await cluster.stop();
});

async function onceBack<T>(work: () => Promise<Iterable<T>>, withinMs = 15_000): Promise<T[]> {
  const deadline = Date.now() + withinMs;
  while (true) {
    try {
      return [...await work()];
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

async function untilEmpty(path: string, withinMs = 10_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const names = await Array.fromAsync(Deno.readDir(path)).catch(() => []);
    if (names.length === 0) return;
  }
  throw new Error(`Expected ${path} to be emptied but found files in it`);
}
