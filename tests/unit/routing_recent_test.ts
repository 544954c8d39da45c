import { assertEquals } from "@std/assert";
import { Recent } from "../../shared/routing/providers/recent.ts";

Deno.test("a value is remembered for its time, and the oldest makes room for the newest", () => {
  const recent = new Recent<number>({ forMs: 100, most: 2 });
  recent.set("a", 1, 0);
  assertEquals([recent.get("a", 99), recent.get("a", 100), recent.get("b", 0)], [1, undefined, undefined]);

  recent.set("b", 2, 0);
  recent.set("a", 3, 0);
  recent.set("c", 4, 0);
  assertEquals(["a", "b", "c"].map((key) => recent.get(key, 1)), [3, undefined, 4]);
});
