/** Every example of openapi.json, called at the public URLs of the stack under test. */
import { assertEquals, assertRejects } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import {
  createTradepostClient,
  fromSupabase,
  type TradepostClient,
  TradepostError,
} from "../../shared/client.ts";
import type { Contract, Example } from "../../shared/contract.ts";
import { CONTRACTS } from "../../shared/contracts.ts";
import { EXAMPLE_IDS } from "../../shared/example_ids.ts";
import { stack, type StackInfo } from "../support/stack.ts";

type ExampleId = keyof typeof EXAMPLE_IDS;

const AGENT = "marketplace-amazon";
const DRAFT = {
  marketplace: "amazon",
  title: "For the examples",
  description: "Made before the examples are called.",
  category: "optimization",
  priority: "medium",
  estimatedHours: 4,
} as const;

Deno.test("every example is answered as its contract says", async (t) => {
  const info = await stack();
  const headers = await credentials(info);
  const ids = await makeExampleTasks(info, headers);
  for (const contract of Object.values<Contract>(CONTRACTS)) {
    for (const example of contract.examples) {
      await t.step(`${contract.name}: ${example.name}`, async () => {
        const request = toRequest(info, contract, example, ids);
        for (const [name, value] of Object.entries(headers[example.as] ?? {})) {
          request.headers.set(name, value);
        }
        const response = await fetch(request);
        const body = await response.json();
        assertEquals(response.status, example.status, JSON.stringify(body));
        // Parsing drops what the contract does not know: nothing may be lost.
        assertEquals(contract.response.parse(body), body);
      });
    }
  }
});

Deno.test("a signed-in supabase-js client calls through the typed client, a signed-out one is refused", async () => {
  const { apiUrl, publishableKey, users } = await stack();
  const supabase = createClient(apiUrl, publishableKey, {
    auth: { autoRefreshToken: false, persistSession: false },
  });
  const client = fromSupabase(supabase);
  const refused = await assertRejects(() => client.call("task-stats", {}), TradepostError);
  assertEquals([refused.status, refused.code], [401, "credentials_missing"]);
  const { error } = await supabase.auth.signInWithPassword(users.alice);
  assertEquals(error, null);
  const { marketplaces } = await client.call("task-stats", { timezone: "Asia/Tokyo" });
  assertEquals(marketplaces.length, 6);
  await supabase.auth.signOut();
});

type Credentials = Readonly<Partial<Record<Example["as"], Readonly<Record<string, string>>>>>;

async function credentials(
  { apiUrl, publishableKey, secretKeys, users, agentTokens }: StackInfo,
): Promise<Credentials> {
  const signIn = async ({ email, password }: { email: string; password: string }) => {
    const response = await fetch(`${apiUrl}/auth/v1/token?grant_type=password`, {
      method: "POST",
      headers: { "apikey": publishableKey, "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    const { access_token: token } = await response.json();
    return { "authorization": `Bearer ${token}` };
  };
  return {
    admin: await signIn(users.admin),
    user: await signIn(users.alice),
    agent: { "authorization": `Bearer ${agentTokens[AGENT]}` },
    service: { "apikey": secretKeys.default },
    cron: { "apikey": secretKeys.cron },
    operator: { "apikey": secretKeys.operator },
    anonymous: {},
  };
}

/** Makes one task for every id of the examples, each in the state its name says. */
async function makeExampleTasks(info: StackInfo, headers: Credentials): Promise<Record<ExampleId, string>> {
  const as = (who: Example["as"]): TradepostClient =>
    createTradepostClient({
      url: info.apiUrl,
      apikey: info.publishableKey,
      accessToken: headers[who]?.authorization?.slice("Bearer ".length) ?? "",
    });
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
    admin: info.users.admin.id,
    alice: info.users.alice.id,
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

function toRequest(
  info: StackInfo,
  contract: Contract,
  example: Example,
  ids: Readonly<Record<ExampleId, string>>,
): Request {
  const method = example.method ?? contract.methods[0] ?? "GET";
  const url = new URL(`${info.apiUrl}/functions/v1/${contract.name}`);
  const headers = { "apikey": info.publishableKey, "content-type": "application/json" };
  if (method !== "GET") return new Request(url, { method, headers, body: withIds(example.request, ids) });
  for (const [key, value] of Object.entries(example.request)) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(key, String(one));
  }
  return new Request(url, { headers });
}

function withIds(request: Example["request"], ids: Readonly<Record<string, string>>): string {
  return Object.entries(EXAMPLE_IDS).reduce(
    (text, [name, id]) => text.replaceAll(id, ids[name] ?? ""),
    JSON.stringify(request),
  );
}
