import { join } from "@std/path";
import type postgres from "postgres";
import { z } from "zod";
import { issueAgentTokens } from "./demo_agents.ts";
import { randomSecret } from "./keys.ts";
import { readPrivateJson, writePrivateJson } from "./private_json.ts";
import type { StackInfo } from "./stack_file.ts";

const credentials = z.object({ email: z.string(), password: z.string() });
const kept = z.object({
  users: z.object({ admin: credentials, alice: credentials, bob: credentials }),
  agentTokens: z.record(z.string(), z.string()),
});

type Credentials = z.infer<typeof credentials>;
type Account = Credentials & { id: string };

/** Where the accounts live and where their passwords are kept. */
export interface DemoOptions {
  readonly apiUrl: string;
  readonly publishableKey: string;
  /** A connection as role `postgres`. */
  readonly sql: postgres.Sql;
  /** The folder that keeps the passwords, so that a second call finds the same accounts. */
  readonly folder: string;
  /** Domain of the e-mail addresses. */
  readonly domain?: string;
}

/** An admin, two people and a token for every agent: made on the first call, found again later. */
export async function demoAccounts(options: DemoOptions): Promise<Pick<StackInfo, "users" | "agentTokens">> {
  const path = join(options.folder, "accounts.json");
  // The passwords are kept before the accounts exist: a start that was cut short can go on.
  const known = await readPrivateJson(path, kept) ??
    { users: newCredentials(options.domain ?? "tradepost.test"), agentTokens: {} };
  await writePrivateJson(path, known);

  const [admin, alice, bob] = await Promise.all([
    account(options, known.users.admin),
    account(options, known.users.alice),
    account(options, known.users.bob),
  ]);
  await options.sql`select private.grant_admin(${admin.email})`;
  const agentTokens = await issueAgentTokens(options.sql, known.agentTokens);
  await writePrivateJson(path, { ...known, agentTokens });
  return { users: { admin, alice, bob }, agentTokens };
}

function newCredentials(domain: string): Record<"admin" | "alice" | "bob", Credentials> {
  const one = (name: string) => ({ email: `${name}@${domain}`, password: randomSecret(12) });
  return { admin: one("admin"), alice: one("alice"), bob: one("bob") };
}

async function account(options: DemoOptions, login: Credentials): Promise<Account> {
  const [user] = await options.sql<{ id: string }[]>`select id from auth.users where email = ${login.email}`;
  return { ...login, id: user?.id ?? await signUp(options, login) };
}

const signedUp = z.union([z.object({ user: z.object({ id: z.uuid() }) }), z.object({ id: z.uuid() })]);

async function signUp({ apiUrl, publishableKey }: DemoOptions, login: Credentials): Promise<string> {
  const response = await fetch(`${apiUrl}/auth/v1/signup`, {
    method: "POST",
    headers: { apikey: publishableKey, "content-type": "application/json" },
    body: JSON.stringify(login),
  });
  const said = await response.text();
  const answer = response.ok ? signedUp.safeParse(JSON.parse(said)) : undefined;
  if (!answer?.success) {
    throw new Error(`Expected to sign up ${login.email} but found ${response.status} ${said.slice(0, 200)}`);
  }
  return "user" in answer.data ? answer.data.user.id : answer.data.id;
}
