import { assertEquals } from "@std/assert";
import { createSession, pathsOf, sessionOf } from "../support/bidding_desk.ts";
import { type BiddingCast, biddingCast, codeOf, Stage } from "../support/bidding_stage.ts";
import { callAs } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { INSTANTS } from "../support/hostile_values.ts";
import { present } from "../support/present.ts";

const UUID = "0000aaaa-0000-4000-8000-00000000c0de";
const NOT_NUMBERS = [true, "1", "1000", [], [1000], {}, 0.5, 10_000.5];
const NOT_TEXTS = [true, 1, [], {}, "", " "];
const NOT_UUIDS = [...NOT_TEXTS, "x", `{${UUID}}`, UUID.replaceAll("-", ""), `${UUID}0`, [UUID]];
const NOT_INSTANTS = [true, 1, [], {}, "", ...INSTANTS];

interface Field {
  readonly accepted: readonly unknown[];
  readonly refused: readonly unknown[];
}

/** Every field but the participants: both ends of what it may be, and what it may not. */
const FIELDS: Readonly<Record<string, Field>> = {
  propertyId: { accepted: [UUID, UUID.toUpperCase()], refused: [null, ...NOT_UUIDS] },
  listingId: { accepted: [UUID], refused: NOT_UUIDS },
  targetNight: {
    accepted: [],
    refused: [
      ...[null, ...NOT_TEXTS, "tomorrow", "infinity", 20_261_121, "2026-02-30", "2026-13-01", "2026-1-1"],
      ...["20261121", "2026-11-21T00:00:00Z", "0000-01-01", "10000-01-01", " 2026-11-21", "2026-11-21\n"],
    ],
  },
  startingBidCents: {
    accepted: [1, 100_000_000_000, 1e3],
    refused: [null, ...NOT_NUMBERS, 0, -1, 100_000_000_001, 1e300],
  },
  currency: {
    accepted: ["USD", "BRL", "XTS"],
    refused: [...NOT_TEXTS, "usd", "US", "USDD", "U5D", "USD\n", "ÜSD", ["USD"], 840],
  },
  minimumIncrementBps: { accepted: [1, 100_000], refused: [...NOT_NUMBERS, 0, -1, 100_001] },
  maxRounds: { accepted: [1, 1000], refused: [...NOT_NUMBERS, 0, -1, 1001] },
  roundDurationSeconds: { accepted: [1, 86_400], refused: [...NOT_NUMBERS, 0, -1, 86_401] },
  maximumJumpBps: { accepted: [10_000, 1_000_000], refused: [...NOT_NUMBERS, 0, 9999, 1_000_001] },
  compensationBps: { accepted: [0, 10_000], refused: [...NOT_NUMBERS, -1, 10_001] },
  compensationPolicy: {
    accepted: ["always", "if_bid"],
    refused: [...NOT_TEXTS, "never", "Always", ["always"]],
  },
  softCloseSeconds: { accepted: [0, 3600], refused: [...NOT_NUMBERS, -1, 3601] },
  startsAt: { accepted: [], refused: NOT_INSTANTS },
  expiresAt: { accepted: [], refused: NOT_INSTANTS },
};

Deno.test("each field of a session takes both its ends and shows them", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [field, { accepted }] of Object.entries(FIELDS)) {
    await t.step(field, async () => {
      for (const value of accepted) {
        const session = sessionOf(await createSession(cast, { [field]: value }));
        // A uuid is shown in small letters, however it was sent.
        assertEquals(session[field], value === UUID.toUpperCase() ? UUID : value);
        // The same property is asked for again.
        await new Stage(cast, session.id).cancel();
      }
    });
  }
});

Deno.test("each field of a session refuses what it cannot be, by its own name", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  for (const [field, { refused }] of Object.entries(FIELDS)) {
    await t.step(field, async () => {
      for (const value of refused) {
        const answer = await createSession(cast, { [field]: value });
        assertEquals([value, answer.status, codeOf(answer), pathsOf(answer)], [
          value,
          400,
          "invalid_request",
          [field],
        ]);
      }
    });
  }
  assertEquals(await traces(cast), { sessions: 0, events: 0, messages: 0 });
});

Deno.test("what must be there is asked for, all of it at once", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const answer = await callAs<{ details: { issues: { path: string }[] } }>(
    cast.sql,
    cast.admin,
    "create_session",
    {
      session: {},
    },
  );
  assertEquals(answer.body.details.issues.map(({ path }) => path), [
    "propertyId",
    "targetNight",
    "startingBidCents",
    "participants",
  ]);
  for (const session of [null, true, 1, "{}", [], [{}]]) {
    const { status, body } = await callAs(cast.sql, cast.admin, "create_session", { session });
    assertEquals([session, status, body.code], [session, 400, "invalid_request"]);
  }
});

