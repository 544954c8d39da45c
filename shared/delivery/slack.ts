/** Slack's incoming webhooks, and what understands the same. */
import type { Delivery, OutgoingRequest } from "./delivery.ts";
import { messageOf } from "./message.ts";

/** The request for a delivery. Slack knows no id of a message: one whose answer was lost is seen twice. */
export function slackRequest({ event, payload, channel }: Delivery): OutgoingRequest {
  const { title, lines } = messageOf(event, payload);
  return {
    url: channel.target,
    headers: { "content-type": "application/json", "user-agent": "Tradepost" },
    // What people wrote is text: it mentions nobody, formats nothing and opens no previews.
    body: JSON.stringify({
      text: escapeSlack([title, ...lines].join("\n")),
      mrkdwn: false,
      unfurl_links: false,
      unfurl_media: false,
    }),
  };
}

/** Text for Slack, where `<`, `>` and `&` begin links and mentions. */
export function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
