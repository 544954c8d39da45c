import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { type BiddingCast, biddingCast, openStage, type Stage } from "../support/bidding_stage.ts";
import { agent, anon, becomeWithin, callAs, type Caller, service, user } from "../support/callers.ts";
import { freshDatabase } from "../support/database.ts";
import { present } from "../support/present.ts";
import { agentToken } from "../support/tasks.ts";

/** What is seen of a table: `refused`, or how many rows of the first session and of all sessions. */
type Sight = "refused" | readonly [ofThisSession: number, inAll: number];

const REFUSED = "refused";
const NOTHING: Sight = [0, 0];

/** Everybody who may ask: A won before B, C only took part; D and E have a session of their own. */
const VIEWERS = ["A", "B", "C", "D", "outsider", "admin", "service", "agent", "anon", "gone"] as const;
type Viewer = typeof VIEWERS[number];

/** What participants of any kind see alike, admins and the service see of all sessions. */
function ofSessions(first: number, second: number): Readonly<Record<Viewer, Sight>> {
  const all: Sight = [first, first + second];
  return {
    ...{ A: [first, first], B: [first, first], C: [first, first], D: [0, second] },
    ...{ outsider: NOTHING, admin: all, service: all, agent: REFUSED, anon: REFUSED, gone: NOTHING },
  };
}

const OUTSIDERS = { D: NOTHING, outsider: NOTHING, admin: NOTHING, gone: NOTHING } as const;
const NOBODY = { service: REFUSED, agent: REFUSED, anon: REFUSED } as const;

const SIGHTS: readonly (readonly [table: string, sights: Readonly<Record<Viewer, Sight>>])[] = [
  ["bidding_sessions", ofSessions(1, 1)],
  ["bidding_participants", ofSessions(3, 2)],
  ["bids", ofSessions(3, 1)],
  // Every bid was the proxy's: two of A, one of B, one of D in the other session.
  ["bid_details", { ...OUTSIDERS, ...NOBODY, A: [2, 2], B: [1, 1], C: NOTHING, D: [0, 1] }],
  ["bidding_auto_bids", { ...OUTSIDERS, ...NOBODY, A: [1, 1], B: [1, 1], C: [1, 1], D: [0, 1] }],
  ["bidding_results", { ...ofSessions(1, 0), C: NOTHING }],
  // Everybody is told of start and end; A also that his ceiling answered.
  ["bidding_notifications", {
    ...{ ...OUTSIDERS, ...NOBODY, service: [7, 9], A: [3, 3], B: [2, 2], C: [2, 2], D: [0, 1] },
  }],
];

Deno.test("every table of bidding shows each viewer what is his, and nothing else", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await decidedStage(cast);
  const viewers = await viewersOf(cast);
  for (const [table, sights] of SIGHTS) {
    await t.step(table, async () => {
      const found: Record<string, Sight> = {};
      for (const [name, viewer] of viewers) found[name] = await sightOf(cast.sql, viewer, table, stage.id);
      assertEquals<unknown>(found, sights);
    });
  }
});

Deno.test("an account that is gone sees nothing of the sessions it took part in, though its token holds on", async () => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await decidedStage(cast);
  for (const letter of "AB") {
    await cast.sql`delete from auth.users where id = ${stage.who(letter).userId}`;
    for (const [table] of SIGHTS) {
      assertEquals([table, await sightOf(cast.sql, stage.who(letter), table, stage.id)], [table, NOTHING]);
    }
    assertEquals(await hearsTopic(cast.sql, stage.who(letter), `bidding:${stage.id}`), false);
  }
});

const OPERATIONS: readonly (readonly [name: string, args: Readonly<Record<string, unknown>>])[] = [
  ["get_session", {}],
  ["get_auto_bid", {}],
  ["submit_bid", { ["amount_cents"]: 200_000 }],
  ["set_auto_bid", { ["max_amount_cents"]: 300_000 }],
  ["withdraw_bid", {}],
];

const OUTSIDER = "403 not_a_participant";

/** What each is answered who reads, asks for his ceiling, bids, sets one and withdraws in a session that A leads. */
const OUTCOMES: Readonly<Record<string, readonly string[]>> = {
  A: ["200", "200", "409 already_leading", "200", "409 leader_cannot_withdraw"],
  B: Array(5).fill("200"),
  "C, who withdrew": ["200", "200", ...Array(3).fill("409 participant_withdrawn")],
  outsider: Array(5).fill(OUTSIDER),
  admin: ["200", ...Array(4).fill(OUTSIDER)],
  service: Array(5).fill("403 42501"),
  agent: Array(5).fill("403 not_allowed"),
  anon: Array(5).fill("401 credentials_missing"),
  gone: Array(5).fill("401 credentials_invalid"),
};

