/**
 * The environment, typed. This is the only file of the functions that reads it; the names are listed here
 * and in `.env.example`, and a check holds the two lists equal.
 */
import { resolveEnv } from "@supabase/server/core";
import type { SupabaseEnv } from "@supabase/server";

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
  /** The least that is logged: `info` is a line per request, `error` only those with a fault, `silent` none. */
  readonly logLevel: LogLevel;
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
] as const;

type Variable = typeof ENVIRONMENT_VARIABLES[number];

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
    allowedOrigins: parseOrigins(read("ALLOWED_ORIGINS")),
    sentryDsn: read("SENTRY_DSN"),
    sentryEnvironment: read("SENTRY_ENVIRONMENT"),
    region: read("SB_REGION"),
    executionId: read("SB_EXECUTION_ID"),
    logLevel: parseLogLevel(read("LOG_LEVEL")),
  };
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

function read(variable: Variable): string | undefined {
  return Deno.env.get(variable)?.trim() || undefined;
}
