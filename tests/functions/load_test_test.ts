import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { z } from "zod";
import { type ScriptProcess, startScript } from "../chaos/script_process.ts";
import { databaseOf, uniqueName } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const counts = z.object({
  sent: z.int(),
  accepted: z.int(),
  outrun: z.int(),
  refused: z.record(z.string(), z.int()),
  errors: z.int(),
  successPercent: z.number(),
});
const findings = z.object({
  sessionIds: z.array(z.guid()),
  bids: counts,
  autoBids: counts,
  yardstick: counts,
  realtime: z.object({ watchers: z.int(), expected: z.int(), heard: z.int() }),
  books: z.object({ sessions: z.int(), results: z.int(), notifications: z.int() }),
  passed: z.boolean(),
});

/** Two sessions of six bids as fast as they come; how fast that is on a busy machine is not judged. */
const TINY = ["--sessions", "2", "--bids", "6", "--pause", "0", "--p95", "60000", "--seed", "7"];

/** Starts a script of `load_tests/` on the stack under test. */
async function startLoad(script: string, args: string[]): Promise<ScriptProcess> {
  const { apiUrl, publishableKey, secretKeys, dbUrl } = await stack();
  return startScript(`../load_tests/${script}`, args, {
    SUPABASE_URL: apiUrl,
    SUPABASE_PUBLISHABLE_KEY: publishableKey,
    SUPABASE_SECRET_KEY: secretKeys.default,
    SUPABASE_DB_URL: dbUrl,
  });
}

/** Runs the load test to its end. */
async function bidUnderLoad(...args: string[]) {
  await using folder = await temporaryFolder();
  const json = join(folder.path, "findings.json");
  const { ended } = await startLoad("biddingLoadTest.ts", [...TINY, "--json", json, ...args]);
  const { code, said } = await ended;
  const text = await Deno.readTextFile(json).catch(() => {
    throw new Error(`Expected findings but found none: ${said}`);
  });
  return { code, said, found: findings.parse(JSON.parse(text)) };
}

/** What the database holds of these sessions. */
async function writtenOf(sessionIds: string[]) {
  await using sql = databaseOf(await stack());
  const [row] = await sql<[{ bids: number; results: number; notifications: number; open: number }]>`
    select
      (select count(*)::integer from public.bids where session_id = any (${sessionIds})) as bids,
      (select count(*)::integer from public.bidding_results where session_id = any (${sessionIds})) as results,
      (select count(*)::integer from public.bidding_notifications where session_id = any (${sessionIds})) as notifications,
      (select count(*)::integer from public.bidding_sessions
        where session_id = any (${sessionIds}) and ended_at is null) as open`;
  return row;
}

async function limits(): Promise<string[]> {
  await using sql = databaseOf(await stack());
  const rows = await sql<{ line: string }[]>`
    select concat_ws(' ', operation, max_requests, period_seconds) as line from private.rate_limits order by operation`;
  return rows.map(({ line }) => line);
}

/** A trigger on a table, until the end of the scope. */
async function triggerOn(table: string, timing: string, condition: string, body: string) {
  const name = uniqueName();
  const info = await stack();
  await using sql = databaseOf(info);
  await sql.unsafe(`
    create function private.${name}() returns trigger language plpgsql set search_path = '' as $$
    begin
      ${body}
      return new;
    end
    $$;
    create trigger ${name} ${timing} insert on ${table}
    for each row when (${condition}) execute function private.${name}()`);
  return {
    [Symbol.asyncDispose]: async () => {
      await using sql = databaseOf(info);
      await sql.unsafe(`drop trigger ${name} on ${table}; drop function private.${name}()`);
    },
  };
}

Deno.test("the load test bids by turns, every bid is accepted, and its counts are those of the database", async () => {
  const before = await limits();
  const { code, said, found } = await bidUnderLoad("--auto-bids", "0.5", "--watchers", "2");
  assertEquals(code, 0, said);
  assertEquals([found.bids.sent, found.bids.accepted, found.bids.outrun, found.bids.errors], [12, 12, 0, 0]);
  assertEquals(found.autoBids.accepted, found.autoBids.sent);
  assertEquals(found.bids.successPercent, 100);
  assertEquals(found.realtime.heard, found.realtime.expected);

  const written = await writtenOf(found.sessionIds);
  const { sessions, results, notifications } = found.books;
  assertEquals({ sessions, results, notifications }, {
    sessions: 2,
    results: written.results,
    notifications: written.notifications,
  });
  assertEquals([written.results, written.open], [2, 0]);
  // Beside the bids that were counted there are the answers of ceilings, and nothing else.
  const answers = written.bids - found.bids.accepted - found.autoBids.accepted;
  assertEquals(answers >= 0 && answers <= found.bids.accepted + found.autoBids.accepted, true);
  // Each event but the two at the opening is a bid, or the withdrawal and the end.
  assertEquals(found.realtime.expected, written.bids + 2 * sessions);
  assertEquals(await limits(), before);
});

