import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { createHmac, timingSafeEqual } from "node:crypto";
import { webhookRequest, webhookSignature } from "../../shared/delivery/webhook.ts";
import { deliveryOf } from "../support/deliveries.ts";

/** A receiver's own verification, by the words of the specification and another library. */
function verifies(secret: string, headers: Readonly<Record<string, string>>, body: string): boolean {
  const key = secret.slice("whsec_".length);
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const expected = createHmac("sha256", atobBytes(key)).update(signed).digest();
  return (headers["webhook-signature"] ?? "").split(" ").some((element) => {
    const [version, signature = ""] = element.split(",");
    const found = atobBytes(signature);
    return version === "v1" && found.byteLength === expected.byteLength && timingSafeEqual(found, expected);
  });
}

function atobBytes(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function secretOf(bytes: Uint8Array): string {
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

Deno.test("the signature is the one that the specification's own libraries publish", async () => {
  const signature = await webhookSignature(
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    '{"test": 2432232314}',
  );
  assertEquals(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

Deno.test("a receiver verifies any payload with either of two live secrets, and with no other", async () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(secretOf);
  const keys = fc.uniqueArray(key, { minLength: 3, maxLength: 3 });
  const payload = fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(keys, payload, async ([current = "", previous = "", other = ""], payload) => {
      const delivery = deliveryOf("webhook", { payload }, { secrets: [current, previous] });
      const { headers, body } = await webhookRequest(delivery, new Date());
      assertEquals([current, previous, other].map((secret) => verifies(secret, headers, body)), [
        true,
        true,
        false,
      ]);
      assertEquals(verifies(current, headers, `${body} `), false);
      assertEquals(verifies(current, { ...headers, "webhook-id": "another" }, body), false);
      assertEquals(verifies(current, { ...headers, "webhook-timestamp": "0" }, body), false);
    }),
  );
});

Deno.test("another attempt has another time and signature; id and body stay to the byte", async () => {
  const delivery = deliveryOf("webhook");
  const first = await webhookRequest(delivery, new Date("2026-11-21T08:00:00.999Z"));
  const second = await webhookRequest({ ...delivery, attempt: 2 }, new Date("2026-11-21T08:00:05Z"));
  assertEquals([first.headers["webhook-timestamp"], second.headers["webhook-timestamp"]], [
    "1795248000",
    "1795248005",
  ]);
  assertEquals(first.headers["webhook-id"], second.headers["webhook-id"]);
  assertEquals(first.headers["webhook-id"], delivery.deliveryId);
  assertEquals(first.body, second.body);
  assertMatch(first.headers["webhook-signature"] ?? "", /^v1,[A-Za-z0-9+/]{43}=$/);
  assertEquals(first.headers["webhook-signature"] === second.headers["webhook-signature"], false);
});

Deno.test("the body is the event's type, the time it happened, and its data", async () => {
  const delivery = deliveryOf("webhook", {
    event: "outbid",
    payload: { sessionId: "s", data: { priceCents: 330000 } },
  });
  const { url, headers, body } = await webhookRequest(delivery, new Date());
  assertEquals(url, delivery.channel.target);
  assertEquals(headers["content-type"], "application/json");
  assertEquals(JSON.parse(body), {
    type: "outbid",
    timestamp: delivery.createdAt,
    data: { sessionId: "s", data: { priceCents: 330000 } },
  });
});
