/** What the examples of the contracts need: everybody who calls, and a thing of its own for every id they name. */
import postgres from "postgres";
import { createTradepostClient, type TradepostClient } from "../../shared/client.ts";
import type { Example } from "../../shared/contract.ts";
import type { EXAMPLE_IDS } from "../../shared/example_ids.ts";
import { present } from "../support/present.ts";
import type { StackInfo } from "../support/stack.ts";

/** The ids of what was made, in place of those the examples name. */
export type ExampleIds = Readonly<Record<keyof typeof EXAMPLE_IDS | "token", string>>;

/** The headers that say who calls. */
export type Credentials = Readonly<Record<Example["as"] | "bob", Readonly<Record<string, string>>>>;

const AGENT = "marketplace-amazon";
const DRAFT = {
  marketplace: "amazon",
  title: "For the examples",
  description: "Made before the examples are called.",
  category: "optimization",
  priority: "medium",
  estimatedHours: 4,
} as const;

/** Signs everybody in. */
export async function credentialsOf(info: StackInfo): Promise<Credentials> {
  const { secretKeys, users, agentTokens } = info;
  return {
    admin: await signIn(info, users.admin),
    user: await signIn(info, users.alice),
    bob: await signIn(info, users.bob),
    agent: { "authorization": `Bearer ${agentTokens[AGENT]}` },
    service: { "apikey": secretKeys.default },
    cron: { "apikey": secretKeys.cron },
    operator: { "apikey": secretKeys.operator },
    anonymous: {},
  };
}

/** Makes what the examples name, each in the state its name says. */
export async function makeExamples(
  info: StackInfo,
  credentials: Credentials,
  night: string,
): Promise<ExampleIds> {
  const as = (who: keyof Credentials) =>
    createTradepostClient({
      url: info.apiUrl,
      apikey: info.publishableKey,
      accessToken: credentials[who].authorization?.slice("Bearer ".length) ?? "",
    });
  const { admin, alice, bob } = info.users;
  return {
    admin: admin.id,
    alice: alice.id,
    bob: bob.id,
    property: crypto.randomUUID(),
    propertyToo: crypto.randomUUID(),
    listing: crypto.randomUUID(),
    ...await makeTasks(info, as),
    ...await makeSessions(info, as, night),
    ...await makeRoutes(as),
    nobody: crypto.randomUUID(),
  };
}

type As = (who: keyof Credentials) => TradepostClient;

async function makeTasks(info: StackInfo, as: As) {
  const made = await as("agent").call("create-task", { tasks: Array(6).fill(DRAFT), mode: "atomic" });
  const taskIds = "results" in made ? made.results.map(({ task }) => task?.id ?? "") : [];
  const [awaiting = "", awaitingToo = "", toCancel = "", ...toApprove] = taskIds;
  const [approved = "", inProgress = "", completed = ""] = toApprove;
  const admin = as("admin");
  await admin.call("approve", { taskIds: toApprove, approved: true });
  for (const taskId of [inProgress, completed]) {
    await admin.call("assign", { taskId, assignedTo: info.users.alice.id });
  }
  await as("user").call("complete", { taskId: completed, actualHours: 4 });
  return {
    taskPending: await insertPending(info.dbUrl),
    taskAwaitingApproval: awaiting,
    taskAwaitingApprovalToo: awaitingToo,
    taskToCancel: toCancel,
    taskApproved: approved,
    taskInProgress: inProgress,
    taskCompleted: completed,
  };
}

/** The agent submits by itself whatever it creates; a task that waits for that comes from elsewhere. */
async function insertPending(dbUrl: string): Promise<string> {
  const sql = postgres(dbUrl, { max: 1 });
  try {
    const [row] = await sql<{ id: string }[]>`
      insert into public.marketplace_tasks
        (marketplace, created_by, title, description, category, priority, estimated_hours)
      values ('amazon', ${AGENT}, ${DRAFT.title}, ${DRAFT.description}, 'optimization', 'medium', 4)
      returning id`;
    return row?.id ?? "";
  } finally {
    await sql.end();
  }
}

async function makeSessions({ users }: StackInfo, as: As, night: string) {
  const open = async () => {
    const { session } = await as("admin").call("create-session", {
      propertyId: crypto.randomUUID(),
      targetNight: night,
      participants: [{ userId: users.alice.id }, { userId: users.bob.id }],
      startingBid: 2835,
    });
    return session.id;
  };
  const sessionToLeave = await open();
  await as("bob").call("submit-bid", { sessionId: sessionToLeave, amount: 3000 });
  const sessions = {
    sessionOpen: await open(),
    sessionToBidIn: await open(),
    sessionToLeave,
    sessionToCancel: await open(),
  };
  const { notifications: [newest] } = await as("user").call("notifications", { limit: 1 });
  return { ...sessions, notification: present(newest, "a notification of a session's start").id };
}

async function makeRoutes(as: As) {
  const route = async () => {
    const routed = await as("user").call("route-order", {
      items: [{ id: "item-1", name: "Milk", quantity: 1, unit: "gallon" }],
      shippingAddress: {
        street: "123 Main St",
        city: "San Francisco",
        state: "CA",
        postalCode: "94102",
        country: "US",
      },
      // Its order is placed by whoever has a payment method alone.
      preferences: { excludeProviders: ["MEALME"] },
    });
    if (!("routeId" in routed)) throw new Error("Expected an offer but found none");
    return routed;
  };
  const handedOff = await route();
  await as("user").call("confirm-order", {
    confirmationToken: handedOff.confirmationToken,
    acceptTotalCentsUpTo: 100_000,
  });
  return {
    routeDecided: handedOff.routeId,
    orderHandedOff: handedOff.orderId,
    routeToCancel: (await route()).routeId,
    token: (await route()).confirmationToken,
  };
}

async function signIn({ apiUrl, publishableKey }: StackInfo, account: { email: string; password: string }) {
  const response = await fetch(`${apiUrl}/auth/v1/token?grant_type=password`, {
    method: "POST",
    headers: { "apikey": publishableKey, "content-type": "application/json" },
    body: JSON.stringify({ email: account.email, password: account.password }),
  });
  const { access_token: token } = await response.json();
  return { "authorization": `Bearer ${token}` };
}
