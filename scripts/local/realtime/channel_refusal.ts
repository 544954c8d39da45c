/** Why a channel was not joined or had to be closed, in the words of the hosted server. */
export class ChannelRefusal extends Error {
  override readonly name = "ChannelRefusal";

  constructor(readonly code: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }

  /** The text of a refused join; a live channel is told the bare message. */
  get reason(): string {
    return `${this.code}: ${this.message}`;
  }
}

/** The refusal while Postgres is away. */
export function databaseAway(): ChannelRefusal {
  return new ChannelRefusal(
    "UnableToConnectToProject",
    "Realtime was unable to connect to the project database",
  );
}
