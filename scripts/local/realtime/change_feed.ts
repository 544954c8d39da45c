import type { Channel } from "./channel.ts";
import { concerns } from "./change_binding.ts";
import type { ChangeReader, Judgement, RealtimeDatabase } from "./database.ts";
import type { Hub } from "./hub.ts";
import { LIMITS } from "./limits.ts";
import type { RowChange } from "./pgoutput.ts";

/** A binding a change was judged for: who to tell, and under which id. */
interface Recipient {
  readonly channel: Channel;
  readonly bindingId: number;
}

/** Those who see exactly the same of a change. */
interface Audience {
  readonly reader: ChangeReader;
  readonly recipients: Recipient[];
}

export interface ChangeFeedOptions {
  readonly hub: Hub;
  readonly database: Pick<RealtimeDatabase, "judgeChange">;
  /** Too many changes wait (`true`), or few enough again (`false`). */
  readonly onPressure: (high: boolean) => void;
  readonly log: (line: string) => void;
}

/** Takes changes in commit order and tells each subscriber what of them he may see, in that order. */
export class ChangeFeed {
  readonly #options: ChangeFeedOptions;
  #delivered = Promise.resolve();
  #pending = 0;

  constructor(options: ChangeFeedOptions) {
    this.#options = options;
  }

  push(change: RowChange): void {
    const audiences = this.#audiencesOf(change);
    if (audiences.length === 0) return;

    if (++this.#pending === LIMITS.pendingChanges) this.#options.onPressure(true);
    // several are judged at a time, and delivered one after the other
    const judged = this.#options.database.judgeChange(change, audiences.map(({ reader }) => reader));
    judged.catch(() => {});
    this.#delivered = this.#delivered
      .then(() => judged)
      .then((judgements) => deliver(judgements, audiences))
      .catch((error) => {
        this.#options.log(`Change of ${change.schema}.${change.table} was not delivered: ${error}`);
        failAll(audiences);
      })
      .finally(() => {
        if (--this.#pending === LIMITS.pendingChanges / 2) this.#options.onPressure(false);
      });
  }

  #audiencesOf(change: RowChange): Audience[] {
    const audiences = new Map<string, Audience>();
    for (const channel of this.#options.hub.changeListeners) {
      for (const { binding, reader, readerKey } of channel.bindings) {
        if (!concerns(binding, change)) continue;
        const recipient = { channel, bindingId: binding.id };
        const known = audiences.get(readerKey);
        if (known) known.recipients.push(recipient);
        else audiences.set(readerKey, { reader, recipients: [recipient] });
      }
    }
    return [...audiences.values()];
  }
}

// a gap must not go unnoticed: who joins again knows to read anew
function failAll(audiences: readonly Audience[]): void {
  for (const { channel } of audiences.flatMap(({ recipients }) => recipients)) channel.fail();
}

function deliver(judgements: readonly Judgement[], audiences: readonly Audience[]): void {
  for (const { data, recipients } of judgements) {
    const idsByChannel = new Map<Channel, number[]>();
    for (const { channel, bindingId } of recipients.flatMap((at) => audiences[at]?.recipients ?? [])) {
      const ids = idsByChannel.get(channel);
      if (ids) ids.push(bindingId);
      else idsByChannel.set(channel, [bindingId]);
    }
    for (const [channel, ids] of idsByChannel) {
      if (channel.isClosed) continue;
      const payload = `{"ids":${JSON.stringify(ids)},"data":${data}}`;
      channel.wire.send({
        joinRef: null,
        ref: null,
        topic: channel.topic,
        event: "postgres_changes",
        payload,
      });
    }
  }
}
