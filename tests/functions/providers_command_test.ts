/** `deno task providers` against databases of its own. */
import { assertEquals, assertMatch } from "@std/assert";
import { providerRows } from "../../scripts/local/providers.ts";
import { PROVIDER_IDS } from "../../shared/routing/provider_id.ts";
import { type FreshDatabase, freshDatabase } from "../support/database.ts";
import { operate } from "../support/operator.ts";

/** `deno task providers …` on a database; what it said, where it ended well. */
async function providers({ url }: FreshDatabase, ...words: readonly string[]): Promise<string> {
  const said = await operate(["providers", ...words], { SUPABASE_DB_URL: url });
  assertEquals(said.code, 0, said.error);
  return said.out;
}

async function takenOut({ sql }: FreshDatabase): Promise<readonly string[]> {
  return (await providerRows(sql)).filter((row) => row.takenOut).map((row) => row.provider);
}

Deno.test("the state of all four is told: circuit, what of today's quota is used, whether taken out", async () => {
  await using database = await freshDatabase();
  const { sql } = database;
  await sql`
    update public.provider_circuits set state = 'open', open_until = '2030-01-02 03:04:05Z'
    where provider_id = 'MEALME'`;
  await sql`
    update public.provider_quotas set day = (now() at time zone 'UTC')::date, used = 12
    where provider_id = 'KROGER_API' and endpoint = 'products'`;
  await sql`
    update public.provider_quotas set day = (now() at time zone 'UTC')::date - 1, used = 7
    where provider_id = 'WALMART_API'`;
  await sql`update public.provider_circuits set taken_out = true where provider_id = 'INSTACART'`;
  assertEquals([...await providerRows(sql)], [
    {
      provider: "KROGER_API",
      circuit: "closed",
      quota: "cart 0/5000, locations 0/1600, products 12/10000",
      takenOut: false,
    },
    { provider: "WALMART_API", circuit: "closed", quota: "search 0/5000", takenOut: false },
    { provider: "INSTACART", circuit: "closed", quota: "no limit", takenOut: true },
    { provider: "MEALME", circuit: "open until 2030-01-02T03:04:05Z", quota: "no limit", takenOut: false },
  ]);
  const said = await providers(database);
  for (const id of PROVIDER_IDS) assertMatch(said, new RegExp(id));
  assertMatch(said, /open until 2030-01-02T03:04:05Z/);
});

Deno.test("out takes that provider out and no other, in lets it in, and both may be said twice", async () => {
  await using database = await freshDatabase();
  for (let times = 0; times < 2; times++) {
    assertMatch(await providers(database, "out", "KROGER_API"), /^KROGER_API is taken out\n/);
    assertEquals(await takenOut(database), ["KROGER_API"]);
  }
  await providers(database, "out", "MEALME");
  assertEquals(await takenOut(database), ["KROGER_API", "MEALME"]);
  for (let times = 0; times < 2; times++) {
    assertMatch(await providers(database, "in", "KROGER_API"), /^KROGER_API is let in\n/);
    assertEquals(await takenOut(database), ["MEALME"]);
  }
});

Deno.test("what is not one provider is refused with one sentence, and nothing changes", async () => {
  await using database = await freshDatabase();
  const all = PROVIDER_IDS.join(", ");
  const wrong: readonly (readonly [words: readonly string[], sentence: string])[] = [
    [["off", "MEALME"], "Expected out, in or nothing but found off"],
    [["out"], `Expected one of ${all} but found nothing`],
    [["out", "mealme"], `Expected one of ${all} but found mealme`],
    [["out", "MEALME", "INSTACART"], "Expected one provider but found MEALME INSTACART"],
  ];
  for (const [words, sentence] of wrong) {
    const { code, out, error } = await operate(["providers", ...words], { SUPABASE_DB_URL: database.url });
    assertEquals([code, out, error], [1, "", sentence]);
  }
  assertEquals(await takenOut(database), []);
  assertMatch(
    (await operate(["providers", "--help"])).out,
    /usage: deno task providers \[out\|in <provider>\]/,
  );
});
