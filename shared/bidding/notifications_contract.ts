import { z } from "zod";
import { defineContract, withVariants } from "../contract.ts";
import { EXAMPLE_IDS } from "../example_ids.ts";
import { moment, queryBoolean, queryInteger, text, uuid } from "../fields.ts";

export const NOTIFICATION_TYPES = [
  "session_started",
  "outbid",
  "auto_bid_triggered",
  "session_extended",
  "session_ending_soon",
  "winner_announcement",
  "loser_compensation",
  "session_cancelled",
  "system_maintenance",
] as const;

export const notification = z.object({
  id: z.guid(),
  sessionId: z.guid(),
  type: z.enum(NOTIFICATION_TYPES),
  title: z.string(),
  message: z.string(),
  data: z.record(z.string(), z.unknown()).describe("What the message says, for programs."),
  createdAt: moment,
  readAt: moment.nullable(),
}).meta({ id: "Notification", description: "What a user was told of a session; once each." });

export const notifications = withVariants(
  defineContract({
    name: "notifications",
    summary: "The caller's own notifications, newest first",
    methods: ["GET", "POST"],
    auth: "user",
    request: z.strictObject({
      unread: queryBoolean().optional().describe("`true`: only those not yet read."),
      limit: queryInteger(1, 100).optional().describe("Default 50."),
      cursor: text(500).optional().describe("`nextCursor` of the page before."),
    }),
    response: z.object({
      notifications: z.array(notification),
      nextCursor: z.string().nullable().describe("Null on the last page."),
    }),
    success: [200],
    errors: ["cursor_invalid"],
    examples: [
      { name: "What is new", as: "user", request: { unread: true, limit: 20 }, status: 200 },
      {
        name: "Mark one read",
        as: "user",
        method: "POST",
        request: { notificationId: EXAMPLE_IDS.notification },
        status: 200,
      },
    ],
  }),
  {
    POST: {
      summary: "The caller has read a notification of his",
      description: undefined,
      request: z.strictObject({ notificationId: uuid() }),
      response: z.object({ success: z.literal(true), notification }),
      errors: ["not_found"],
      rateLimit: "mark_notification_read",
    },
  },
);
