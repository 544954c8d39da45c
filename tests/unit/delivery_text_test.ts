import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EmailNotConfigured, emailRequest, escapeHtml } from "../../shared/delivery/email.ts";
import { messageOf } from "../../shared/delivery/message.ts";
import { escapeSlack, slackRequest } from "../../shared/delivery/slack.ts";
import { deliveryOf } from "../support/deliveries.ts";

const PROVIDER = { apiUrl: "https://api.resend.com", apiKey: "re_key", from: "Tradepost <n@shop.example>" };

Deno.test("what brings its own words is told in them, anything else by its name and fields", () => {
  assertEquals(
    messageOf("outbid", { title: "You were outbid", message: "USD 3300.00 now", data: { a: 1 } }),
    {
      title: "You were outbid",
      lines: ["USD 3300.00 now"],
    },
  );
  assertEquals(
    messageOf("stale_approvals", { count: 3, marketplaces: ["amazon"], oldest: "2026-11-01", x: null }),
    {
      title: "Stale approvals",
      lines: ["count: 3", 'marketplaces: ["amazon"]', "oldest: 2026-11-01", "x: null"],
    },
  );
  for (const payload of [null, 7, "text", [], {}, { title: 1, message: "" }]) {
    assertEquals(messageOf("ping", payload).title, "Ping");
  }
});

Deno.test("whatever is said: one line of title, lines of bounded length, no half characters", () => {
  const payload = fc.oneof(
    fc.record({
      title: fc.string({ unit: "binary", maxLength: 400 }),
      message: fc.string({ unit: "binary" }),
    }),
    fc.jsonValue(),
  );
  fc.assert(fc.property(fc.string(), payload, (event, payload) => {
    const { title, lines } = messageOf(event, payload);
    // deno-lint-ignore no-control-regex
    assertEquals(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(title), false);
    assertEquals([...title].length <= 120 && lines.length <= 20, true);
    assertEquals(lines.every((line) => [...line].length <= 500 && line.isWellFormed()), true);
    assertEquals(title.isWellFormed(), true);
  }));
  const { lines: [line = ""] } = messageOf("x", { title: "t", message: "🦊".repeat(1000) });
  assertEquals(line, `${"🦊".repeat(499)}…`);
});

Deno.test("a subject cannot bring a header of its own", () => {
  const payload = { title: "Hello\r\nBcc: all@example.com", message: "x" };
  const { subject } = JSON.parse(emailRequest(deliveryOf("email", { payload }), PROVIDER).body);
  assertEquals(subject, "Hello Bcc: all@example.com");
});

Deno.test("Slack mentions nobody and links nothing that people wrote", () => {
  const payload = { title: "<!channel> & <https://evil.example|click>", message: "a > b" };
  const { url, body } = slackRequest(deliveryOf("slack", { payload }));
  assertEquals(url, "https://hooks.slack.example/services/T0/B0/secret");
  assertEquals(JSON.parse(body), {
    text: "&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;\na &gt; b",
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
  });
  fc.assert(fc.property(fc.string(), (text) => {
    const escaped = escapeSlack(text);
    assertEquals(/[<>]|&(?!amp;|lt;|gt;)/.test(escaped), false);
    assertEquals(escaped.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"), text);
  }));
});

Deno.test("mail shows what people wrote as text, in content and attributes", () => {
  const payload = { title: "A & B", message: `<img src="x" onerror='alert(1)'>` };
  const request = emailRequest(deliveryOf("email", { payload }), PROVIDER);
  assertEquals(request.url, "https://api.resend.com/emails");
  assertEquals(request.headers["authorization"], "Bearer re_key");
  assertEquals(request.headers["idempotency-key"], deliveryOf("email").deliveryId);
  assertEquals(JSON.parse(request.body), {
    from: "Tradepost <n@shop.example>",
    to: ["ada@example.com"],
    subject: "A & B",
    text: `A & B\n\n<img src="x" onerror='alert(1)'>`,
    html: "<p>A &amp; B</p>\n<p>&lt;img src=&quot;x&quot; onerror=&#39;alert(1)&#39;&gt;</p>",
  });
  fc.assert(fc.property(fc.string(), (text) => {
    assertEquals(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/.test(escapeHtml(text)), false);
  }));
});

Deno.test("a mail is one mail however often its delivery is attempted, and another each time it is sent again", () => {
  const keyOf = (overrides: Parameters<typeof deliveryOf>[1]) =>
    emailRequest(deliveryOf("email", overrides), PROVIDER).headers["idempotency-key"];
  const { deliveryId } = deliveryOf("email");
  assertEquals([1, 2, 11].map((attempt) => keyOf({ attempt })), Array(3).fill(deliveryId));
  const again = [1, 2, 3].map((resends) => keyOf({ resends }));
  assertEquals(new Set([deliveryId, ...again]).size, 4);
  assertEquals(keyOf({ resends: 2, attempt: 5 }), again[1]);
});

Deno.test("mail without a provider or a sender is an error that names the variable", () => {
  const cases = [
    [{ ...PROVIDER, apiKey: undefined }, "RESEND_API_KEY"],
    [{ ...PROVIDER, from: undefined }, "NOTIFICATION_FROM"],
  ] as const;
  for (const [provider, variable] of cases) {
    assertThrows(() => emailRequest(deliveryOf("email"), provider), EmailNotConfigured, variable);
  }
});
