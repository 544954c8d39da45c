import { assertEquals, assertThrows } from "@std/assert";
import openapi from "../../openapi.json" with { type: "json" };
import { CONTRACTS } from "../../shared/contracts.ts";
import { toEsmUrl } from "../../scripts/generate/import_map.ts";
import { findDrift } from "../../scripts/generate/mod.ts";

Deno.test("everything generated is as it would be generated now", async () => {
  assertEquals(await findDrift(), []);
});

Deno.test("openapi.json has every function with every method, and no reference that leads nowhere", () => {
  const described = Object.entries(openapi.paths).map(([path, methods]) => [
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
    const target = path.split("/").reduce<unknown>((at, key) => Reflect.get(Object(at), key), openapi);
    assertEquals(typeof target, "object", `Expected ${path} to exist`);
  }
});

Deno.test("an npm specifier becomes the same version at esm.sh", () => {
  assertEquals(toEsmUrl("npm:zod@4.6.7"), "https://esm.sh/zod@4.6.7");
  assertEquals(toEsmUrl("npm:@supabase/server@1.8.1/core"), "https://esm.sh/@supabase/server@1.8.1/core");
  assertThrows(() => toEsmUrl("npm:zod"), Error, "found npm:zod");
});
