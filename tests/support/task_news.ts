/** What the topic `tasks` says. */
import { z } from "zod";
import type { BroadcastEvent } from "./realtime.ts";

const news = z.strictObject({
  id: z.guid(),
  marketplace: z.string(),
  status: z.string(),
  version: z.int(),
  assignedTo: z.guid().nullable(),
  updatedAt: z.string(),
});

const payload = z.looseObject({ count: z.int(), tasks: z.array(news) });

/** Where one task stands, as a message tells it. */
export type TaskNews = z.output<typeof news>;

/** What a message says of one task; nothing where it speaks of others. */
export function newsOf(event: BroadcastEvent, taskId: string): TaskNews | undefined {
  return payload.safeParse(event.payload).data?.tasks.find(({ id }) => id === taskId);
}
