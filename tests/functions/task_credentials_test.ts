/** Who may call which function, and what becomes of every kind of bad credentials, at the URLs. */
import { assertEquals } from "@std/assert";
import type { Contract } from "../../shared/contract.ts";
import type { ErrorCode } from "../../shared/error_catalogue.ts";
import * as contracts from "../../shared/tasks/contract.ts";
import {
  call,
  type FunctionAnswer,
  type FunctionCaller,
  nobody,
  refused,
  taskOf,
} from "../support/functions.ts";
import {
  agentWithToken,
  newAgent,
  newCast,
  type Person,
  signUp,
  taskIn,
  traceOf,
} from "../support/people.ts";
import { databaseOf } from "../support/realtime.ts";
import { stack } from "../support/stack.ts";
import { aTask } from "../support/tasks.ts";
import { signedAgain, signedWithSecret, tampered, unsigned } from "../support/user_tokens.ts";

const ALL: readonly Contract[] = Object.values(contracts);
const UNKNOWN = "00000000-0000-4000-8000-00000000dead";

/** A request of each function that its schema lets pass. */
const REQUESTS: Readonly<Record<string, unknown>> = {
  "create-task": aTask(),
  "submit-task": { taskId: UNKNOWN },
  "approve": { taskIds: [UNKNOWN], approved: true },
  "assign": { taskId: UNKNOWN, assignedTo: UNKNOWN },
  "complete": { taskId: UNKNOWN, actualHours: 1 },
  "cancel-task": { taskId: UNKNOWN },
};

const bearer = (token: string): FunctionCaller => ({ credentials: { authorization: `Bearer ${token}` } });
const withHeaders = (credentials: Record<string, string>): FunctionCaller => ({ credentials });

function callProperly({ name, methods }: Contract, caller: FunctionCaller): Promise<FunctionAnswer> {
  return call(name, caller, methods.includes("GET") ? {} : { json: REQUESTS[name] });
}

/** Holds every function to refuse these callers, each with its code. */
async function allRefuse(callers: readonly (readonly [FunctionCaller, ErrorCode])[]): Promise<void> {
  for (const contract of ALL) {
    for (const [index, [caller, code]] of callers.entries()) {
      const answer = await callProperly(contract, caller);
      assertEquals([contract.name, index, answer.body.code], [contract.name, index, code], answer.text);
      refused(answer, code);
    }
  }
}

Deno.test("no function takes a call without credentials, or with an API key in their place", async () => {
  const { publishableKey, secretKeys } = await stack();
  await allRefuse([
    [nobody, "credentials_missing"],
    [withHeaders({ authorization: `Bearer ${publishableKey}` }), "credentials_missing"],
    [withHeaders({ apikey: secretKeys.default }), "credentials_missing"],
    [withHeaders({ apikey: secretKeys.operator }), "credentials_missing"],
    [withHeaders({ apikey: "sb_secret_made-up" }), "credentials_missing"],
    [
      withHeaders({ apikey: secretKeys.cron, authorization: `Bearer ${secretKeys.cron}` }),
      "credentials_missing",
    ],
    [bearer(secretKeys.default), "credentials_malformed"],
    [bearer("sb_publishable_made-up"), "credentials_malformed"],
  ]);
});

Deno.test("no function takes credentials it cannot read", async () => {
  const { token } = await signUp();
  await allRefuse([
    [withHeaders({ authorization: "" }), "credentials_malformed"],
    [withHeaders({ authorization: "Bearer" }), "credentials_malformed"],
    [withHeaders({ authorization: `Basic ${btoa("admin:admin")}` }), "credentials_malformed"],
    [withHeaders({ authorization: token }), "credentials_malformed"],
    [withHeaders({ authorization: `Bearer ${token}, Bearer ${token}` }), "credentials_malformed"],
    [bearer("marketplace-amazon-secret123"), "credentials_malformed"],
    [bearer("a.b.c"), "credentials_malformed"],
    [bearer("../..'.--"), "credentials_malformed"],
    [bearer("x".repeat(513)), "credentials_malformed"],
    [withHeaders({ "x-agent-token": "" }), "credentials_malformed"],
    [withHeaders({ "x-agent-token": "short" }), "credentials_malformed"],
    [withHeaders({ "x-agent-token": token.slice(0, 31) }), "credentials_malformed"],
  ]);
});

Deno.test("no function takes a user's token that is expired, tampered with, or signed by another key", async () => {
  const { admin, alice } = await newCast();
  const { local } = await stack();
  const past = Math.floor(Date.now() / 1000) - 60;
  await allRefuse([
    [bearer(await signedAgain(admin.token, { exp: past })), "credentials_expired"],
    [bearer(tampered(alice.token, { sub: admin.id })), "credentials_invalid"],
    [bearer(tampered(alice.token, { role: "service_role" })), "credentials_invalid"],
    [
      bearer(tampered(await signedAgain(admin.token, { exp: past }), { exp: past + 3600 })),
      "credentials_invalid",
    ],
    [bearer(await signedWithSecret(admin.token, JSON.stringify(local?.signingKey))), "credentials_invalid"],
    [bearer(await signedWithSecret(admin.token, local?.signingKey.x ?? "")), "credentials_invalid"],
    [bearer(unsigned(admin.token)), "credentials_invalid"],
    [bearer(await signedAgain(admin.token, { sub: crypto.randomUUID() })), "credentials_invalid"],
  ]);
});

