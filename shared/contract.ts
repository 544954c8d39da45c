/**
 * The shape of a public function's contract: plain data from which the HTTP kernel, `openapi.json`,
 * the typed client and the tests all work.
 */
import type { z } from "zod";
import type { ErrorCode } from "./error_catalogue.ts";

/**
 * Who may call. `service`, `cron` and `operator` are named secret keys sent in the `apikey` header: `service` is
 * the key `default`, `cron` is `cron` or `default`.
 */
export type Caller =
  | "user"
  | "agent"
  | "user-or-agent"
  | "user-or-service"
  | "guest-or-user"
  | "service"
  | "cron"
  | "operator"
  | "none";

export type HttpMethod = "GET" | "POST" | "PATCH" | "DELETE";

/** A call that a test executes; ids in it are the fixed ones of `shared/example_ids.ts`. */
export interface Example {
  readonly name: string;
  readonly as: "agent" | "admin" | "user" | "service" | "cron" | "operator" | "anonymous";
  readonly method?: HttpMethod;
  readonly request: Readonly<Record<string, unknown>>;
  readonly status: number;
}

export interface Contract<Request extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  /** The slug: `functions/v1/<name>`. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly methods: readonly HttpMethod[];
  readonly auth: Caller;
  /** Body for POST and PATCH, query for GET and DELETE. */
  readonly request: Request;
  readonly response: Response;
  /** Success statuses this function answers with, the usual one first. */
  readonly success: readonly number[];
  /** Codes beyond those every function can answer with. */
  readonly errors: readonly ErrorCode[];
  /** Name of the row in `private.rate_limits`, where there is one. */
  readonly rateLimit?: string;
  /** Largest body in bytes; 1 MiB where absent. */
  readonly maxBodyBytes?: number;
  readonly examples: readonly Example[];
}

/** Keeps the literal types of a contract. */
export function defineContract<Request extends z.ZodType, Response extends z.ZodType>(
  contract: Contract<Request, Response>,
): Contract<Request, Response> {
  return contract;
}
