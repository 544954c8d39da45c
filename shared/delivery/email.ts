/** E-mail through Resend's HTTP API. */
import type { Delivery, OutgoingRequest } from "./delivery.ts";
import { messageOf } from "./message.ts";

/** Who sends our mail. */
export interface EmailProvider {
  /** Where its API is, such as `https://api.resend.com`. */
  readonly apiUrl: string;
  readonly apiKey: string | undefined;
  /** Sender of the mail, such as `Tradepost <notifications@shop.example>`. */
  readonly from: string | undefined;
}

/** E-mail is asked for and cannot be sent, since nobody said by whom. */
export class EmailNotConfigured extends Error {
  override readonly name = "EmailNotConfigured";
}

/**
 * The request for a delivery. The delivery's id keeps the provider from sending a mail twice whose answer was lost; what an
 * operator has sent again goes by another key, or the provider would take it for the same within a day.
 *
 * @throws {EmailNotConfigured} naming the variable that is missing.
 */
export function emailRequest(
  { deliveryId, resends, event, payload, channel }: Delivery,
  { apiUrl, apiKey, from }: EmailProvider,
): OutgoingRequest {
  if (apiKey === undefined) throw notConfigured("RESEND_API_KEY");
  if (from === undefined) throw notConfigured("NOTIFICATION_FROM");
  const { title, lines } = messageOf(event, payload);
  const paragraphs = [title, ...lines].map((line) => `<p>${escapeHtml(line)}</p>`);
  return {
    url: `${apiUrl}/emails`,
    headers: {
      "content-type": "application/json",
      "user-agent": "Tradepost",
      "authorization": `Bearer ${apiKey}`,
      "idempotency-key": resends === 0 ? deliveryId : `${deliveryId}/${resends}`,
    },
    body: JSON.stringify({
      from,
      to: [channel.target],
      subject: title,
      text: [title, ...lines].join("\n\n"),
      html: paragraphs.join("\n"),
    }),
  };
}

/** Text for HTML, in content and in attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

function notConfigured(variable: string): EmailNotConfigured {
  return new EmailNotConfigured(`Expected ${variable} to be set for e-mail but found nothing`);
}
