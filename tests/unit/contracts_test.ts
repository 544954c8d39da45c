import { assertEquals } from "@std/assert";
import { METHODS } from "../../shared/client.ts";
import { asMethod, type Contract, isQueried } from "../../shared/contract.ts";
import { CONTRACTS } from "../../shared/contracts.ts";
import { type CatalogueEntry, ERROR_CATALOGUE } from "../../shared/error_catalogue.ts";
import { readQuery } from "../../shared/http/query.ts";
import { present } from "../support/present.ts";

const ALL: readonly Contract[] = Object.values(CONTRACTS);

Deno.test("every example is a request that its contract accepts", () => {
  for (const contract of ALL) {
    for (const example of contract.examples) {
      const method = present(example.method ?? contract.methods[0], "a method");
      const value = isQueried(method) ? readQuery(`http://x/?${toQuery(example.request)}`) : example.request;
      const { error } = asMethod(contract, method).request.safeParse(value);
      assertEquals(error?.issues, undefined, `${contract.name}: ${example.name}`);
    }
  }
});

Deno.test("every function has an example for each of its methods but the seed's PATCH", () => {
  for (const { name, methods, examples } of ALL) {
    const shown = new Set(examples.map(({ method }) => method ?? methods[0]));
    assertEquals(methods.filter((method) => !shown.has(method) && method !== "PATCH"), [], name);
  }
});

Deno.test("a method that does otherwise is one that the function answers, and not its first", () => {
  for (const { name, methods, variants = {} } of ALL) {
    for (const method of Object.keys(variants)) {
      assertEquals(methods.slice(1).some((other) => other === method), true, `${name} ${method}`);
    }
  }
});

Deno.test("the client calls every function by a method that it answers", () => {
  for (const { name, methods } of ALL) {
    assertEquals(methods[0], Reflect.get(METHODS, name));
  }
});

Deno.test("every error of the catalogue has a status, a sentence and a remedy", () => {
  const entries: readonly [string, CatalogueEntry][] = Object.entries(ERROR_CATALOGUE);
  for (const [code, { status, sentence, remedy }] of entries) {
    assertEquals(/^[a-z]+(_[a-z]+)*$/.test(code), true, code);
    assertEquals(status >= 400 && status < 600, true, code);
    assertEquals(/^[A-Za-z].*[^.]$/.test(sentence), true, `Expected no final period in "${sentence}"`);
    assertEquals(remedy.endsWith("."), true, `Expected a sentence but found "${remedy}"`);
  }
});

function toQuery(request: Readonly<Record<string, unknown>>): URLSearchParams {
  return new URLSearchParams(
    Object.entries(request).flatMap(([key, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => [key, String(one)])
    ),
  );
}
