import { assertEquals } from "@std/assert";
import { askProvider } from "../../shared/routing/ask_provider.ts";
import { ProviderError } from "../../shared/routing/provider_error.ts";

const OPTIONS = { reserved: {}, timeoutMs: 1_000, deadlineMs: 1_000, fetch, clock: () => 0 };

Deno.test("a fault of ours in an adapter is told, counts against nobody, and a provider's own failure is not told", async () => {
  const told: unknown[] = [];
  const onFault = (cause: unknown) => told.push(cause);
  const bug = new TypeError("x is not a function");
  const asked = await askProvider(() => Promise.reject(bug), { ...OPTIONS, onFault });
  assertEquals([asked.outcome, asked.code], ["neutral", "fault"]);
  assertEquals(told, [bug]);

  const away = await askProvider(() => Promise.reject(new ProviderError("unavailable", "Away")), {
    ...OPTIONS,
    onFault,
  });
  assertEquals([away.outcome, away.code], ["failed", "unavailable"]);
  assertEquals(told, [bug]);
});
