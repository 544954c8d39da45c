import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { z } from "zod";
import {
  cancelSession,
  createSession,
  getSession,
  notifications,
  sessionCleanup,
  setAutoBid,
  submitBid,
} from "../../shared/bidding/contract.ts";
import { MAX_CENTS, toCents } from "../../shared/bidding/money.ts";
import { ApiError } from "../../shared/http/api_error.ts";
import { readQuery } from "../../shared/http/query.ts";
import { validate } from "../../shared/http/validate.ts";

const ID = "00000000-0000-4000-8000-000000000001";
const OTHER_ID = "00000000-0000-4000-8000-000000000002";
const DRAFT = {
  propertyId: ID,
  targetNight: "2026-12-01",
  participants: [{ userId: ID }, { userId: OTHER_ID }],
  startingBidCents: 283_500,
};

/** Paths that a contract finds fault with. */
function faults(schema: z.ZodType, value: unknown): readonly string[] {
  try {
    validate(schema, value);
    return [];
  } catch (error) {
    if (!(error instanceof ApiError) || !Array.isArray(error.details.issues)) throw error;
    return error.details.issues.map(({ path }: { path: string }) => path);
  }
}

const bids = (body: Readonly<Record<string, unknown>>) =>
  faults(submitBid.request, { sessionId: ID, ...body });

Deno.test("decimals become cents by their digits, without binary fractions", () => {
  const cases = [
    [3300, 330_000],
    [3118.5, 311_850],
    [2835.00, 283_500],
    [1.15, 115],
    [1.1, 110],
    [0.29, 29],
    [4.35, 435],
    [0.01, 1],
    [1.005, undefined],
    [0.1 + 0.2, undefined],
    [1.1 + 2.2, undefined],
    [0.001, undefined],
    [1e-7, undefined],
    [1e21, undefined],
    [-1, undefined],
    [NaN, undefined],
    [Infinity, undefined],
    [1_000_000_000, MAX_CENTS],
    [999_999_999.99, MAX_CENTS - 1],
  ] as const;
  for (const [amount, cents] of cases) assertEquals(toCents(amount), cents, String(amount));
});

Deno.test("every amount of cents survives being sent as a decimal", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: MAX_CENTS }), (cents) => {
    const json = `{"sessionId": "${ID}", "amount": ${Math.floor(cents / 100)}.${
      `${cents % 100}`.padStart(2, "0")
    }}`;
    assertEquals(validate(submitBid.request, JSON.parse(json)), { sessionId: ID, amountCents: cents });
    assertEquals(toCents(cents / 100), cents);
  }));
});

Deno.test("a number with more than two decimals is never taken for one with two", () => {
  fc.assert(fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (amount) => {
    const cents = toCents(amount);
    assertEquals(cents === undefined || cents / 100 === amount, true);
  }));
});

Deno.test("a bid is in one of two forms, and whether it is by hand is not the caller's to say", () => {
  assertEquals(validate(submitBid.request, { sessionId: ID, amount: 3300, isManualBid: true }), {
    sessionId: ID,
    amountCents: 330_000,
  });
  assertEquals(validate(submitBid.request, { sessionId: ID, amountCents: 330_000 }), {
    sessionId: ID,
    amountCents: 330_000,
  });
  for (const isManualBid of [false, "no", null, { by: "proxy" }]) {
    assertEquals(bids({ amount: 1, isManualBid }), []);
  }
  assertEquals(bids({}), ["amount"]);
  assertEquals(bids({ amount: 1, amountCents: 100 }), ["amount"]);
  assertEquals(bids({ amount: 1, userId: ID }), ["userId"]);
  assertEquals(bids({ amount: 1, maxAmount: 2 }), ["maxAmount"]);
});

Deno.test("an amount is from a cent to a thousand million, to the cent", () => {
  for (const amount of [0.01, 1, 1.15, 1_000_000_000]) assertEquals(bids({ amount }), [], String(amount));
  for (const amount of [0, -1, 0.001, 1.005, 1_000_000_000.01, 1e21, NaN, Infinity, "3300", null, [3300]]) {
    assertEquals(bids({ amount }), ["amount"], String(amount));
  }
  for (const amountCents of [1, MAX_CENTS]) assertEquals(bids({ amountCents }), [], String(amountCents));
  for (const amountCents of [0, -1, 1.5, MAX_CENTS + 1, "330000", null]) {
    assertEquals(bids({ amountCents }), ["amountCents"], String(amountCents));
  }
});

Deno.test("a ceiling is in one of two forms, and null clears it", () => {
  const set = (body: Readonly<Record<string, unknown>>) =>
    validate(setAutoBid.request, { sessionId: ID, ...body }).maxAmountCents;
  assertEquals(
    [
      set({ maxAmount: 3800 }),
      set({ maxAmountCents: 1 }),
      set({ maxAmount: null }),
      set({ maxAmountCents: null }),
    ],
    [380_000, 1, null, null],
  );
  const wrong = (body: Readonly<Record<string, unknown>>) =>
    faults(setAutoBid.request, { sessionId: ID, ...body });
  assertEquals(wrong({}), ["maxAmount"]);
  assertEquals(wrong({ maxAmount: null, maxAmountCents: null }), ["maxAmount"]);
  assertEquals(wrong({ maxAmount: 1, maxAmountCents: null }), ["maxAmount"]);
  assertEquals(wrong({ maxAmount: -3800 }), ["maxAmount"]);
  assertEquals(wrong({ amount: 3800, maxAmount: 3800 }), ["amount"]);
});

