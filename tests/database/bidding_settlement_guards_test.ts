/** The money of a result on every path past its operation. */
import { assertEquals } from "@std/assert";
import { SETTLEMENT_TRANSITIONS, type SettlementStatus } from "../../shared/bidding/rules.ts";
import { refusalOf, stagesOf, WRITERS } from "../support/bidding_guards.ts";
import { biddingCast } from "../support/bidding_stage.ts";
import { freshDatabase } from "../support/database.ts";

const STATUSES: readonly SettlementStatus[] = ["pending", "processing", "completed", "failed", "refunded"];

/** How each status is reached. */
const PATHS: Readonly<Record<SettlementStatus, readonly SettlementStatus[]>> = {
  pending: [],
  processing: ["processing"],
  completed: ["processing", "completed"],
  failed: ["failed"],
  refunded: ["completed", "refunded"],
};

function change(set: string): string {
  return `update public.bidding_results set ${set} where session_id = ':completed'`;
}

Deno.test("no path but the rules' leads a payment or a payout from one status to another", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  for (const side of ["payment", "payout"]) {
    for (const from of STATUSES) {
      for (const to of STATUSES) {
        const steps = [...PATHS[from], to].map((status) => change(`${side}_status = '${status}'`));
        const expected = to === from || SETTLEMENT_TRANSITIONS[from].includes(to) ? null : "PT409";
        for (const writer of WRITERS) {
          const found = await refusalOf(database, stages, steps.join("; "), writer);
          assertEquals([side, from, to, found], [side, from, to, expected]);
        }
      }
    }
  }
});

Deno.test("an externalId that is known stays, but for a new attempt after a failure", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  const cases: readonly (readonly [steps: readonly string[], refusal: string | null])[] = [
    [["SIDE_external_id = 'another'"], "PT409"],
    [["SIDE_external_id = null"], "PT409"],
    [["SIDE_status = 'processing', SIDE_external_id = 'another'"], "PT409"],
    [["SIDE_status = 'failed', SIDE_external_id = 'another'"], "PT409"],
    [["SIDE_status = 'failed'", "SIDE_external_id = 'another'"], "PT409"],
    [["SIDE_status = 'failed'", "SIDE_status = 'processing', SIDE_external_id = null"], "PT409"],
    [["SIDE_status = 'failed'", "SIDE_status = 'processing', SIDE_external_id = 'another'"], null],
    [["SIDE_status = 'failed'", "SIDE_status = 'completed', SIDE_external_id = 'another'"], null],
  ];
  for (const side of ["payment", "payout"]) {
    for (const [steps, refusal] of cases) {
      const statement = steps.map((step) => change(step.replaceAll("SIDE", side))).join("; ");
      assertEquals([statement, await refusalOf(database, stages, statement)], [statement, refusal]);
    }
  }
});

Deno.test("the money of a new result is pending and known to nobody", async () => {
  await using database = await freshDatabase();
  const stages = await stagesOf(await biddingCast(database));
  const inserted = (changes: Readonly<Record<string, string>>) => {
    const row = {
      "session_id": "':active'",
      "winner_id": "':a'",
      "loser_id": "':b'",
      "currency": "'USD'",
      "winning_bid_cents": "110000",
      "compensation_cents": "27500",
      "platform_revenue_cents": "82500",
      "payout_status": "'pending'",
      "decided_at": "now()",
      ...changes,
    };
    return refusalOf(
      database,
      stages,
      `insert into public.bidding_results (${Object.keys(row).join(", ")}) values (${
        Object.values(row).join(", ")
      })`,
    );
  };
  assertEquals(await inserted({}), null);
  for (const side of ["payment", "payout"]) {
    for (const status of STATUSES.slice(1)) {
      assertEquals([side, status, await inserted({ [`${side}_status`]: `'${status}'` })], [
        side,
        status,
        "PT409",
      ]);
    }
    assertEquals([side, await inserted({ [`${side}_external_id`]: "'x'" })], [side, "PT409"]);
  }
});
