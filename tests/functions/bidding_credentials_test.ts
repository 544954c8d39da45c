/** Who may call which bidding function, and by which key; what becomes of every other, at the URLs. */
import { assertEquals } from "@std/assert";
import type { Contract } from "../../shared/contract.ts";
import { CONTRACTS, type Slug, TWO_PART_PATHS } from "../../shared/contracts.ts";
import {
  bid,
  draftFor,
  holderOf,
  newBidders,
  opened,
  seen,
  sessionIn,
} from "../support/bidding_functions.ts";
import { call, type FunctionCall, type FunctionCaller, nobody, refused } from "../support/functions.ts";
import { newAgent } from "../support/people.ts";
import { stack } from "../support/stack.ts";

const UNKNOWN = "00000000-0000-4000-8000-00000000dead";

/** A request of each function that its schema lets pass. */
const REQUESTS: Readonly<Partial<Record<Slug, FunctionCall>>> = {
  "get-session": { query: { sessionId: UNKNOWN } },
  "submit-bid": { json: { sessionId: UNKNOWN, amount: 3300 } },
  "set-auto-bid": { json: { sessionId: UNKNOWN, maxAmount: 3800 } },
  "withdraw-bid": { json: { sessionId: UNKNOWN } },
  "cancel-session": { json: { sessionId: UNKNOWN, reason: "The night is gone" } },
};
const PEOPLES = TWO_PART_PATHS.bidding.filter((slug) => CONTRACTS[slug].auth === "user");

const keyed = (apikey: string): FunctionCaller => ({ credentials: { apikey } });
const bearer = (token: string): FunctionCaller => ({ credentials: { authorization: `Bearer ${token}` } });

Deno.test("a job is run by whoever holds the key cron or default, told in the header apikey", async () => {
  for (const name of ["cron", "default"] as const) {
    for (const slug of TWO_PART_PATHS.jobs) {
      const { status, text } = await call(slug, await holderOf(name), { json: {} });
      assertEquals([slug, status], [slug, 200], text);
    }
  }
});

Deno.test("any other key, and a user, is refused by a job with a sentence that says what is expected", async () => {
  const { secretKeys } = await stack();
  const { admin } = await newBidders();
  const expected = "Expected the secret key named cron or default in the apikey header but found another";
  const asBearer = "Expected a user's JWT or an agent token but found an API key; send it as `apikey`";
  const cases:
    readonly (readonly [FunctionCaller, "credentials_invalid" | "credentials_malformed", string])[] = [
      [nobody, "credentials_invalid", expected],
      [admin, "credentials_invalid", expected],
      [keyed(secretKeys.operator), "credentials_invalid", expected],
      [keyed("sb_secret_made-up"), "credentials_invalid", expected],
      [bearer(secretKeys.cron), "credentials_malformed", asBearer],
      [bearer(secretKeys.default), "credentials_malformed", asBearer],
    ];
  for (const slug of TWO_PART_PATHS.jobs) {
    for (const [caller, code, sentence] of cases) {
      for (const path of [slug, `jobs/${slug}`]) {
        assertEquals(refused(await call(path, caller, { json: {} }), code).error, sentence);
      }
    }
  }
});

Deno.test("a job without any key is told which one it needs", async () => {
  const { apiUrl } = await stack();
  const response = await fetch(`${apiUrl}/functions/v1/jobs/session-cleanup`, { method: "POST" });
  const { error, code } = await response.json();
  assertEquals([response.status, code, response.headers.get("www-authenticate")], [
    401,
    "credentials_missing",
    "Bearer",
  ]);
  assertEquals(error, "Expected the secret key named cron or default in the apikey header but found none");
});

Deno.test("a key that repeats itself as Bearer, as clients without a session do, is one key", async () => {
  const { secretKeys: { cron } } = await stack();
  const both = { credentials: { apikey: cron, authorization: `Bearer ${cron}` } };
  assertEquals((await call("expiration-warnings", both, { json: {} })).status, 200);
});

Deno.test("what people do takes a person: no key, and no agent", async () => {
  const agent = await newAgent();
  for (const slug of PEOPLES) {
    const request = REQUESTS[slug] ?? {};
    refused(await call(slug, nobody, request), "credentials_missing");
    for (const name of ["default", "cron", "operator"] as const) {
      refused(await call(slug, await holderOf(name), request), "credentials_missing");
    }
    refused(await call(slug, bearer("a.b.c"), request), "credentials_malformed");
    refused(await call(slug, agent, request), "not_allowed");
  }
});

Deno.test("sessions are opened and called off by admins and the service, never by who bids in them", async () => {
  const bidders = await newBidders();
  const contracts: readonly Contract[] = [CONTRACTS["create-session"], CONTRACTS["cancel-session"]];
  const sessionId = await opened(bidders);
  for (const { name } of contracts) {
    const json = name === "create-session" ? draftFor(bidders) : { sessionId, reason: "I lose" };
    refused(await call(name, nobody, { json }), "credentials_missing");
    refused(await call(name, bidders.alice, { json }), "not_allowed");
    refused(await call(name, await newAgent(), { json }), "not_allowed");
    for (const key of ["cron", "operator"] as const) {
      refused(await call(name, await holderOf(key), { json }), "credentials_invalid");
    }
  }
  const service = await holderOf("default");
  const mine = sessionIn(await call("create-session", service, { json: draftFor(bidders) }), 201);
  const json = { sessionId: mine.id, reason: "Opened by mistake" };
  assertEquals(sessionIn(await call("cancel-session", service, { json })).status, "cancelled");
});

Deno.test("an outsider is told the same of a session of others and of none; an admin is told which is which", async () => {
  const bidders = await newBidders();
  const { alice: outsider } = await newBidders();
  const sessionId = await opened(bidders);
  for (const id of [sessionId, UNKNOWN]) {
    const answers = [
      await seen(outsider, id),
      await bid(outsider, id, 3300),
      await call("set-auto-bid", outsider, { query: { sessionId: id } }),
      await call("set-auto-bid", outsider, { json: { sessionId: id, maxAmountCents: 1 } }),
      await call("withdraw-bid", outsider, { json: { sessionId: id } }),
    ];
    for (const answer of answers) {
      const { error, details } = refused(answer, "not_a_participant");
      assertEquals([error, details], ["You do not take part in this session", {}]);
    }
  }
  assertEquals((await seen(bidders.admin, sessionId)).body.session?.roundsLeft, null);
  refused(await seen(bidders.admin, UNKNOWN), "not_found");
  refused(await bid(bidders.admin, sessionId, 3300), "not_a_participant");
});
