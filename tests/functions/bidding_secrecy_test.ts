/** What can be asked at the stack's URLs about a ceiling, by everybody but its owner; and what is written down. */
import { assert, assertEquals } from "@std/assert";
import { BEATEN, CANARIES } from "../support/bidding_canaries.ts";
import { assertHidden, type Spy, type Spying, spying, type SpyName } from "../support/bidding_spies.ts";
import { BIDDING_TABLES, shows } from "../support/bidding_views.ts";
import { ask } from "../support/stack_requests.ts";

const TABLES = Object.keys(BIDDING_TABLES);
/** All that may be selected; where that is not all there is, `*` is refused. */
const SELECTS: Readonly<Record<string, string>> = {
  ["bidding_results"]:
    "session_id,winner_id,loser_id,winning_bid_cents,compensation_cents,payment_status,payout_status",
};
const NOTHING = "00000000-0000-4000-8000-00000000dead";
const UNITS = CANARIES.alone / 100;

const EMBEDDED = [
  "bidding_participants?select=*,bidding_auto_bids(*)",
  "bidding_participants?select=alias,bidding_auto_bids(max_amount_cents,rounds_used)",
  "bidding_participants?select=alias,bidding_auto_bids!inner(*)",
  "bidding_participants?select=alias&order=bidding_auto_bids(max_amount_cents).desc",
  "bidding_sessions?select=*,bidding_participants(*,bidding_auto_bids(*))",
  "bidding_auto_bids?select=*,bidding_participants(*,bidding_sessions(*))",
  "bids?select=*,bid_details(*)",
  "bids?select=amount_cents,bid_details!inner(seq)",
  "bid_details?select=*,bids(*)",
  "bidding_results?select=session_id,bidding_sessions(*,bidding_participants(*,bidding_auto_bids(*)))",
];

/** Questions that a ceiling would answer, if a question could reach it; N is an amount. */
const ORACLES = [
  ...["eq", "neq", "lt", "lte", "gt", "gte", "not.eq", "not.lt", "isdistinct", "like", "fts", "cs"].map((
    operator,
  ) => `bidding_auto_bids?select=user_id&max_amount_cents=${operator}.N`),
  "bidding_auto_bids?select=user_id&max_amount_cents=in.(N)",
  "bidding_auto_bids?select=user_id&max_amount_cents=in.(1,N)",
  "bidding_auto_bids?select=user_id&or=(max_amount_cents.eq.N,max_amount_cents.lt.5)",
  "bidding_auto_bids?select=user_id&and=(max_amount_cents.gte.N,max_amount_cents.lte.N)",
  "bidding_auto_bids?select=user_id&max_amount_cents=lt.N&order=max_amount_cents.desc&limit=1",
  "bidding_participants?select=alias,bidding_auto_bids!inner(user_id)&bidding_auto_bids.max_amount_cents=eq.N",
  "bidding_participants?select=alias,bidding_auto_bids!inner(user_id)&bidding_auto_bids.max_amount_cents=lt.N",
];

const HIDDEN_TABLES: Readonly<Record<string, readonly string[]>> = {
  private: ["idempotency_keys", "outbox", "deliveries", "job_runs", "session_events", "archived_sessions"],
  cron: ["job", "job_run_details"],
  net: ["_http_response"],
  realtime: ["messages"],
  auth: ["users"],
  vault: ["decrypted_secrets"],
  ["pg_catalog"]: ["pg_stats", "pg_statistic", "pg_stat_activity"],
};

const ACCEPTED = [
  "application/json",
  "text/csv",
  "application/vnd.pgrst.object+json",
  "application/vnd.pgrst.plan+json",
  'application/vnd.pgrst.plan+text; for="application/json"; options=analyze|verbose|settings|buffers|wal',
  "application/openapi+json",
  "application/geo+json",
  "application/octet-stream",
  "*/*",
];

async function eachSpy(spies: Spying["spies"], work: (spy: Spy, name: SpyName) => Promise<void>) {
  await Promise.all(Object.entries(spies).map(([name, spy]) => work(spy, name as SpyName)));
}

