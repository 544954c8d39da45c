import { z } from "zod";
import type { Broadcast } from "./broadcast.ts";
import { type Caller, callerIdentity } from "./channel_join.ts";
import { ChannelRefusal } from "./channel_refusal.ts";
import { speaksForUser } from "./join_request.ts";
import { LIMITS } from "./limits.ts";
import type { Services } from "./services.ts";

interface Message {
  readonly topic: string;
  readonly private: boolean;
  readonly broadcast: Broadcast;
}

const batch = z.object({
  messages: z.array(z.object({
    topic: z.string().min(1),
    event: z.string().min(1),
    payload: z.record(z.string(), z.unknown()),
    private: z.boolean().nullish(),
  })).min(1),
});

const SINGLE_PATH = /\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/;

/**
 * Broadcasts over HTTP: `POST …/api/broadcast` with `{messages}`, or `POST …/api/broadcast/<topic>/events/<event>`
 * with a JSON or binary body. Answers 202; a private message the caller may not send goes nowhere, as hosted.
 */
export async function handleBroadcast(
  request: Request,
  caller: Caller,
  services: Services,
): Promise<Response> {
  if (request.method !== "POST") return refusal(405, `Expected POST but found ${request.method}`);
  const bearer = request.headers.get("authorization")?.replace(/^Bearer\s+/i, "") ?? "";
  try {
    const token = speaksForUser(bearer) ? bearer : undefined;
    const identity = await callerIdentity(token, caller, services);
    const messages = await readMessages(request);
    if (typeof messages === "string") return refusal(422, messages);

    for (const message of messages) {
      const allowed = !message.private ||
        (await services.database.channelRights(message.topic, identity, caller.headers)).mayWrite;
      if (allowed) services.hub.publish(message.topic, message.private, message.broadcast);
    }
    return new Response(null, { status: 202 });
  } catch (error) {
    if (error instanceof ChannelRefusal) {
      return refusal(error.code === "UnableToConnectToProject" ? 503 : 401, error.reason);
    }
    services.log(`Broadcast over HTTP failed: ${error}`);
    return refusal(500, "Unknown error");
  }
}

/** The messages of a request, or what is wrong with it. */
async function readMessages(request: Request): Promise<Message[] | string> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.length > LIMITS.broadcastBytes) {
    return `Expected at most ${LIMITS.broadcastBytes} bytes but found ${bytes.length}`;
  }

  const url = new URL(request.url);
  const single = SINGLE_PATH.exec(url.pathname);
  if (single) return readSingle(request, url, single, bytes);

  const parsed = batch.safeParse(parseJson(bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return `${issue?.path.join(".")}: ${issue?.message}`;
  }
  return parsed.data.messages.map(({ topic, event, payload, private: isPrivate }) => ({
    topic,
    private: isPrivate ?? false,
    broadcast: { event, body: JSON.stringify(payload) },
  }));
}

function readSingle(
  request: Request,
  url: URL,
  path: RegExpExecArray,
  bytes: Uint8Array,
): Message[] | string {
  const [topic, event] = path.slice(1).map(decodeURIComponent);
  if (!topic || !event) return "Expected a topic and an event in the path";
  const isPrivate = url.searchParams.get("private") === "true";
  if (request.headers.get("content-type")?.startsWith("application/octet-stream")) {
    return [{ topic, private: isPrivate, broadcast: { event, body: bytes } }];
  }
  const payload = parseJson(bytes);
  if (payload === undefined) return "Expected a JSON body";
  return [{ topic, private: isPrivate, broadcast: { event, body: JSON.stringify(payload) } }];
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
