/** A signed-in client whose sockets a test can break, and whose messages it can lose or double. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { StackInfo } from "./stack.ts";

/** What becomes of a broadcast that arrives. */
export type Fate = "heard" | "lost" | "twice";

export interface BreakableClient {
  readonly client: SupabaseClient;
  /** How many sockets were opened so far. */
  readonly opened: number;
  /** Closes the socket that is open, as a network that goes away does. */
  breakSocket(): void;
}

/**
 * Makes such a client; it opens a socket that broke again at once.
 *
 * @param fateOf Asked for every broadcast; joins and their answers always arrive.
 */
export function breakableClient(
  stack: StackInfo,
  token: () => string,
  fateOf: () => Fate = () => "heard",
): BreakableClient {
  const sockets: WebSocket[] = [];

  class BreakableSocket extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      sockets.push(this);
    }

    override set onmessage(hear: ((event: MessageEvent) => void) | null) {
      super.onmessage = (event: MessageEvent) => {
        const fate = event.data instanceof ArrayBuffer ? fateOf() : "heard";
        if (fate !== "lost") hear?.(event);
        if (fate === "twice") hear?.(event);
      };
    }
  }

  const client = createClient(stack.apiUrl, stack.publishableKey, {
    accessToken: () => Promise.resolve(token()),
    realtime: { transport: BreakableSocket, reconnectAfterMs: () => 1 },
  });
  return {
    client,
    get opened() {
      return sockets.length;
    },
    breakSocket: () => sockets.at(-1)?.close(),
  };
}
