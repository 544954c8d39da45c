import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { withConnection } from "../../scripts/local/connect.ts";
import { embeddedPackage } from "../../scripts/local/postgres/binaries.ts";
import { cacheBinaries, hasAllFiles } from "../../scripts/local/postgres/binary_cache.ts";
import { type Cluster, startCluster } from "../../scripts/local/postgres/cluster.ts";
import { canEnter } from "../../scripts/local/postgres/folders.ts";
import { serverAccount } from "../../scripts/local/postgres/server_account.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { startScript } from "./script_process.ts";

const superuser = (cluster: Cluster) => cluster.url({ role: "supabase_admin", database: "postgres" });

Deno.test("data is kept although only the stack's own user may enter the folder it is wanted in", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o700);
  const dataDir = join(folder.path, "data");

  const first = await startCluster({ dataDir, durable: true });
  await withConnection(superuser(first), (sql) => sql`create table kept as select 1 as one`);
  await first.stop();
  const second = await startCluster({ dataDir, durable: true });
  const rows = await withConnection(superuser(second), (sql) => sql`select one from kept`);
  await second.stop();

  assertEquals([...rows], [{ one: 1 }]);
  // As root Postgres runs as another account, which cannot enter: then the data is where the note says.
  const account = await serverAccount();
  if (!account) return assertEquals(second.folder, dataDir);
  assert(await canEnter(join(second.folder, ".."), account));
  assertStringIncludes(await Deno.readTextFile(join(dataDir, "the-data-is-elsewhere.txt")), second.folder);
  await Deno.remove(second.folder, { recursive: true });
});

Deno.test("a start tells where the data is where that is not the wanted folder", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o700);
  const data = join(folder.path, "data");
  const start = startScript("start.ts", [
    ...["--port", "0", "--data", data, "--stack-file", join(folder.path, "stack.json")],
  ]);
  const said = await start.says(/Ready after/);
  start.signal("SIGINT", "group");
  assertEquals((await start.ended).code, 0);

  const [, told] = /^Data +(\S+)$/m.exec(said) ?? [];
  if (!await serverAccount()) return assertEquals(told, undefined);
  assertStringIncludes(await Deno.readTextFile(join(data, "the-data-is-elsewhere.txt")), `in ${told}\n`);
  await Deno.remove(told ?? "", { recursive: true });
});

Deno.test("a folder that was emptied begins anew, also where its data was kept elsewhere", async () => {
  await using folder = await temporaryFolder();
  await Deno.chmod(folder.path, 0o700);
  const dataDir = join(folder.path, "data");

  const first = await startCluster({ dataDir, durable: true });
  await withConnection(superuser(first), (sql) => sql`create table gone as select 1 as one`);
  await first.stop();
  await Deno.remove(dataDir, { recursive: true });
  const second = await startCluster({ dataDir, durable: true });
  const [row] = await withConnection(superuser(second), (sql) => sql`select to_regclass('gone') as gone`);
  await second.stop();

  assertEquals(row, { gone: null });
  if (second.folder !== dataDir) await Deno.remove(second.folder, { recursive: true });
});

Deno.test("two processes that copy the programs at once end with one whole copy", async () => {
  const source = await embeddedPackage();
  const copies = await Promise.all([cacheBinaries(source), cacheBinaries(source), cacheBinaries(source)]);
  assertEquals(new Set(copies).size, 1);
  const [copy] = copies;
  assert(copy && await hasAllFiles(copy));
  const { stdout } = await new Deno.Command(join(copy, "native", "bin", "initdb"), { args: ["--version"] })
    .output();
  assertStringIncludes(new TextDecoder().decode(stdout), "PostgreSQL");
});