Deno.test("where both fire at once whoever lost the race is counted as outrun, and as nothing else", async () => {
  const { code, said, found } = await bidUnderLoad("--contend", "--auto-bids", "0");
  assertEquals(code, 0, said);
  const { sent, accepted, outrun, refused, successPercent } = found.bids;
  assertEquals([accepted, refused, successPercent], [12, {}, 100]);
  assertEquals(sent, accepted + outrun);
  // Both start at the starting bid: one of them is late.
  assertEquals(outrun >= 2, true, said);
});

Deno.test("a missed threshold fails the load test", async () => {
  const { code, said, found } = await bidUnderLoad("--p95", "0.001");
  assertMatch(said, /^MISSED {2}p95 of accepted bids: below 0\.001 ms/m);
  assertEquals([code, found.passed, found.bids.accepted], [1, false, 12]);
});

Deno.test("an error of the server fails the load test, whatever success it is content with", async () => {
  await using _ = await triggerOn(
    "public.bids",
    "before",
    "new.seq = 5",
    "raise exception 'nobody foresaw this';",
  );
  const { code, said, found } = await bidUnderLoad("--success", "0", "--auto-bids", "0");
  assertMatch(said, /^WRONG {3}Expected no error of the server but found \d+$/m);
  assertMatch(said, /Expected 6 bids but found 2 and no more accepted/);
  assertEquals([code, found.passed, found.bids.accepted], [1, false, 4]);
});

Deno.test("a notification too many fails the load test", async () => {
  await using _ = await triggerOn(
    "public.bidding_notifications",
    "after",
    "new.type = 'outbid' and new.seq < 1000",
    `insert into public.bidding_notifications (notification_id, user_id, session_id, type, seq, data, created_at)
     values (gen_random_uuid(), new.user_id, new.session_id, new.type, new.seq + 1000, new.data, new.created_at);`,
  );
  const { code, said, found } = await bidUnderLoad("--auto-bids", "0");
  assertMatch(said, /^WRONG .*Expected notification «\w+ outbid 100\d» 0 times but found it 1 times$/m);
  assertEquals([code, found.passed, found.bids.accepted], [1, false, 12]);
});

Deno.test("one load test runs at a time; Ctrl-C calls its sessions off and leaves the limits as before", async () => {
  const before = await limits();
  const running = await startLoad("biddingLoadTest.ts", [...TINY, "--pause", "60000"]);
  await running.says(/2 sessions opened/);
  assertEquals((await limits()).filter((line) => / 1\d{9} /.test(line)).length, 5);
  const second = await (await startLoad("biddingLoadTest.ts", TINY)).ended;
  assertEquals(second, { code: 1, said: "Expected no other load test on this database but found one" });

  running.signal("SIGINT", "group");
  const { code, said } = await running.ended;
  assertEquals(code, 130, said);
  assertStringIncludes(said, "2 open sessions called off");
  assertEquals(await limits(), before);
});

Deno.test("limits that a killed load test left raised are restored by the next one", async () => {
  const before = await limits();
  await using sql = databaseOf(await stack());
  await sql`
    update private.rate_limits set max_requests = max_requests + 1000000000
    where operation in ('create_session', 'submit_bid')`;
  const { code, said } = await bidUnderLoad();
  assertEquals(code, 0, said);
  assertEquals(await limits(), before);
});

Deno.test("the load tests say how they are used and refuse what they do not know", async () => {
  for (const script of ["biddingLoadTest.ts", "prepare_k6.ts"]) {
    const help = await (await startLoad(script, ["--help"])).ended;
    assertEquals(help.code, 0);
    assertStringIncludes(help.said, `usage: deno run --allow-all load_tests/${script}`);
    assertEquals(await (await startLoad(script, ["--bids", "0"])).ended, {
      code: 1,
      said: 'Expected --bids to be a number from 1 to 1000 but found "0"',
    });
    assertEquals((await (await startLoad(script, ["--bid", "5"])).ended).code, 1);
  }
});

Deno.test("without k6 its load test fails and says how to get it", async () => {
  assertEquals(await (await startLoad("prepare_k6.ts", ["--run", "--k6", "/nowhere/k6"])).ended, {
    code: 1,
    said: "Expected k6 as /nowhere/k6 but found none; run scripts/install_k6.sh",
  });
});