Deno.test("no URL of the stack and no line of its log tells a ceiling", async (t) => {
  await using scene = await spying();
  const { stack: { info, sql, said }, owner, sessions, spies, spy } = scene;
  const { id: sessionId } = sessions.standing;

  await t.step("its owner reads it by REST and by the function, so that it could be told", async () => {
    const query = `select=*&session_id=eq.${sessionId}`;
    const row = await ask(info, `/rest/v1/bidding_auto_bids?${query}`, { headers: owner.headers });
    assert(shows(row.text, CANARIES.standing), row.text);
    const path = `/functions/v1/set-auto-bid?sessionId=${sessionId}`;
    assert(shows((await ask(info, path, { headers: owner.headers })).text, CANARIES.standing));
  });

  await t.step("every table, whole, alone and embedded, in every form and count", async () => {
    await eachSpy(spies, async (who, name) => {
      for (const table of TABLES) {
        await spy(who, `/rest/v1/${table}?select=*`);
        const path = `/rest/v1/${table}?select=${SELECTS[table] ?? "*"}`;
        const { status, text } = await spy(who, path);
        const isRefused = name === "anon" || name === "agent" ||
          (name === "service" && (table === "bidding_auto_bids" || table === "bid_details"));
        assertEquals(status >= 400, isRefused, `${table} by ${name}: ${text.slice(0, 200)}`);
        for (const accept of ACCEPTED) await spy(who, path, { headers: { accept } });
        for (const prefer of ["count=exact", "count=planned", "count=estimated"]) {
          await spy(who, path, { method: "HEAD", headers: { prefer } });
        }
      }
      for (const query of EMBEDDED) await spy(who, `/rest/v1/${query}`);
    });
    const seen = await spy(spies.rival, `/rest/v1/bids?select=*&session_id=eq.${sessionId}`);
    assert(shows(seen.text, BEATEN), "Expected what was beaten to be shown");
  });

  await t.step("a row's system columns cannot be selected, filtered or ordered by", async () => {
    for (const table of TABLES) {
      for (
        const query of ["select=ctid", "select=session_id,xmax", "select=session_id&xmin=neq.0", "order=ctid"]
      ) {
        const { status, text } = await spy(spies.rival, `/rest/v1/${table}?${query}`);
        assertEquals([status, JSON.parse(text).code], [403, "42501"], `${table}?${query}`);
      }
    }
  });

  await t.step("nor can it be aggregated, or read by another name of its schema", async () => {
    for (const aggregate of ["max()", "sum()", "avg()", "count()"]) {
      const { status } = await spy(
        spies.rival,
        `/rest/v1/bidding_auto_bids?select=max_amount_cents.${aggregate}`,
      );
      assert(status >= 400, aggregate);
    }
    const hidden = Object.entries(HIDDEN_TABLES);
    for (const [, tables] of hidden) {
      for (const table of tables) {
        assertEquals((await spy(spies.rival, `/rest/v1/${table}?select=*`)).status, 404, table);
      }
    }
    await eachSpy(spies, async (who) => {
      for (const [profile, [table]] of hidden) {
        const headers = { "accept-profile": profile };
        assertEquals((await spy(who, `/rest/v1/${table}?select=*`, { headers })).status, 406, profile);
      }
      for (const name of ["first_difference", "runner_up", "bidder_in", "session_json", "ledger_of"]) {
        const headers = { "content-profile": "private" };
        assertEquals((await spy(who, `/rest/v1/rpc/${name}`, { headers, body: {} })).status, 406, name);
      }
    });
  });

  await t.step("the answers of every function", async () => {
    await eachSpy(spies, async (who) => {
      for (const { id } of Object.values(sessions)) await readByFunctions(scene, who, id);
      await writeByFunctions(scene, who, sessionId);
      for (const path of ["/functions/v1/openapi", "/rest/v1/", "/functions/v1/", "/auth/v1/user"]) {
        await spy(who, path);
        await spy(who, path, { headers: { accept: "application/openapi+json" } });
      }
    });
  });

  await t.step("the answers of every operation, to whatever it is sent", async () => {
    const operations = await sql<{ name: string; arguments: string[] }[]>`
      select p.proname as name, coalesce(p.proargnames[:p.pronargs], '{}') as arguments from pg_catalog.pg_proc as p
      where p.pronamespace = 'api'::regnamespace order by p.proname`;
    const names = operations.map(({ name }) => name);
    assert(["submit_bid", "set_auto_bid", "get_session"].every((name) => names.includes(name)), names.join());
    const headers = { "content-profile": "api" };
    const odd = [sessionId, NOTHING, -1, 109_999, [], "9223372036854775808"];
    await eachSpy(spies, async (who, spyName) => {
      for (const { name, arguments: parameters } of operations) {
        const path = `/rest/v1/rpc/${name}`;
        for (const value of odd) {
          const given = parameters.map((parameter, index) => [parameter, index === 0 ? sessionId : value]);
          await spy(who, path, { headers, body: Object.fromEntries(given) });
        }
        // What cannot be read is refused before anybody asks who sent it.
        if (spyName !== "rival") continue;
        for (const body of ["", "{", "[]", "null", '"x"', '{"unknown": 1}', `{"session_id": "\\u0000"}`]) {
          await spy(who, path, { headers, body });
        }
      }
    });
  });

  await t.step("its owner's own requests, good, wrong and failing, leave no ceiling in any log", async () => {
    const set = (body: unknown) => ask(info, "/functions/v1/set-auto-bid", { headers: owner.headers, body });
    const good = { sessionId: sessions.alone.id, maxAmount: UNITS };
    assertEquals((await set(good)).status, 200);
    const wrong = [
      { ...good, maxAmount: `${UNITS}x` },
      { ...good, maxAmount: UNITS * 1e6 },
      { ...good, maxAmountCents: CANARIES.alone },
      { ...good, note: `${UNITS}` },
      `{"sessionId": "${sessions.alone.id}", "maxAmount": ${UNITS}`,
    ];
    for (const body of wrong) assert((await set(body)).status >= 400);
    await sql`
      alter table public.bidding_auto_bids
      add constraint fails_for_this_test check (max_amount_cents <> ${
      sql.unsafe(`${CANARIES.alone}`)
    }) not valid`;
    const failed = await set(good);
    assertEquals([failed.status, shows(failed.text, CANARIES.alone)], [500, false]);
    const lines = (await said()).split("\n");
    const ofFunctions = lines.filter((line) => line.includes('"function":"set-auto-bid"'));
    assert(
      ofFunctions.length > 6 && ofFunctions.some((line) => line.includes('"status":500')),
      `${ofFunctions.length}`,
    );
    assertHidden(ofFunctions.join("\n"), "the functions' log");
    assertHidden(lines.filter((line) => !/DETAIL: {2}Failing row/.test(line)).join("\n"), "all logs");
  });

  await t.step("no question by halving, with any operator and count, is answered by what it is", async () => {
    await eachSpy(spies, async (who) => {
      for (const query of ORACLES) {
        for (const prefer of ["count=exact", "count=planned"]) {
          const answers = new Set<string>();
          for (const amount of [CANARIES.raised - 1, CANARIES.raised, CANARIES.raised + 1, 99_999_999_999]) {
            const path = `/rest/v1/${query.replaceAll("N", `${amount}`)}`;
            const { status, headers, text } = await ask(info, path, { headers: { ...who, prefer } });
            answers.add([status, headers.get("content-range"), text.replaceAll(`${amount}`, "N")].join());
          }
          assertEquals(answers.size, 1, `${query} ${prefer}: ${[...answers].join(" | ")}`);
        }
      }
    });
  });
});

async function readByFunctions({ spy }: Spying, who: Spy, sessionId: string): Promise<void> {
  for (const slug of ["get-session", "set-auto-bid", "bidding/get-session", "bidding/set-auto-bid"]) {
    await spy(who, `/functions/v1/${slug}?sessionId=${sessionId}`);
  }
  await spy(who, "/functions/v1/notifications?limit=100");
}

async function writeByFunctions({ spy }: Spying, who: Spy, sessionId: string): Promise<void> {
  const bodies = [
    { sessionId, amountCents: 1 },
    { sessionId, amountCents: 100_000_000_000 },
    { sessionId, maxAmountCents: 1 },
    { sessionId, maxAmount: [] },
    { sessionId: "x", maxAmount: 1 },
    { sessionId, amountCents: 1, isManualBid: true },
    "{",
  ];
  for (
    const slug of ["submit-bid", "set-auto-bid", "bidding/submit-bid", "cancel-session", "no-such-function"]
  ) {
    for (const body of bodies) await spy(who, `/functions/v1/${slug}`, { body });
  }
}
