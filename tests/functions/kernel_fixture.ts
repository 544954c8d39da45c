/** What the kernel's tests have in common: keys of their own, a contract of their own, and no stack. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { z } from "zod";
import { type Caller, type Contract, defineContract } from "../../shared/contract.ts";
import { endpoint, type EndpointOptions } from "../../shared/http/endpoint.ts";
import type { Environment } from "../../shared/http/env.ts";
import type { HandlerContext } from "../../shared/http/handler.ts";
import type { LogLine } from "../../shared/http/log.ts";

export const USER_ID = "00000000-0000-4000-8000-00000000a002";
export const AGENT_TOKEN = `agt_marketplace-amazon_${"k".repeat(43)}`;
export const KEYS = {
  publishable: "sb_publishable_kernel",
  default: "sb_secret_default",
  cron: "sb_secret_cron",
  operator: "sb_secret_operator",
};

const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
const stranger = await generateKeyPair("ES256");
const jwk = { ...await exportJWK(publicKey), kid: "kernel", alg: "ES256" };

export interface TokenOptions {
  readonly expiresAt?: string | number;
  readonly subject?: string | undefined;
  /** Signed by somebody else's key. */
  readonly isForged?: boolean;
}

/** A user's token as the platform signs them. */
export async function signToken(options: TokenOptions = {}): Promise<string> {
  const token = new SignJWT({ role: "authenticated", email: "alice@example.com" })
    .setProtectedHeader({ alg: "ES256", kid: "kernel" })
    .setAudience("authenticated")
    .setExpirationTime(options.expiresAt ?? "1h");
  const subject = "subject" in options ? options.subject : USER_ID;
  if (subject !== undefined) token.setSubject(subject);
  return await token.sign(options.isForged ? stranger.privateKey : privateKey);
}

/** An environment without a stack behind it; port 1 refuses every connection. */
export function environment(overrides: Partial<Environment> = {}, url = "http://127.0.0.1:1"): Environment {
  return {
    supabase: {
      url,
      publishableKeys: { default: KEYS.publishable },
      secretKeys: { default: KEYS.default, cron: KEYS.cron, operator: KEYS.operator },
      jwks: { keys: [jwk] },
    },
    allowedOrigins: [],
    sentryDsn: undefined,
    sentryEnvironment: undefined,
    region: undefined,
    executionId: undefined,
    clientAddressHeader: "cf-connecting-ip",
    logLevel: "info",
    ...overrides,
  };
}

const body = z.strictObject({
  name: z.string().optional(),
  open: z.record(z.string(), z.unknown()).optional(),
});

/** A contract for tests alone. */
export function probeContract(overrides: Partial<Contract<typeof body>> = {}) {
  return defineContract({
    name: "probe",
    summary: "For tests",
    methods: ["POST"],
    auth: "none" satisfies Caller,
    request: body,
    response: z.unknown(),
    success: [200],
    errors: [],
    maxBodyBytes: 1000,
    examples: [],
    ...overrides,
  });
}

export type ProbeContext = HandlerContext<z.output<typeof body>>;

/** A probe that answers with its input and actor, and keeps its log lines. */
export function probe(
  overrides: Partial<Contract<typeof body>> = {},
  options: EndpointOptions = {},
  handler?: (context: ProbeContext) => unknown,
) {
  const lines: LogLine[] = [];
  const served = endpoint(
    probeContract(overrides),
    async (context) => {
      const answer = await handler?.(context);
      return { status: 200, body: answer ?? { input: context.input, actor: context.actor.kind } };
    },
    { env: environment(), log: (line) => lines.push(line), ...options },
  );
  return { fetch: served.fetch, lines };
}

/** A POST with a JSON body, as an ordinary client sends it. */
export function post(json: unknown, headers: Record<string, string> = {}): Request {
  return new Request("http://127.0.0.1/probe", {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof json === "string" ? json : JSON.stringify(json),
  });
}

const errorBody = z.strictObject({
  error: z.string(),
  code: z.string(),
  details: z.record(z.string(), z.unknown()),
  requestId: z.string(),
});

/** The public error of a response; fails where the body is another. */
export async function errorOf(response: Response) {
  return { status: response.status, ...errorBody.parse(await response.json()) };
}
