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
  /** Of a refusal; absent where the function's own body comes, whatever the status. */
  readonly code?: ErrorCode;
}

/** What one of a function's methods takes and answers, where it is not what the function's first method does. */
export interface Variant<Request extends z.ZodType = z.ZodType, Response extends z.ZodType = z.ZodType> {
  readonly summary: string;
  readonly description: string | undefined;
  readonly request: Request;
  readonly response: Response;
  readonly errors: readonly ErrorCode[];
  readonly rateLimit: string | undefined;
}

/** Variants by their method. */
export type Variants = Readonly<Partial<Record<HttpMethod, Variant>>>;

export interface Contract<
  Request extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
  Others extends Variants = Variants,
> {
  /** The slug: `functions/v1/<name>`. */
  readonly name: string;
  readonly summary: string;
  readonly description?: string | undefined;
  /** What it answers to, the usual one first. */
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
  readonly rateLimit?: string | undefined;
  /** Largest body in bytes; 1 MiB where absent. */
  readonly maxBodyBytes?: number;
  readonly examples: readonly Example[];
  /** The methods that do otherwise than the first. */
  readonly variants?: Others;
}

/** Keeps the literal types of a contract. */
export function defineContract<Request extends z.ZodType, Response extends z.ZodType>(
  contract: Contract<Request, Response, Readonly<Record<never, never>>>,
): Contract<Request, Response, Readonly<Record<never, never>>> {
  return contract;
}

/**
 * Gives a function methods that do otherwise than its first one.
 *
 * @example
 * ```ts
 * const read = endpoint({ ...setAutoBid, ...setAutoBid.variants.GET }, handler);
 * ```
 */
export function withVariants<
  Request extends z.ZodType,
  Response extends z.ZodType,
  Others extends Variants,
>(
  contract: Contract<Request, Response, Readonly<Record<never, never>>>,
  variants: Others,
): Contract<Request, Response, Others> & { readonly variants: Others } {
  return { ...contract, variants };
}

/** A function's contract as one of its methods fulfils it. */
export function asMethod(contract: Contract, method: HttpMethod): Contract {
  return { ...contract, ...contract.variants?.[method] };
}

/** Whether a method carries its request in the query; the others carry it in the body. */
export function isQueried(method: HttpMethod): boolean {
  return method === "GET" || method === "DELETE";
}
