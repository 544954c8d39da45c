import { type ChangeBinding, readBinding } from "./change_binding.ts";
import { Channel, channelName } from "./channel.ts";
import { ChannelRefusal, databaseAway } from "./channel_refusal.ts";
import type { ChannelRights } from "./database.ts";
import type { ClientFrame } from "./frames.ts";
import { identify, type Identity, keyIdentity, type KeyRole } from "./identity.ts";
import { type JoinRequest, readJoinRequest } from "./join_request.ts";
import type { Services } from "./services.ts";
import type { Wire } from "./wire.ts";

/** Who is at the other end of a connection, before any channel was joined. */
export interface Caller {
  readonly keyRole: KeyRole;
  /** Request headers, for policies that read `request.headers`. */
  readonly headers: Record<string, string>;
}

/** A channel that may be joined, and what its join is answered with. */
export interface Joined {
  readonly channel: Channel;
  readonly response: string;
  /** Did everything committed since the join was judged reach the hub? */
  readonly stillLive: () => boolean;
  /** Sends what follows the answer. */
  readonly afterReply: () => void;
}

/**
 * Judges a join.
 *
 * @throws {ChannelRefusal} where it is refused
 */
export async function joinChannel(
  frame: ClientFrame,
  connection: { wire: Wire; caller: Caller; onClose: (channel: Channel) => void },
  services: Services,
): Promise<Joined> {
  const name = channelName(frame.topic);
  if (name === "") throw new ChannelRefusal("TopicNameRequired", "You must provide a topic name");

  const request = readJoinRequest(frame.payload);
  const identity = await callerIdentity(request.token, connection.caller, services);
  const stillLive = await services.feedsLive().catch(() => {
    throw databaseAway();
  });
  const rights = await judgeRights(name, request, identity, connection.caller, services);
  const { bindings, refusal } = await readBindings(request, identity, services);
  if (refusal && request.waitForChanges) throw refusal;

  const channel = new Channel({
    wire: connection.wire,
    topic: frame.topic,
    joinRef: frame.joinRef ?? frame.ref,
    request,
    identity,
    rights,
    bindings: refusal ? [] : bindings,
    onClose: connection.onClose,
  });
  const echoed = request.bindings.map((params, position) => ({
    ...params,
    id: bindings[position]?.id ?? position + 1,
  }));
  return {
    channel,
    response: JSON.stringify({ postgres_changes: echoed }),
    stillLive,
    afterReply: () => announce(channel, refusal),
  };
}

/**
 * Judges an open channel anew by a token its client sent.
 *
 * @throws {ChannelRefusal} where the new token does not allow what the channel does
 */
export async function refreshChannel(
  channel: Channel,
  token: string,
  caller: Caller,
  services: Services,
): Promise<void> {
  const identity = await identify(token, services.verify);
  const rights = await judgeRights(channel.name, channel.request, identity, caller, services);
  channel.refresh(identity, rights);
  if (channel.bindings.length > 0) announce(channel, undefined);
}

/** Who a token, or without one the API key, speaks for. */
export function callerIdentity(
  token: string | undefined,
  caller: Caller,
  services: Services,
): Promise<Identity> {
  return token === undefined
    ? Promise.resolve(keyIdentity(caller.keyRole))
    : identify(token, services.verify);
}

async function judgeRights(
  name: string,
  request: JoinRequest,
  identity: Identity,
  caller: Caller,
  services: Services,
): Promise<ChannelRights> {
  if (!request.private) return { mayRead: true, mayWrite: true };
  const rights = await services.database.channelRights(name, identity, caller.headers);
  if (!rights.mayRead) {
    throw new ChannelRefusal(
      "Unauthorized",
      `You do not have permissions to read from this Channel topic: ${name}`,
    );
  }
  return rights;
}

async function readBindings(
  request: JoinRequest,
  identity: Identity,
  services: Services,
): Promise<{ bindings: ChangeBinding[]; refusal?: ChannelRefusal }> {
  const bindings: ChangeBinding[] = [];
  try {
    for (const params of request.bindings) {
      const binding = readBinding(params);
      bindings.push(binding);
      await services.database.checkBinding(binding, identity);
    }
    return { bindings };
  } catch (error) {
    if (error instanceof ChannelRefusal) return { bindings, refusal: error };
    const message = error instanceof Error ? error.message : String(error);
    return { bindings, refusal: new ChannelRefusal("RealtimeDisabledForConfiguration", message) };
  }
}

function announce(channel: Channel, refusal: ChannelRefusal | undefined): void {
  if (refusal) channel.system("postgres_changes", "error", refusal.message);
  else if (channel.bindings.length > 0) channel.system("postgres_changes", "ok", "Subscribed to PostgreSQL");
  if (channel.request.replicationReady) channel.system("system", "ok", "Replication connection established");
}
