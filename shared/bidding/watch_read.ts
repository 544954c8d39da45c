import { type ResponseOf, type TradepostClient, TradepostError } from "../client.ts";
import { unlessAborted } from "../unless_aborted.ts";

/** A session as it stands: what `get-session` answers. */
export type SessionSnapshot = ResponseOf<"get-session">;

/** What is asked for, and how long an answer is waited for. */
export interface ReadOptions {
  readonly sessionId: string;
  /** The seq of the last event that is known. */
  readonly since: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Reads a session and what happened in it since.
 *
 * @throws {TradepostError} for whatever goes wrong, an answer that does not come included
 */
export async function readSession(
  client: TradepostClient,
  { sessionId, since, timeoutMs, signal }: ReadOptions,
): Promise<SessionSnapshot> {
  const patience = new AbortController();
  const giveUp = () => patience.abort();
  const timer = setTimeout(giveUp, timeoutMs);
  signal.addEventListener("abort", giveUp);
  try {
    const answer = client.call("get-session", { sessionId, since }, { signal: patience.signal });
    // A client that waits for its token, for ever perhaps, has not come to the signal yet.
    return verified(await unlessAborted(answer, patience.signal), since);
  } catch (cause) {
    if (cause instanceof TradepostError) throw cause;
    throw new TradepostError("The session could not be read", { code: "unreachable", status: 0, cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

/** Between a page and the project there may be others who answer, such as the sign-in page of a hotel. */
function verified(answer: SessionSnapshot, since: number): SessionSnapshot {
  const { session, events }: Partial<SessionSnapshot> = Object(answer);
  if (!Array.isArray(events) || typeof session?.seq !== "number") {
    throw new TradepostError("Expected a session but found something else", {
      code: "unknown",
      status: 200,
      body: answer,
    });
  }
  if (events.length === 0 && session.seq > since) {
    throw new TradepostError(`Expected the events from ${since + 1} to ${session.seq} but found none`, {
      code: "unknown",
      status: 200,
      body: answer,
    });
  }
  return answer;
}
