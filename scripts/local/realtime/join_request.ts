import { z } from "zod";
import { bindingParams } from "./change_binding.ts";
import { ChannelRefusal } from "./channel_refusal.ts";
import { LIMITS } from "./limits.ts";

const flag = z.boolean().nullish().transform((value) => value ?? false);

const config = z.looseObject({
  broadcast: z.looseObject({ ack: flag, self: flag, replication_ready: flag }).optional(),
  private: flag,
  postgres_changes: z.array(bindingParams).max(LIMITS.bindingsPerChannel).nullish()
    .transform((bindings) => bindings ?? []),
  postgres_changes_options: z.looseObject({ wait: flag }).optional(),
});

const joinPayload = z.looseObject({
  config: config.prefault({}),
  access_token: z.string().nullish(),
  user_token: z.string().nullish(),
});

/** What a client asks for when it joins a channel. */
export interface JoinRequest {
  readonly private: boolean;
  /** Broadcasts of its own are acknowledged. */
  readonly ack: boolean;
  /** Broadcasts of its own come back to it. */
  readonly self: boolean;
  readonly replicationReady: boolean;
  readonly bindings: readonly z.infer<typeof bindingParams>[];
  /** The join is answered only once the changes are subscribed to. */
  readonly waitForChanges: boolean;
  /** A user's token; absent where the API key speaks for itself. */
  readonly token?: string;
}

/** @throws {ChannelRefusal} where the payload is not that of a join */
export function readJoinRequest(payload: unknown): JoinRequest {
  const parsed = joinPayload.safeParse(payload ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ChannelRefusal("InvalidJoinPayload", `${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { config, access_token: accessToken, user_token: userToken } = parsed.data;
  const token = accessToken ?? userToken ?? "";
  return {
    private: config.private,
    ack: config.broadcast?.ack ?? false,
    self: config.broadcast?.self ?? false,
    replicationReady: config.broadcast?.replication_ready ?? false,
    bindings: config.postgres_changes,
    waitForChanges: config.postgres_changes_options?.wait ?? false,
    ...(speaksForUser(token) ? { token } : {}),
  };
}

/** An API key sent in a token's place means «as the key I connected with». */
export function speaksForUser(token: string): boolean {
  return token !== "" && !token.startsWith("sb_");
}
