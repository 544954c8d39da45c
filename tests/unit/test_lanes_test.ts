import { assertEquals } from "@std/assert";
import { readTotals } from "../../scripts/ci/totals.ts";
import { lanesOf } from "../../scripts/tests/lanes.ts";

/** What each lane is given: its paths, and the folders that are left to the other one. */
function lanes(...paths: string[]): Record<string, string> {
  return Object.fromEntries(
    lanesOf(paths).map(({ name, options, paths }) => [
      name,
      [...paths, ...options.filter((option) => option.startsWith("--ignore="))].join(" "),
    ]),
  );
}

Deno.test("of all tests those that share a stack run one by one, the rest side by side, and none is left out", () => {
  for (const all of ["tests/", "tests", "."]) {
    assertEquals(lanes(all), {
      "one by one": "tests/functions tests/realtime",
      "side by side": `${all} --ignore=tests/functions,tests/realtime`,
    });
  }
});

Deno.test("a named file or folder runs in its own lane, and nothing else does", () => {
  const ignored = "--ignore=tests/functions,tests/realtime";
  assertEquals(lanes("tests/functions/readme_test.ts"), { "one by one": "tests/functions/readme_test.ts" });
  assertEquals(lanes("tests/realtime/"), { "one by one": "tests/realtime" });
  assertEquals(lanes("tests/unit"), { "side by side": `tests/unit ${ignored}` });
  assertEquals(lanes("/elsewhere/endless_test.ts"), {
    "side by side": `/elsewhere/endless_test.ts ${ignored}`,
  });
  assertEquals(lanes("tests/database", "tests/realtime", "tests/chaos/commands_test.ts"), {
    "one by one": "tests/realtime",
    "side by side": `tests/database tests/chaos/commands_test.ts ${ignored}`,
  });
});

Deno.test("the last line of totals counts, whatever its colours and steps", () => {
  const lane = "ok | 593 passed (440 steps) | 0 failed (3m29s)\n";
  assertEquals(readTotals(`${lane}\nFAILED | 1128 passed | 1 failed (276s)\n`), { passed: 1128, failed: 1 });
  assertEquals(readTotals(`\u001b[0m\u001b[32mok\u001b[0m | 2 passed | 0 failed \u001b[0m(1s)`), {
    passed: 2,
    failed: 0,
  });
  assertEquals(readTotals("a test ... ok (1ms)\n"), undefined);
});
