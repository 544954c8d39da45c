import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { failToStart, startProcess } from "../support/stack_process.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

function assertOneSentence(said: string, pattern: RegExp): void {
  assertMatch(said, pattern);
  assertEquals(said.split("\n").length, 1, said);
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
  assertOneSentence(said, new RegExp(`^Port ${port} is taken; `));
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
