import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { exists } from "../../scripts/local/postgres/folders.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";
import { startScript } from "./script_process.ts";

async function namesIn(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).toSorted();
}

async function until(what: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await what())) {
    if (Date.now() > deadline) throw new Error("Expected it to become true in time but it did not");
  }
}

Deno.test("Ctrl-C while the cluster is made ends the first start without a word, and the next one works", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const options = ["--port", "0", "--data", data, "--stack-file", join(folder.path, "stack.json")];
  const first = startScript("start.ts", options);
  await until(() => exists(join(data, "postgres.draft")));
  first.signal("SIGINT", "group");
  assertEquals(await first.ended, { code: 130, said: "" });

  const second = startScript("start.ts", options);
  await second.says(/Ready after/);
  second.signal("SIGINT", "group");
  assertEquals((await second.ended).code, 0);
});

Deno.test("an interrupted demo leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  for (const [signal, whom, code] of [["SIGINT", "group", 130], ["SIGTERM", "script", 143]] as const) {
    const demo = startScript("demo.ts", [], { TMPDIR: folder.path });
    await demo.says(/Alice subscribes/);
    demo.signal(signal, whom);
    assertEquals((await demo.ended).code, code);
    assertEquals(await namesIn(folder.path), []);
  }
});

Deno.test("interrupted tests leave nothing behind, neither their stack's nor their own", async () => {
  await using folder = await temporaryFolder();
  const temporary = join(folder.path, "temporary");
  await Deno.mkdir(temporary);
  await Deno.chmod(temporary, 0o711);
  const file = join(folder.path, "endless_test.ts");
  await Deno.writeTextFile(
    file,
    `Deno.test("endless", async () => {
       console.log("in", await Deno.makeTempDir());
       await new Promise((resolve) => setTimeout(resolve, 600_000));
     });`,
  );
  for (const [signal, whom, code] of [["SIGINT", "group", 130], ["SIGTERM", "script", 143]] as const) {
    const tests = startScript("test.ts", [file], { TMPDIR: temporary });
    await tests.says(/in .*temporary/);
    tests.signal(signal, whom);
    assertEquals((await tests.ended).code, code);
    assertEquals(await namesIn(temporary), []);
  }
});
