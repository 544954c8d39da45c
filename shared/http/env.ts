/**
 * The environment, typed. This is the only file of the functions that reads it; the names are listed here
 * and in `.env.example`, and a check holds the two lists equal.
 */
import { resolveEnv } from "@supabase/server/core";
import type { SupabaseEnv } from "@supabase/server";
import { allowedHostsOf } from "../delivery/ssrf_guard.ts";

/** What the kernel takes from the environment. */
export interface Environment {
  /** URL, API keys and JWKS of the project, as `@supabase/server` resolves them. */
  readonly supabase: SupabaseEnv;
  /** Origins of browsers that may call, exact; `*` allows all and must be written out. */
  readonly allowedOrigins: readonly string[];
  readonly sentryDsn: string | undefined;
  /** Name of the deployment in Sentry. */
  readonly sentryEnvironment: string | undefined;
  /** Where the platform runs this function. */
  readonly region: string | undefined;
  readonly executionId: string | undefined;
  /** The header in which the last trusted proxy names the client's address. */
  readonly clientAddressHeader: string;
  /** The least that is logged: `info` is a line per request, `error` only those with a fault, `silent` none. */
  readonly logLevel: LogLevel;
}

/** What the delivery of notifications takes from the environment. */
export interface DeliveryEnvironment {
  /** Undefined: no e-mail is sent, and each one's failure says so. */
  readonly resendApiKey: string | undefined;
  readonly resendApiUrl: string;
  readonly notificationFrom: string | undefined;
  /** `host:port` that may be reached although private or without TLS. */
  readonly allowedHosts: readonly string[];
}

const LOG_LEVELS = ["info", "error", "silent"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

/** Every variable the functions read, `@supabase/server` included. */
export const ENVIRONMENT_VARIABLES = [
  "SUPABASE_URL",
  "SUPABASE_PUBLIC_URL",
  "SUPABASE_PUBLISHABLE_KEYS",
  "SUPABASE_PUBLISHABLE_KEY",
  "SUPABASE_SECRET_KEYS",
  "SUPABASE_SECRET_KEY",
  "SUPABASE_JWKS",
  "SUPABASE_JWKS_URL",
  "ALLOWED_ORIGINS",
  "SENTRY_DSN",
  "SENTRY_ENVIRONMENT",
  "SB_REGION",
  "SB_EXECUTION_ID",
  "LOG_LEVEL",
  "CLIENT_ADDRESS_HEADER",
  "RESEND_API_KEY",
  "RESEND_API_URL",
  "NOTIFICATION_FROM",
  "DELIVERY_ALLOWED_HOSTS",
  "LOOPGPT_ENV",
  "LOOPGPT_PUBLIC_QUOTES",
  "LOOPGPT_SANDBOX_URL",
  "LOOPGPT_ENABLE_KROGER",
  "LOOPGPT_ENABLE_WALMART",
  "LOOPGPT_ENABLE_INSTACART",
  "LOOPGPT_ENABLE_MEALME",
  "LOOPGPT_KROGER_MOCK",
  "LOOPGPT_WALMART_MOCK",
  "LOOPGPT_INSTACART_MOCK",
  "LOOPGPT_MEALME_MOCK",
  "LOOPGPT_KROGER_TIMEOUT",
  "LOOPGPT_WALMART_TIMEOUT",
  "LOOPGPT_INSTACART_TIMEOUT",
  "LOOPGPT_MEALME_TIMEOUT",
  "LOOPGPT_KROGER_COMMISSION_BPS",
  "LOOPGPT_WALMART_COMMISSION_BPS",
  "LOOPGPT_INSTACART_COMMISSION_BPS",
  "LOOPGPT_MEALME_COMMISSION_BPS",
  "LOOPGPT_PREFER_DIRECT_KROGER",
  "LOOPGPT_PREFER_DIRECT_WALMART",
  "LOOPGPT_SCORE_PRIORITY_WEIGHT",
  "LOOPGPT_SCORE_PRICE_WEIGHT",
  "LOOPGPT_SCORE_SPEED_WEIGHT",
  "LOOPGPT_SCORE_COMMISSION_WEIGHT",
  "LOOPGPT_SCORE_AVAILABILITY_WEIGHT",
  "LOOPGPT_SCORE_RELIABILITY_WEIGHT",
  "LOOPGPT_INSTACART_ESTIMATE_CENTS",
  "LOOPGPT_ESTIMATED_FEES_CENTS",
  "LOOPGPT_ESTIMATED_TAX_BPS",
  "LOOPGPT_ESTIMATED_DELIVERY_MINUTES",
  "KROGER_CLIENT_ID",
  "KROGER_CLIENT_SECRET",
  "KROGER_ENV",
  "WALMART_API_KEY",
  "WALMART_PARTNER_ID",
  "WALMART_KEY_VERSION",
  "WALMART_PUBLISHER_ID",
  "WALMART_ENV",
  "INSTACART_API_KEY",
  "INSTACART_ENV",
  "MEALME_API_KEY",
  "MEALME_AUTH_HEADER",
  "MEALME_CONTACT_NAME",
  "MEALME_CONTACT_EMAIL",
  "MEALME_CONTACT_PHONE",
  "MEALME_WEBHOOK_SECRET",
] as const;

export type Variable = typeof ENVIRONMENT_VARIABLES[number];

/** A variable that is missing or does not have the expected form. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  readonly code = "environment_invalid";

  constructor(readonly variable: string, expected: string, found: string) {
    super(`Expected the environment variable ${variable} to ${expected} but found ${found}`);
  }
}

/**
 * Reads the environment anew: the platform sets some of it per invocation.
 *
 * @throws {EnvironmentError} naming the variable.
 */
export function readEnvironment(): Environment {
  const { data: supabase, error } = resolveEnv();
  if (error) throw new EnvironmentError("SUPABASE_URL", "be the project's URL", "nothing");
  return {
    supabase,
    allowedOrigins: parseOrigins(readVariable("ALLOWED_ORIGINS")),
    sentryDsn: readVariable("SENTRY_DSN"),
    sentryEnvironment: readVariable("SENTRY_ENVIRONMENT"),
    region: readVariable("SB_REGION"),
    executionId: readVariable("SB_EXECUTION_ID"),
    // Cloudflare, before the hosted platform, sets this one whatever the client sends.
    clientAddressHeader: readVariable("CLIENT_ADDRESS_HEADER") ?? "cf-connecting-ip",
    logLevel: parseLogLevel(readVariable("LOG_LEVEL")),
  };
}

/**
 * Reads what delivery needs, for the function that delivers alone: a wrong value here stops no other.
 *
 * @throws {EnvironmentError} naming the variable.
 */
export function readDeliveryEnvironment(): DeliveryEnvironment {
  return {
    resendApiKey: readVariable("RESEND_API_KEY"),
    resendApiUrl: parseApiUrl(readVariable("RESEND_API_URL")),
    notificationFrom: parseSender(readVariable("NOTIFICATION_FROM")),
    allowedHosts: parseAllowedHosts(readVariable("DELIVERY_ALLOWED_HOSTS")),
  };
}

/**
 * The hosts in a comma list.
 *
 * @throws {EnvironmentError} where an entry is not a host with a port.
 */
export function parseAllowedHosts(list: string | undefined): readonly string[] {
  const { hosts, wrong } = allowedHostsOf(list ?? "");
  if (wrong === undefined) return hosts;
  throw new EnvironmentError(
    "DELIVERY_ALLOWED_HOSTS",
    "list hosts with a port such as relay.internal:8080",
    `"${wrong}"`,
  );
}

/**
 * The address of the mail provider's API, without a slash at its end; Resend's where none is set.
 *
 * @throws {EnvironmentError} where it is no http or https URL, or carries credentials or a query.
 */
export function parseApiUrl(text = "https://api.resend.com"): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" &&
    url.password === "" && url.search === "" && url.hash === "";
  // What was found is not shown: it may hold a password.
  if (!isPlain) {
    throw new EnvironmentError("RESEND_API_URL", "be a URL such as https://api.resend.com", "another text");
  }
  return text.replace(/\/+$/, "");
}

