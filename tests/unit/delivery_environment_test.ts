import { assertEquals, assertThrows } from "@std/assert";
import { EnvironmentError, parseAllowedHosts, parseApiUrl, parseSender } from "../../shared/http/env.ts";

Deno.test("the variables of delivery are read where they are right", () => {
  assertEquals(parseAllowedHosts(undefined), []);
  assertEquals(parseAllowedHosts("relay.internal:8080, [::1]:9000"), ["relay.internal:8080", "[::1]:9000"]);
  assertEquals(parseApiUrl(undefined), "https://api.resend.com");
  assertEquals(parseApiUrl("http://127.0.0.1:9000/mail/"), "http://127.0.0.1:9000/mail");
  assertEquals(parseSender(undefined), undefined);
  for (const sender of ["n@shop.example", "Tradepost <n@shop.example>", "Trade, post <n@shop.example>"]) {
    assertEquals(parseSender(sender), sender);
  }
});

Deno.test("a wrong variable is a sentence that names it", () => {
  const wrong: readonly (readonly [variable: string, read: () => unknown])[] = [
    ["DELIVERY_ALLOWED_HOSTS", () => parseAllowedHosts("relay.internal")],
    ["DELIVERY_ALLOWED_HOSTS", () => parseAllowedHosts("http://relay.internal:80")],
    ["RESEND_API_URL", () => parseApiUrl("api.resend.com")],
    ["RESEND_API_URL", () => parseApiUrl("ftp://api.resend.com")],
    ["RESEND_API_URL", () => parseApiUrl("https://user:password@api.resend.com")],
    ["RESEND_API_URL", () => parseApiUrl("https://api.resend.com/?key=x")],
    ["NOTIFICATION_FROM", () => parseSender("Tradepost")],
    ["NOTIFICATION_FROM", () => parseSender("Tradepost <>")],
    ["NOTIFICATION_FROM", () => parseSender("n@shop.example\nBcc: all@shop.example")],
  ];
  for (const [variable, read] of wrong) {
    const error = assertThrows(read, EnvironmentError, `Expected the environment variable ${variable} to`);
    assertEquals(error.message.includes("password"), false);
  }
});
