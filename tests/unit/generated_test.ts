import { assertEquals, assertThrows } from "@std/assert";
import openapi from "../../openapi.json" with { type: "json" };
import { CONTRACTS, TWO_PART_PATHS } from "../../shared/contracts.ts";
import { bareImports } from "../../scripts/generate/bare_imports.ts";
import { toEsmUrl } from "../../scripts/generate/import_map.ts";
import { findDrift } from "../../scripts/generate/mod.ts";

Deno.test("everything generated is as it would be generated now", async () => {
  assertEquals(await findDrift(), []);
});

Deno.test("openapi.json has every function with every method, and no reference that leads nowhere", () => {
  const functions = Object.entries(openapi.paths).filter(([path]) => path.lastIndexOf("/") === 0);
  const described = functions.map(([path, methods]) => [
    path.slice(1),
    Object.keys(methods).toSorted(),
  ]);
  const served = Object.values(CONTRACTS).map(({ name, methods }) => [
    name,
    methods.map((method) => method.toLowerCase()).toSorted(),
  ]);
  assertEquals(described, served);
  const references = JSON.stringify(openapi).matchAll(/"\$ref":"#\/([^"]+)"/g);
  for (const [, path = ""] of references) {
    const keys = path.split("/").map((key) => key.replaceAll("~1", "/"));
    const target = keys.reduce<unknown>((at, key) => Reflect.get(Object(at), key), openapi);
    assertEquals(typeof target, "object", `Expected ${path} to exist`);
  }
});

Deno.test("openapi.json refers every two-part path to the function that answers", () => {
  const described = Object.entries(openapi.paths).filter(([path]) => path.lastIndexOf("/") > 0);
  const served = Object.entries(TWO_PART_PATHS).flatMap(([name, slugs]) =>
    slugs.map((slug) => [`/${name}/${slug}`, { $ref: `#/paths/~1${slug}` }])
  );
  assertEquals(Object.fromEntries(described), Object.fromEntries(served));
});

Deno.test("a method that does otherwise is described as what it does", () => {
  const { get, post, delete: clear } = openapi.paths["/set-auto-bid"];
  assertEquals(get.summary, "A participant's own ceiling");
  assertEquals(Object.keys(get.responses).includes("429"), false);
  const answers = [get, post, clear].map(({ responses }) =>
    Object.keys(responses["200"].content["application/json"].schema.properties)
  );
  assertEquals(answers, [
    ["autoBid"],
    ["success", "message", "autoBid", "bid", "session"],
    ["success", "message", "autoBid", "bid", "session"],
  ]);
  const headers = [get, post, clear].map(({ parameters }) =>
    parameters.some(({ name }) => name === "Idempotency-Key")
  );
  assertEquals(headers, [false, true, true]);
  assertEquals(clear.responses["422"].description.includes("idempotency_key_reused"), true);
});

Deno.test("an npm specifier becomes the same version at esm.sh", () => {
  assertEquals(toEsmUrl("npm:zod@4.6.7"), "https://esm.sh/zod@4.6.7");
  assertEquals(toEsmUrl("npm:@supabase/server@1.8.1/core"), "https://esm.sh/@supabase/server@1.8.1/core");
  assertThrows(() => toEsmUrl("npm:zod"), Error, "found npm:zod");
});

Deno.test("an import map needs packages, not what the runtime brings along", async () => {
  const names = await bareImports(["functions", "shared"]);
  assertEquals(names.includes("zod"), true);
  assertEquals(names.filter((name) => name.startsWith("node:") || name.startsWith(".")), []);
});
