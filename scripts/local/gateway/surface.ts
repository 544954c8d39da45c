/** A request as it reached the gateway. */
export interface Incoming {
  readonly request: Request;
  readonly url: URL;
  /** What `x-forwarded-for` is to say: what the client claims, then the address it really has. */
  readonly forwardedFor: string;
}

/** One part of the gateway: what answers below one path. */
export interface Surface {
  handle(incoming: Incoming): Promise<Response>;
  stop(): Promise<void>;
}