/**
 * The sender of mail: an address, or a name with one.
 *
 * @throws {EnvironmentError} where it is neither.
 */
export function parseSender(text: string | undefined): string | undefined {
  if (text === undefined || /^([^<>\r\n]+<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+)$/.test(text)) return text;
  throw new EnvironmentError(
    "NOTIFICATION_FROM",
    "be an address such as Tradepost <notifications@shop.example>",
    `"${text}"`,
  );
}

/**
 * The origins in a comma list.
 *
 * @throws {EnvironmentError} where an entry is not an origin: it could never match, and nobody would see why.
 */
export function parseOrigins(list: string | undefined): readonly string[] {
  const origins = (list ?? "").split(",").map((origin) => origin.trim()).filter((origin) => origin !== "");
  for (const origin of origins) {
    if (origin !== "*" && !isOrigin(origin)) {
      throw new EnvironmentError(
        "ALLOWED_ORIGINS",
        "list origins such as https://shop.example",
        `"${origin}"`,
      );
    }
  }
  return origins;
}

/**
 * The log level by its name; `info` where none is set.
 *
 * @throws {EnvironmentError} where there is no such level.
 */
export function parseLogLevel(name: string | undefined): LogLevel {
  const level = LOG_LEVELS.find((known) => known === (name ?? "info"));
  if (level === undefined) {
    throw new EnvironmentError("LOG_LEVEL", `be one of ${LOG_LEVELS.join(", ")}`, `"${name}"`);
  }
  return level;
}

function isOrigin(text: string): boolean {
  return !text.includes("*") && URL.canParse(text) && new URL(text).origin === text;
}

/** One variable's text; undefined where it is not set, or empty. */
export function readVariable(variable: Variable): string | undefined {
  return Deno.env.get(variable)?.trim() || undefined;
}
