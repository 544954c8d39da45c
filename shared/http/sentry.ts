import type * as SentryModule from "@sentry/deno";
import type { Environment } from "./env.ts";
import { redact } from "./redact.ts";

const FLUSH_MS = 2000;

/** Where a fault happened; nothing about who met it. */
export interface FaultContext {
  readonly functionName: string;
  readonly requestId: string;
  readonly code: string;
}

let started: { readonly dsn: string; readonly sentry: Promise<typeof SentryModule> } | undefined;

/**
 * Sends a fault to Sentry, where a DSN is set. Resolves once it is sent, or after two seconds; never rejects:
 * a caller's answer does not depend on it.
 */
export async function reportFault(fault: unknown, context: FaultContext, env: Environment): Promise<void> {
  if (env.sentryDsn === undefined) return;
  try {
    const sentry = await start(env.sentryDsn, env.sentryEnvironment);
    // A scope of its own per request: an isolate serves many at a time.
    sentry.withIsolationScope((scope) => {
      scope.setTags({
        function: context.functionName,
        code: context.code,
        request_id: context.requestId,
        region: env.region,
        execution_id: env.executionId,
      });
      sentry.captureException(fault, { mechanism: { type: "tradepost.endpoint", handled: true } });
    });
    await sentry.flush(FLUSH_MS);
  } catch (error) {
    console.error(
      JSON.stringify({ level: "error", message: "Sentry is away", error: redact(String(error)) }),
    );
  }
}

/** Loaded on the first fault only: functions that never fail, or have no DSN, do not pay for it. */
function start(dsn: string, environment: string | undefined): Promise<typeof SentryModule> {
  if (started?.dsn !== dsn) {
    const sentry = load(dsn, environment);
    started = { dsn, sentry };
    // A load that failed is tried again with the next fault.
    sentry.catch(() => started = undefined);
  }
  return started.sentry;
}

async function load(dsn: string, environment: string | undefined): Promise<typeof SentryModule> {
  const sentry = await import("@sentry/deno");
  sentry.init({
    dsn,
    ...(environment === undefined ? {} : { environment }),
    defaultIntegrations: false,
    sendDefaultPii: false,
    beforeSend: withoutPersonalData,
  });
  return sentry;
}

function withoutPersonalData(event: SentryModule.ErrorEvent): SentryModule.ErrorEvent {
  for (const exception of event.exception?.values ?? []) {
    if (exception.value !== undefined) exception.value = redact(exception.value);
  }
  delete event.request;
  delete event.user;
  delete event.server_name;
  delete event.breadcrumbs;
  return event;
}