Deno.test("reading and clearing a ceiling, and reading a session, name a session and nothing else", () => {
  for (const schema of [setAutoBid.variants.GET.request, setAutoBid.variants.DELETE.request]) {
    assertEquals(faults(schema, readQuery(`http://x/?sessionId=${ID}`)), []);
    assertEquals(faults(schema, readQuery("http://x/")), ["sessionId"]);
    assertEquals(faults(schema, readQuery(`http://x/?sessionId=${ID}&maxAmount=1`)), ["maxAmount"]);
  }
  const reads = (query: string) => faults(getSession.request, readQuery(`http://x/?${query}`));
  assertEquals(reads(`sessionId=${ID}&since=0`), []);
  assertEquals(reads(`sessionId=test_session_001`), ["sessionId"]);
  for (const since of ["-1", "1.5", "x", ""]) {
    assertEquals(reads(`sessionId=${ID}&since=${since}`), ["since"]);
  }
});

Deno.test("a session's start is in one of two forms", () => {
  const { startingBidCents: _, ...rest } = DRAFT;
  assertEquals(validate(createSession.request, { ...rest, startingBid: 2835 }), {
    ...rest,
    startingBidCents: 283_500,
  });
  assertEquals(faults(createSession.request, DRAFT), []);
  assertEquals(faults(createSession.request, rest), ["startingBid"]);
  assertEquals(faults(createSession.request, { ...DRAFT, startingBid: 2835 }), ["startingBid"]);
  assertEquals(faults(createSession.request, {}).toSorted(), ["participants", "propertyId", "targetNight"]);
});

Deno.test("each field of a session is held to its limits", () => {
  const cases: readonly (readonly [string, readonly unknown[], readonly unknown[]])[] = [
    ["listingId", [ID, null], ["x", 7]],
    ["targetNight", ["2027-02-28"], ["2027-02-29", "2026-12-1", "tomorrow"]],
    ["startingBidCents", [1, MAX_CENTS], [0, -1, 1.5, MAX_CENTS + 1, "283500"]],
    ["currency", ["EUR", null], ["eur", "EURO", "", 7]],
    ["startsAt", ["2026-12-01T08:00:00Z", null], ["2026-12-01", "2026-12-01T08:00:00"]],
    ["expiresAt", ["2026-12-01T08:00:00+02:00"], ["soon"]],
    ["minimumIncrementBps", [1, 100_000], [0, 100_001, 0.5]],
    ["maxRounds", [1, 1000, null], [0, 1001, "3"]],
    ["roundDurationSeconds", [1, 86_400], [0, 86_401]],
    ["maximumJumpBps", [10_000, 1_000_000], [9_999, 1_000_001]],
    ["compensationBps", [0, 10_000], [-1, 10_001]],
    ["compensationPolicy", ["always", "if_bid"], ["never", ""]],
    ["softCloseSeconds", [0, 3600], [-1, 3601]],
    ["status", [], ["active"]],
  ];
  for (const [field, good, bad] of cases) {
    for (const value of good) assertEquals(faults(createSession.request, { ...DRAFT, [field]: value }), []);
    for (const value of bad) {
      assertEquals(faults(createSession.request, { ...DRAFT, [field]: value }), [field], `${field} ${value}`);
    }
  }
});

Deno.test("participants are 2 to 100, each with an id", () => {
  const of = (participants: unknown) => faults(createSession.request, { ...DRAFT, participants });
  const many = (count: number) => Array.from({ length: count }, () => ({ userId: crypto.randomUUID() }));
  assertEquals([of(many(2)), of(many(100))], [[], []]);
  assertEquals([of(many(1)), of(many(101)), of(null)], [["participants"], ["participants"], [
    "participants",
  ]]);
  const second = (fields: unknown) => of([{ userId: ID }, fields]);
  assertEquals(second({ userId: OTHER_ID, alias: "🦊".repeat(50), archetype: "big_spender" }), []);
  assertEquals(second({ userId: "bob" }), ["participants.1.userId"]);
  assertEquals(second({ userId: OTHER_ID, alias: "x".repeat(51) }), ["participants.1.alias"]);
  assertEquals(second({ userId: OTHER_ID, alias: " " }), ["participants.1.alias"]);
  assertEquals(second({ userId: OTHER_ID, role: "admin" }), ["participants.1.role"]);
});

Deno.test("a cancellation has a reason, an inbox its page, a job nothing", () => {
  assertEquals(faults(cancelSession.request, { sessionId: ID }), ["reason"]);
  assertEquals(faults(cancelSession.request, { sessionId: ID, reason: "x".repeat(2001) }), ["reason"]);
  const inbox = (query: string) => faults(notifications.request, readQuery(`http://x/?${query}`));
  assertEquals(validate(notifications.request, readQuery("http://x/?unread=true&limit=100")), {
    unread: true,
    limit: 100,
  });
  assertEquals(validate(notifications.request, readQuery("http://x/?unread=false")), { unread: false });
  for (
    const query of ["unread=1", "unread=yes", "unread=", "limit=0", "limit=101", "cursor=", "type=outbid"]
  ) {
    assertEquals(inbox(query), [query.split("=")[0]], query);
  }
  assertEquals(inbox("unread=true&unread=true"), ["unread"]);
  assertEquals(faults(notifications.variants.POST.request, { notificationId: "x" }), ["notificationId"]);
  assertEquals(faults(sessionCleanup.request, { limit: 5 }), ["limit"]);
});
