import { assertEquals } from "@std/assert";
import { compareNames, judgeReaders } from "../../scripts/checks/environment_is_listed.ts";
import { compareSlugs } from "../../scripts/checks/functions_are_listed.ts";
import { importsOf } from "../../scripts/checks/imports_of.ts";
import { judgeImports, judgePurity } from "../../scripts/checks/imports_run_one_way.ts";
import { runChecks } from "../../scripts/checks/mod.ts";
import { judgeRefusal, refusalsOf } from "../../scripts/checks/refusals_are_catalogued.ts";

Deno.test("the project passes its own checks", async () => {
  assertEquals(await runChecks(), []);
});

Deno.test("imports of every form are seen", () => {
  const source = [
    'import { a } from "./a.ts";',
    'import type { b } from "./b.ts";',
    'import {\n  c,\n  type d,\n} from "./c.ts";',
    'import "./side_effect.ts";',
    'export * from "./e.ts";',
    'const f = await import("./f.ts");',
  ].join("\n");
  assertEquals(importsOf(source).map(({ specifier }) => specifier), [
    "./a.ts",
    "./b.ts",
    "./c.ts",
    "./side_effect.ts",
    "./e.ts",
    "./f.ts",
  ]);
  assertEquals(importsOf(source).filter(({ isTypeOnly }) => isTypeOnly).map(({ specifier }) => specifier), [
    "./b.ts",
  ]);
});

Deno.test("an import against the direction is found", () => {
  const cases = [
    ["functions/approve/index.ts", "../../shared/http/endpoint.ts", 0],
    ["functions/approve/index.ts", "../../shared/tasks/contract.ts", 0],
    ["functions/approve/index.ts", "../../scripts/start.ts", 1],
    ["shared/http/endpoint.ts", "../tasks/rules.ts", 0],
    ["shared/http/endpoint.ts", "../../functions/approve/index.ts", 1],
    ["shared/tasks/contract.ts", "../contract.ts", 0],
    ["shared/tasks/contract.ts", "../http/env.ts", 1],
    ["shared/tasks/contract.ts", "../bidding/rules.ts", 1],
    ["shared/contract.ts", "./tasks/task.ts", 1],
    ["shared/contracts.ts", "./tasks/contract.ts", 0],
  ] as const;
  for (const [path, specifier, faults] of cases) {
    assertEquals(
      judgeImports({ path, text: `import { x } from "${specifier}";` }).length,
      faults,
      `${path} ${specifier}`,
    );
  }
});

Deno.test("clock, randomness and Deno are found in contracts and rules, not elsewhere", () => {
  for (
    const text of [
      "Date.now()",
      "new Date()",
      "Math.random()",
      "Deno.env",
      "crypto.randomUUID()",
      "fetch(url)",
    ]
  ) {
    assertEquals(judgePurity({ path: "shared/tasks/rules.ts", text }).length, 1, text);
    assertEquals(judgePurity({ path: "shared/http/log.ts", text }).length, 0, text);
  }
  assertEquals(judgePurity({ path: "shared/tasks/rules.ts", text: 'new Date("2026-11-21")' }), []);
});

Deno.test("a second reader of the environment, and names that differ, are found", () => {
  const reader = { path: "shared/http/other.ts", text: "Deno.env.toObject()" };
  assertEquals(judgeReaders([reader, { ...reader, path: "shared/http/env.ts" }]).length, 1);
  assertEquals(compareNames(new Set(["A", "B"]), new Set(["B", "C", "D"]), 'get("D")'), [
    "Expected A in .env.example but found nothing",
    "Expected C of .env.example to be read but found no reader",
  ]);
});

Deno.test("a refusal with another status, or without an entry, is found in SQL", () => {
  const text = `
    return private.refuse(404, 'not_found', 'No');
    perform private.raise_refusal(
      403, 'not_found', 'No');
    return jsonb_build_object('code', 'no_such_code', 'status', 400);`;
  const refusals = refusalsOf({ path: "m.sql", text });
  assertEquals(refusals.flatMap(judgeRefusal), [
    "Expected not_found in m.sql with 404 but found 403",
    "Expected no_such_code of m.sql in the catalogue but found nothing",
  ]);
});

Deno.test("a slug that is in one list alone is found", () => {
  assertEquals(compareSlugs(["a", "b"], "functions/", ["a"], "config.toml"), [
    "Expected b of functions/ in config.toml but found nothing",
  ]);
});
