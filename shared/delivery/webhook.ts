/** Webhooks as the Standard Webhooks specification 1.0.0 has them: signed, with an id that stays and a time that does not. */
import type { Delivery, OutgoingRequest } from "./delivery.ts";

/**
 * The signed request for a delivery. Its body is the same on every attempt.
 *
 * @param at When this attempt is made.
 */
export async function webhookRequest(delivery: Delivery, at: Date): Promise<OutgoingRequest> {
  const { deliveryId, event, payload, createdAt, channel } = delivery;
  const body = JSON.stringify({ type: event, timestamp: createdAt, data: payload });
  const timestamp = Math.floor(at.getTime() / 1000);
  const signatures = await Promise.all(
    channel.secrets.map((secret) => webhookSignature(secret, deliveryId, timestamp, body)),
  );
  return {
    url: channel.target,
    headers: {
      "content-type": "application/json",
      "user-agent": "Tradepost",
      "webhook-id": deliveryId,
      "webhook-timestamp": `${timestamp}`,
      "webhook-signature": signatures.join(" "),
    },
    body,
  };
}

/**
 * One element of `webhook-signature`.
 *
 * @param secret `whsec_` and the key in base64.
 * @param timestamp Seconds since 1970, as in `webhook-timestamp`.
 */
export async function webhookSignature(
  secret: string,
  id: string,
  timestamp: number,
  body: string,
): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.replace(/^whsec_/, "")), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const signed = await crypto.subtle.sign(
    "HMAC",
    key,
    new TextEncoder().encode(`${id}.${timestamp}.${body}`),
  );
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`;
}