Deno.test("a user's token ends with its account", async () => {
  const leaver = await signUp("leaver");
  assertEquals((await call("list-tasks", leaver, { query: "limit=1" })).status, 200);
  await using sql = databaseOf(await stack());
  await sql`delete from auth.users where id = ${leaver.id}`;
  await allRefuse([[leaver, "credentials_invalid"]]);
});

Deno.test("no function takes an agent's token that is unknown, revoked, expired or rotated away", async () => {
  const agents = await Promise.all([newAgent(), newAgent(), newAgent(), newAgent()]);
  const [revoked, expired, rotated, gone] = agents;
  await using sql = databaseOf(await stack());
  await sql`select private.revoke_agent_tokens(${revoked.id})`;
  await sql`update private.agent_tokens set expires_at = clock_timestamp() where agent_id = ${expired.id}`;
  await sql`select private.rotate_agent_token(${rotated.id}, interval '0')`;
  await sql`select private.rotate_agent_token(${gone.id})`;
  await sql`select private.revoke_agent_tokens(${gone.id})`;
  const { token } = await newAgent();
  await allRefuse([
    [bearer(`agt_${revoked.id}_${"x".repeat(43)}`), "credentials_invalid"],
    [bearer(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`), "credentials_invalid"],
    [bearer(`${token}A`), "credentials_invalid"],
    [bearer(token.toUpperCase()), "credentials_invalid"],
    [revoked, "credentials_invalid"],
    [withHeaders({ "x-agent-token": revoked.token }), "credentials_invalid"],
    [expired, "credentials_expired"],
    [withHeaders({ "x-agent-token": expired.token }), "credentials_expired"],
    [rotated, "credentials_expired"],
    [gone, "credentials_invalid"],
  ]);
  assertEquals((await Promise.all(agents.map(traceOf))).every(({ tasks }) => tasks === 0), true);
});

Deno.test("a rotation lets both tokens work for the overlap", async () => {
  const old = await newAgent();
  await using sql = databaseOf(await stack());
  const [row] = await sql<{ token: string }[]>`select private.rotate_agent_token(${old.id}) as token`;
  for (const token of [old.token, row?.token ?? ""]) {
    assertEquals(taskOf(await call("create-task", bearer(token), { json: aTask() }), 201).createdBy, old.id);
  }
});

Deno.test("a deactivated agent may do nothing, and again everything once it is active", async () => {
  const { admin, agent } = await newCast();
  const setActive = (active: boolean) =>
    admin.supabase.schema("api").rpc("update_agent", { agent_id: agent.id, changes: { active } });
  assertEquals((await setActive(false)).error, null);
  await allRefuse([[agent, "not_allowed"]]);
  assertEquals((await setActive(true)).error, null);
  taskOf(await call("create-task", agent, { json: aTask() }), 201);
});

Deno.test("credentials of two callers together are ambiguous at every function", async () => {
  const { admin, agent } = await newCast();
  const other = await agentWithToken(agent.id);
  await allRefuse([
    [withHeaders({ ...admin.credentials, "x-agent-token": agent.token }), "ambiguous_credentials"],
    [withHeaders({ ...agent.credentials, "x-agent-token": other.token }), "ambiguous_credentials"],
  ]);
});

/** The functions each kind of caller may not use at all. */
const CLOSED: ReadonlyMap<"agent" | "user" | "admin", readonly string[]> = new Map([
  ["agent", ["approve", "assign", "complete", "task-stats"]],
  ["user", ["create-task", "submit-task", "approve", "assign", "cancel-task"]],
  ["admin", ["create-task", "submit-task"]],
]);

Deno.test("agents, users and admins each have their own functions, the others answer 403", async () => {
  const { admin, alice, agent } = await newCast();
  const { id: taskId } = await taskIn({ admin, alice, agent }, "awaiting_approval");
  const callers = { agent, user: alice, admin };
  for (const [kind, closed] of CLOSED) {
    for (const contract of ALL) {
      const answer = contract.name === "cancel-task"
        ? await call("cancel-task", callers[kind], { json: { taskId: kind === "user" ? taskId : UNKNOWN } })
        : await callProperly(contract, callers[kind]);
      const isClosed = answer.status === 403 && answer.body.code === "not_allowed";
      assertEquals(
        [contract.name, kind, isClosed],
        [contract.name, kind, closed.includes(contract.name)],
        answer.text,
      );
    }
  }
});

Deno.test("what a user says of himself makes him nobody else", async () => {
  const { admin, alice, agent } = await newCast();
  const { id } = await taskIn({ admin, alice, agent }, "awaiting_approval");
  const decision = { json: { taskIds: [id], approved: true } };
  const claims = {
    "app_metadata": { role: "admin" },
    "user_metadata": { role: "admin" },
    "user_role": "admin",
  };
  refused(await call("approve", bearer(await signedAgain(alice.token, claims)), decision), "not_allowed");

  const { data, error } = await alice.supabase.auth.updateUser({
    data: { role: "admin", display_name: "Admin" },
  });
  assertEquals([error, data.user?.id], [null, alice.id]);
  refused(await call("approve", await refreshed(alice), decision), "not_allowed");
  for (const headers of [{ "x-user-id": admin.id }, { "x-hasura-role": "admin" }, { role: "service_role" }]) {
    refused(await call("approve", alice, { ...decision, headers }), "not_allowed");
  }
});

async function refreshed({ supabase }: Person): Promise<FunctionCaller> {
  const { data, error } = await supabase.auth.refreshSession();
  if (error) throw error;
  return bearer(data.session?.access_token ?? "");
}