Deno.test("a field that is not of a session is refused by its name", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const unknown = [
    "id",
    "status",
    "seq",
    "leader",
    "session_id",
    "starting_bid_cents",
    "startingBid",
    "__proto__",
    "",
  ];
  for (const field of unknown) {
    // Computed, so that __proto__ is a field like any other.
    const answer = await createSession(cast, { [field]: "x" });
    assertEquals([field, answer.status, pathsOf(answer)], [field, 400, [field]]);
  }
  const several = await createSession(cast, { zebra: 1, ant: 1, maxRounds: 0 });
  assertEquals(pathsOf(several), ["maxRounds", "ant", "zebra"]);
});

Deno.test("participants are objects of a userId, an alias and an archetype, each of them once", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [a, b, c] = ["A", "B", "C"].map((letter) => present(cast.people.get(letter), letter).userId);
  const pair = [{ userId: a }, { userId: b }];
  const cases: readonly (readonly [name: string, participants: unknown, paths: readonly string[]])[] = [
    ["no list", {}, ["participants"]],
    ["null", null, ["participants"]],
    ["a text", `["${a}", "${b}"]`, ["participants"]],
    ["nobody", [null, { userId: b }], ["participants.0"]],
    ["ids alone", [a, b], ["participants.0", "participants.1"]],
    ["lists", [[a], [b]], ["participants.0", "participants.1"]],
    ["an unknown field", [{ userId: a, role: "admin" }, { userId: b }], ["participants.0"]],
    ["no userId", [{}, { userId: b }], ["participants.0.userId"]],
    ["no uuid", [{ userId: "alice" }, { userId: b }], ["participants.0.userId"]],
    ["a number", [{ userId: 1 }, { userId: b }], ["participants.0.userId"]],
    ["somebody twice", [...pair, { userId: a }], ["participants.2.userId"]],
    ["twice in capitals", [...pair, { userId: a?.toUpperCase() }], ["participants.2.userId"]],
    ["an empty alias", [{ userId: a, alias: "" }, { userId: b }], ["participants.0.alias"]],
    ["a blank alias", [{ userId: a, alias: " \u2003" }, { userId: b }], ["participants.0.alias"]],
    ["a long alias", [{ userId: a, alias: "😀".repeat(51) }, { userId: b }], ["participants.0.alias"]],
    ["an alias that is a number", [{ userId: a, alias: 7 }, { userId: b }], ["participants.0.alias"]],
    ["an alias twice", [{ userId: a, alias: "X" }, { userId: b, alias: "X" }], ["participants.1.alias"]],
    ["an alias that is another's place", [{ userId: a, alias: "Bidder 2" }, { userId: b }], [
      "participants.1.alias",
    ]],
    ["an archetype that is a list", [{ userId: a, archetype: ["big_spender"] }, { userId: b }], [
      "participants.0.archetype",
    ]],
    ["several faults", [{ userId: a, alias: "" }, { userId: a, alias: "" }, { userId: c }], [
      "participants.0.alias",
      "participants.1.userId",
      "participants.1.alias",
    ]],
  ];
  for (const [name, participants, paths] of cases) {
    await t.step(name, async () => {
      const answer = await createSession(cast, { participants });
      assertEquals([answer.status, codeOf(answer), pathsOf(answer)], [400, "invalid_request", paths]);
    });
  }
  assertEquals(await traces(cast), { sessions: 0, events: 0, messages: 0 });
});

Deno.test("an alias is kept to the letter, at 1 and at 50 characters", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const [a, b] = ["A", "B"].map((letter) => cast.people.get(letter)?.userId);
  for (const alias of ["x", "😀".repeat(50), " A ", "'; drop table public.bids; --", "%s", "\u202emirror"]) {
    const participants = [{ userId: a, alias }, { userId: b, alias: "another" }];
    const { id } = sessionOf(await createSession(cast, { participants }));
    const rows = await cast.sql<{ alias: string }[]>`
      select alias from public.bidding_participants where session_id = ${id} and user_id = ${a ?? ""}`;
    assertEquals(rows.map((row) => row.alias), [alias]);
  }
});

async function traces({ sql }: BiddingCast) {
  const [row] = await sql<{ sessions: number; events: number; messages: number }[]>`
    select (select count(*)::integer from public.bidding_sessions) as sessions,
      (select count(*)::integer from private.session_events) as events,
      (select count(*)::integer from realtime.messages) as messages`;
  return { ...present(row, "a count") };
}
