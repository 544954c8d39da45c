import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { reservePort } from "../../scripts/local/postgres/ports.ts";
import { serverAccount } from "../../scripts/local/postgres/server_account.ts";
import { failToStart, startProcess } from "../support/stack_process.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

function assertOneSentence(said: string, pattern: RegExp): void {
  assertMatch(said, pattern);
  assertEquals(said.split("\n").length, 1, said);
}

/** The first port that any account may take. */
async function unprivilegedPorts(): Promise<number> {
  const text = await Deno.readTextFile("/proc/sys/net/ipv4/ip_unprivileged_port_start").catch(() => "1024");
  return Number(text);
}

Deno.test("a taken port of the gateway is refused with one sentence that names it", async () => {
  await using folder = await temporaryFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { code, said } = await failToStart(folder.path, "--ephemeral", "--port", `${port}`, "--db-port", "0");
  assertEquals(code, 1);
  assertOneSentence(said, new RegExp(`^Port ${port} is taken; .*--port$`));
});

Deno.test("a taken port of Postgres is refused with one sentence that names it", async () => {
  await using folder = await temporaryFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const { code, said } = await failToStart(folder.path, "--ephemeral", "--port", "0", "--db-port", `${port}`);
  assertEquals(code, 1);
  assertOneSentence(said, new RegExp(`^Port ${port} is taken; .*--db-port$`));
});

Deno.test("a port the system keeps for others is refused with one sentence that names it", async () => {
  const listen = () => {
    throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
  };
  assertThrows(
    () => reservePort({ port: 80, option: "--port", listen }),
    Error,
    "Port 80 is kept for privileged programs; choose another with --port",
  );
  // As root: this process may take it, the account Postgres runs as may not.
  if (!await serverAccount() || await unprivilegedPorts() <= 81) return;
  await using folder = await temporaryFolder();
  const { code, said } = await failToStart(folder.path, "--ephemeral", "--port", "0", "--db-port", "81");
  assertEquals(code, 1);
  assertEquals(said, "Port 81 is kept for privileged programs; choose another with --db-port");
});

Deno.test("an ephemeral stack takes no data folder, and leaves the one that was named alone", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await Deno.mkdir(data);
  await Deno.writeTextFile(join(data, "mine.txt"), "mine");
  const { code, said } = await failToStart(folder.path, "--port", "0", "--ephemeral", "--data", data);
  assertEquals(code, 1);
  assertOneSentence(said, /^Expected --ephemeral or --data but found both: /);
  assertEquals(await Deno.readTextFile(join(data, "mine.txt")), "mine");
});

Deno.test("a folder with something else in it is refused with one sentence and left as it is", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await Deno.mkdir(data);
  await Deno.chmod(data, 0o755);
  await Deno.writeTextFile(join(data, "mine.txt"), "mine");
  const before = await Deno.stat(data);
  const { code, said } = await failToStart(folder.path, "--port", "0", "--data", data);
  assertEquals(code, 1);
  assertEquals(
    said,
    `Expected ${data} to be empty or a data folder of Tradepost but found mine.txt in it`,
  );
  const after = await Deno.stat(data);
  assertEquals([after.mode, after.uid, after.gid], [before.mode, before.uid, before.gid]);
  assertEquals((await Array.fromAsync(Deno.readDir(data))).map(({ name }) => name), ["mine.txt"]);
});

Deno.test("a data folder that cannot be written is refused with one sentence that names it", async () => {
  await using folder = await temporaryFolder();
  // A file in its place: not even root can write in it.
  const data = join(folder.path, "data");
  await Deno.writeTextFile(data, "");
  const { code, said } = await failToStart(folder.path, "--port", "0", "--data", join(data, "below"));
  assertEquals(code, 1);
  assertOneSentence(said, new RegExp(`^Expected to be able to write in the folder ${data}/below but found `));
});

Deno.test("a data folder in use is refused with one sentence that names the process", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const stack = await startProcess(folder.path, "--data", data);
  const { code, said } = await failToStart(folder.path, "--port", "0", "--data", data);
  assertEquals(await stack.end("SIGINT"), 0);
  assertEquals(code, 1);
  assertOneSentence(
    said,
    new RegExp(`^The data folder ${data} is in use by process ${stack.pid}; stop it or `),
  );
});

Deno.test("the lock file of a process that is gone is no obstacle", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const first = await startProcess(folder.path, "--data", data);
  await first.end("SIGINT");
  // The number of a living process that is no Postgres: ours.
  await Deno.writeTextFile(join(data, "postgres", "postmaster.pid"), `${Deno.pid}\n${data}/postgres\n`);
  const second = await startProcess(folder.path, "--data", data);
  assertEquals(second.info.users, first.info.users);
  assertEquals(await second.end("SIGINT"), 0);
});

Deno.test("an unknown option is refused with one sentence", async () => {
  await using folder = await temporaryFolder();
  const { code, said } = await failToStart(folder.path, "--prot", "1");
  assertEquals(code, 1);
  assertMatch(said, /--prot/);
});
