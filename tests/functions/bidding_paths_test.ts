/** The seed's two-part paths, the methods of every bidding function, and fields that none of them knows. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Contract, type HttpMethod, isQueried } from "../../shared/contract.ts";
import { CONTRACTS, TWO_PART_PATHS } from "../../shared/contracts.ts";
import { aSession } from "../support/bidding.ts";
import { type BiddingBody, holderOf, newBidders, opened, sessionIn } from "../support/bidding_functions.ts";
import { call, type FunctionCall, issuePaths, nobody, refused } from "../support/functions.ts";
import { stack } from "../support/stack.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000dead";
const ALL: readonly Contract[] = Object.values(TWO_PART_PATHS).flat().map((slug) => CONTRACTS[slug]);

/** A request of each method of each function that its schema lets pass. */
const REQUESTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "create-session POST": aSession([UNKNOWN, UNKNOWN.replace("0", "1")]),
  "get-session GET": { sessionId: UNKNOWN },
  "submit-bid POST": { sessionId: UNKNOWN, amount: 3300, isManualBid: true },
  "set-auto-bid POST": { sessionId: UNKNOWN, maxAmount: 3800 },
  "set-auto-bid GET": { sessionId: UNKNOWN },
  "set-auto-bid DELETE": { sessionId: UNKNOWN },
  "withdraw-bid POST": { sessionId: UNKNOWN },
  "cancel-session POST": { sessionId: UNKNOWN, reason: "The night is gone" },
  "notifications POST": { notificationId: UNKNOWN },
};

function requestOf(method: HttpMethod, fields: Readonly<Record<string, unknown>>): FunctionCall {
  if (!isQueried(method)) return { method, json: fields };
  const query = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  return { method, query };
}

Deno.test("every function answers at its two-part path as at its own", async () => {
  const { admin } = await newBidders();
  const cron = await holderOf("cron");
  const answered = new Set<string>();
  for (const [name, slugs] of Object.entries(TWO_PART_PATHS)) {
    for (const slug of slugs) {
      for (const method of CONTRACTS[slug].methods) {
        const request = requestOf(method, REQUESTS[`${slug} ${method}`] ?? {});
        const caller = name === "jobs" ? cron : admin;
        const [own, other] = [
          await call(slug, caller, request),
          await call(`${name}/${slug}`, caller, request),
        ];
        assertEquals([other.status, other.body.code], [own.status, own.body.code], `${method} ${slug}`);
        assertEquals(Object.keys(other.body), Object.keys(own.body));
        answered.add(`${slug} ${method} ${own.body.code ?? own.status}`);
      }
    }
  }
  assertEquals([...answered].toSorted(), [
    "archive-sessions POST 200",
    "cancel-session POST not_found",
    "create-session POST user_not_found",
    "deliver-notifications POST 200",
    "expiration-warnings POST 200",
    "get-session GET not_found",
    "notifications GET 200",
    "notifications POST not_found",
    "reconcile-orders POST 200",
    "session-cleanup POST 200",
    "set-auto-bid DELETE not_a_participant",
    "set-auto-bid GET not_a_participant",
    "set-auto-bid POST not_a_participant",
    "submit-bid POST not_a_participant",
    "withdraw-bid POST not_a_participant",
  ]);
});

Deno.test("the seed's own requests are answered, whatever version of its paths they use", async () => {
  const bidders = await newBidders();
  const sessionId = await opened(bidders, { startingBidCents: 300_000 });
  const json = { sessionId, amount: 3300, isManualBid: true };
  const bidden = await call<BiddingBody>("bidding/submit-bid", bidders.alice, { json });
  assertEquals([sessionIn(bidden).leader, bidden.body.bid?.amount], ["Alice", 3300]);
  const ceiling = { sessionId, maxAmount: 3800 };
  const set = await call<BiddingBody>("bidding/set-auto-bid", bidders.alice, { json: ceiling });
  assertEquals([set.status, set.body.autoBid?.maxAmount, set.body.bid], [200, 3800, null]);
  const own = await call<BiddingBody>("bidding/set-auto-bid", bidders.alice, { query: { sessionId } });
  assertEquals(own.body.autoBid?.maxAmountCents, 380_000);
  const cleanup = await call("jobs/session-cleanup", await holderOf("default"), { method: "POST" });
  assertEquals([cleanup.status, cleanup.body.success], [200, true]);
});

Deno.test("a path that leads nowhere is 404 in the public error body, by any method", async () => {
  const paths = [
    "bidding",
    "bidding/",
    "bidding/place-bid",
    "bidding/submit-bid/now",
    "bidding/__proto__",
    "bidding/session-cleanup",
    "jobs/submit-bid",
    "jobs",
  ];
  for (const path of paths) {
    for (
      const request of [{}, { json: {} }, { raw: "{" }, { method: "DELETE" }, { method: "PATCH", json: {} }]
    ) {
      const { error } = refused(await call(path, nobody, request), "not_found");
      assertStringIncludes(error ?? "", path.startsWith("jobs") ? "session-cleanup" : "submit-bid");
    }
  }
  const headers = { "x-request-id": "req-of-mine" };
  assertEquals((await call("jobs/none", nobody, { headers })).body.requestId, "req-of-mine");
});

Deno.test("every function says which methods it answers, and lets a browser ask", async () => {
  const { apiUrl } = await stack();
  for (const { name, methods } of ALL) {
    for (
      const method of ["PUT", "PATCH", "DELETE", "GET", "POST"].filter((it) => !methods.some((m) => m === it))
    ) {
      const answer = await call(name, nobody, { method });
      refused(answer, "method_not_allowed");
      assertEquals(answer.headers.get("allow"), [...methods, "OPTIONS"].join(", "), `${method} ${name}`);
    }
    const preflight = await fetch(`${apiUrl}/functions/v1/${name}`, { method: "OPTIONS" });
    assertEquals([preflight.status, await preflight.text()], [204, ""]);
  }
});

Deno.test("a field that a method does not know is refused by name", async () => {
  const { admin } = await newBidders();
  const cron = await holderOf("cron");
  for (const contract of ALL) {
    for (const method of contract.methods) {
      const known = REQUESTS[`${contract.name} ${method}`] ?? {};
      const caller = contract.auth === "cron" ? cron : admin;
      for (const field of ["userId", "current_price_cents", "__proto__", "isAdmin"]) {
        const more: Readonly<Record<string, unknown>> = JSON.parse(`{"${field}": 1}`);
        const answer = await call(contract.name, caller, requestOf(method, { ...known, ...more }));
        assertEquals(issuePaths(answer), [field], `${method} ${contract.name}`);
      }
    }
  }
});
