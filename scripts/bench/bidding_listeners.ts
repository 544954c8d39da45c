/** How long after a bid's transaction wrote it, its commit included, every listener of the session has it. */
import { createClient } from "@supabase/supabase-js";
import type { StackInfo } from "../local/stack_file.ts";
import { percentile } from "./measure.ts";

export interface ListenerFigures {
  readonly listeners: number;
  readonly bids: number;
  /** Milliseconds from the event's own serverTime to its arrival, over all arrivals. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

interface Signed {
  readonly id: string;
  readonly token: string;
}

async function signIn(stack: StackInfo, name: "alice" | "bob"): Promise<Signed> {
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await supabase.auth.signInWithPassword(stack.users[name]);
  if (error) throw error;
  return { id: data.user.id, token: data.session.access_token };
}

async function rpc(stack: StackInfo, name: string, args: unknown, credentials: Record<string, string>) {
  const response = await fetch(`${stack.apiUrl}/rest/v1/rpc/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-profile": "api", ...credentials },
    body: JSON.stringify(args),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`Expected ${name} to succeed but found ${JSON.stringify(answer)}`);
  return answer;
}

async function openSession(stack: StackInfo, participants: readonly Signed[]): Promise<string> {
  const now = Date.now();
  const session = {
    propertyId: crypto.randomUUID(),
    targetNight: new Date(now + 86_400_000).toISOString().slice(0, 10),
    startingBidCents: 1_000_000,
    minimumIncrementBps: 1,
    maxRounds: 1000,
    participants: participants.map(({ id }) => ({ userId: id })),
  };
  const secret = stack.secretKeys.default;
  if (secret === undefined) throw new Error("Expected the stack's secret key default");
  return (await rpc(stack, "create_session", { session }, { apikey: secret })).session.id;
}

/** A bare socket that joins the session's topic; a client library's own work is not what is measured. */
async function listen(
  stack: StackInfo,
  topic: string,
  token: string,
  hear: (serverTime: string) => void,
): Promise<WebSocket> {
  const url = new URL("/realtime/v1/websocket", stack.apiUrl.replace(/^http/, "ws"));
  url.searchParams.set("apikey", stack.publishableKey);
  url.searchParams.set("vsn", "1.0.0");
  const socket = new WebSocket(url);
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error("Expected the Realtime socket to open"));
    socket.onopen = () =>
      socket.send(JSON.stringify({
        topic: `realtime:${topic}`,
        event: "phx_join",
        ref: "1",
        join_ref: "1",
        payload: { config: { private: true }, access_token: token },
      }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.event === "broadcast") return hear(message.payload.payload.serverTime);
      if (message.event !== "phx_reply") return;
      if (message.payload.status === "ok") resolve();
      else reject(new Error(`Expected to join ${topic} but found ${JSON.stringify(message.payload)}`));
    };
  });
  return socket;
}

/** Bids by turns in a session that so many sockets listen to. */
export async function benchListeners(
  stack: StackInfo,
  listeners: number,
  bids: number,
): Promise<ListenerFigures> {
  const bidders = [await signIn(stack, "alice"), await signIn(stack, "bob")] as const;
  const sessionId = await openSession(stack, bidders);
  const delays: number[] = [];
  let heard = 0;
  let allHeard = Promise.withResolvers<void>();
  const hear = (serverTime: string) => {
    delays.push(
      performance.timeOrigin + performance.now() - Temporal.Instant.from(serverTime).epochMilliseconds,
    );
    if (++heard === listeners) allHeard.resolve();
  };
  const sockets: WebSocket[] = [];
  for (let opened = 0; opened < listeners; opened++) {
    sockets.push(await listen(stack, `bidding:${sessionId}`, bidders[0].token, hear));
  }
  try {
    let amount = 1_000_000;
    for (let turn = 0; turn < bids; turn++) {
      heard = 0;
      allHeard = Promise.withResolvers();
      const { token } = bidders[turn % 2]!;
      const { session } = await rpc(stack, "submit_bid", { session_id: sessionId, amount_cents: amount }, {
        apikey: stack.publishableKey,
        authorization: `Bearer ${token}`,
      });
      amount = session.minimumNextCents;
      await allHeard.promise;
    }
  } finally {
    for (const socket of sockets) socket.close();
  }
  const sorted = delays.sort((a, b) => a - b);
  const at = (share: number) => percentile(sorted, share);
  return { listeners, bids, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