Deno.test("every operation of a session answers each of its people, and everybody else, as designed", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const viewers = new Map<string, Caller>(await viewersOf(cast));
  for (const [name, outcomes] of Object.entries(OUTCOMES)) {
    await t.step(name, async () => {
      const caller = present(viewers.get(name.replace(/,.*/, "")), name);
      const found: string[] = [];
      for (const [operation, args] of OPERATIONS) {
        // One for each, since some of them end it.
        const stage = await openStage(cast, {}, "ABC");
        await stage.ceiling("A", 150_000);
        await stage.withdraw("C");
        const answer = await callAs(cast.sql, caller, operation, { ["session_id"]: stage.id, ...args });
        found.push(answer.status < 300 ? `${answer.status}` : `${answer.status} ${answer.body.code}`);
      }
      assertEquals(found, outcomes);
    });
  }
});

Deno.test("a session's topic is heard by its participants and admins, who have an account", async (t) => {
  await using database = await freshDatabase();
  const cast = await biddingCast(database);
  const stage = await decidedStage(cast);
  const hears = { A: true, B: true, C: true, D: false, outsider: false, admin: true, gone: false };
  for (const [name, viewer] of await viewersOf(cast)) {
    if (!(name in hears)) continue;
    await t.step(name, async () => {
      const heard = await hearsTopic(cast.sql, viewer, `bidding:${stage.id}`);
      assertEquals<unknown>([name, heard], [name, hears[name as keyof typeof hears]]);
    });
  }
  await t.step("what is no session's topic", async () => {
    const names = [
      "bidding:",
      "bidding:x",
      `bidding:${stage.id}x`,
      ` bidding:${stage.id}`,
      `bidding:${stage.id}\n`,
    ];
    for (const topic of [...names, `Bidding:${stage.id}`, `bidding:${crypto.randomUUID()}`, stage.id]) {
      for (const viewer of [stage.who("A"), cast.admin]) {
        assertEquals([topic, await hearsTopic(cast.sql, viewer, topic)], [topic, false]);
      }
    }
  });
  await t.step("and nobody speaks on it", async () => {
    const forged = `insert into realtime.messages (topic, extension, payload, event, private)
      values ('bidding:${stage.id}', 'broadcast', '{}', 'bid_placed', true)`;
    for (const caller of [stage.who("A"), cast.admin, anon]) {
      assertEquals(await rowsAs(cast.sql, caller, forged), "42501");
    }
  });
});

/** A session that A won by his ceiling before B, C looking on; and one in which D leads. */
async function decidedStage(cast: BiddingCast): Promise<Stage> {
  const stage = await openStage(cast, {}, "ABC");
  await stage.ceiling("A", 300_000);
  await stage.ceiling("B", 150_000);
  await stage.end();
  const other = await openStage(cast, {}, "DE");
  await other.ceiling("D", 100_000);
  return stage;
}

async function viewersOf(cast: BiddingCast): Promise<readonly (readonly [Viewer, Caller])[]> {
  const { sql, admin, outsider, people } = cast;
  const others: Readonly<Partial<Record<Viewer, Caller>>> = {
    ...{ outsider, admin, service, anon, gone: user(crypto.randomUUID()) },
    agent: agent(await agentToken(sql, "marketplace-amazon")),
  };
  return VIEWERS.map((name) => [name, others[name] ?? people.get(name) ?? anon]);
}

async function sightOf(sql: postgres.Sql, viewer: Caller, table: string, sessionId: string): Promise<Sight> {
  const rows = await rowsAs(
    sql,
    viewer,
    `select t.session_id::text as id from public.${table} as t`,
  );
  if (typeof rows === "string") return "refused";
  return [rows.filter(({ id }) => id === sessionId).length, rows.length];
}

async function hearsTopic(sql: postgres.Sql, viewer: Caller, topic: string): Promise<boolean> {
  const undone = new Error("undone");
  let heard = false;
  await sql.begin(async (transaction) => {
    await transaction`select realtime.send('{}', 'probe', ${topic}, true)`;
    await becomeWithin(transaction, viewer);
    await transaction`select set_config('realtime.topic', ${topic}, true)`;
    const rows = await transaction`select from realtime.messages where event = 'probe'`;
    heard = rows.length > 0;
    throw undone;
  }).catch((error) => {
    if (error !== undone) throw error;
  });
  return heard;
}

async function rowsAs(sql: postgres.Sql, caller: Caller, statement: string) {
  return await sql.begin(async (transaction) => {
    await becomeWithin(transaction, caller);
    return [...await transaction.unsafe<{ id: string }[]>(statement)];
  }).catch((error: postgres.PostgresError) => error.code);
}
