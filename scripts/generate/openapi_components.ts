import type { Caller } from "../../shared/contract.ts";

export const securitySchemes = {
  user: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A signed-in user's access token.",
  },
  agent: { type: "http", scheme: "bearer", description: "An agent's token, as issued." },
  agentHeader: { type: "apiKey", in: "header", name: "x-agent-token", description: "An agent's token." },
  secretKey: {
    type: "apiKey",
    in: "header",
    name: "apikey",
    description: "A named secret key (`default`, `cron`, `operator`); never as Bearer.",
  },
} as const;

const USER = [{ user: [] }];
const AGENT = [{ agent: [] }, { agentHeader: [] }];
const SECRET_KEY = [{ secretKey: [] }];

/** Any one of these lets a caller in; the empty one stands for nobody at all. */
export const SECURITY: Readonly<Record<Caller, readonly Readonly<Record<string, readonly string[]>>[]>> = {
  "user": USER,
  "agent": AGENT,
  "user-or-agent": [...USER, ...AGENT],
  "user-or-service": [...USER, ...SECRET_KEY],
  "guest-or-user": [{}, ...USER, ...AGENT],
  "service": SECRET_KEY,
  "cron": SECRET_KEY,
  "operator": SECRET_KEY,
  "none": [{}],
};

export const responseHeaders = {
  "x-request-id": {
    description: "The request's id: the caller's own where he sent one, else a new one.",
    schema: { type: "string" },
  },
  "idempotency-replayed": {
    description: "`true` where this is the stored answer of an earlier call with the same Idempotency-Key.",
    schema: { type: "string", const: "true" },
  },
  "retry-after": { description: "Seconds to wait.", schema: { type: "integer", minimum: 1 } },
  "ratelimit-limit": { description: "Requests per period.", schema: { type: "integer" } },
  "ratelimit-remaining": { description: "Requests left.", schema: { type: "integer" } },
  "ratelimit-reset": { description: "Seconds until there is one more.", schema: { type: "integer" } },
} as const;

/** The error body, with every code there is. */
export function errorSchema(codes: readonly string[]): unknown {
  return {
    type: "object",
    description: "docs/errors.md says what each code means and what to do about it.",
    properties: {
      error: { type: "string", description: "A sentence for people." },
      code: { type: "string", enum: codes },
      details: {
        type: "object",
        properties: {
          issues: {
            type: "array",
            items: {
              type: "object",
              properties: { path: { type: "string" }, message: { type: "string" } },
              required: ["path", "message"],
            },
          },
        },
      },
      requestId: { type: "string" },
    },
    required: ["error", "code", "details", "requestId"],
  };
}
