import { assertEquals, assertThrows } from "@std/assert";
import { ENVIRONMENT_VARIABLES, EnvironmentError, type Variable } from "../../shared/http/env.ts";
import { readRoutingEnvironment } from "../../shared/http/routing_env.ts";
import { DEFAULT_WEIGHTS } from "../../shared/routing/weights.ts";

type Given = Partial<Readonly<Record<Variable, string>>>;

/** Credentials of all four, and the sandbox. */
const SANDBOX: Given = {
  LOOPGPT_SANDBOX_URL: "http://127.0.0.1:8900/",
  LOOPGPT_KROGER_MOCK: "true",
  LOOPGPT_WALMART_MOCK: "true",
  LOOPGPT_INSTACART_MOCK: "true",
  LOOPGPT_MEALME_MOCK: "true",
};
const CREDENTIALS: Given = {
  KROGER_CLIENT_ID: "kroger-id",
  KROGER_CLIENT_SECRET: "kroger-secret",
  WALMART_API_KEY: "walmart-key",
  WALMART_PARTNER_ID: "walmart-partner",
  INSTACART_API_KEY: "instacart-key",
  MEALME_API_KEY: "mealme-key",
  MEALME_CONTACT_NAME: "Ada Shop",
  MEALME_CONTACT_EMAIL: "orders@shop.example",
  MEALME_CONTACT_PHONE: "+14155550123",
};

function read(given: Given) {
  return readRoutingEnvironment((variable) => given[variable]);
}

/** What an operator is told of a variable. */
function complaint(given: Given): string {
  return assertThrows(() => read(given), EnvironmentError).message;
}

Deno.test("an empty environment offers quotes of nobody, at the weights of the design", () => {
  const { publicQuotes, weights, terms, access, mealMeWebhookSecret } = read({});
  assertEquals([publicQuotes, weights, access, mealMeWebhookSecret], [true, DEFAULT_WEIGHTS, {}, undefined]);
  assertEquals(terms, {
    KROGER_API: {
      mode: "disabled",
      reason: "KROGER_CLIENT_ID and KROGER_CLIENT_SECRET are not set",
      timeoutMs: 10_000,
      commissionBps: 300,
      priority: 60,
      preferred: false,
    },
    WALMART_API: {
      mode: "disabled",
      reason: "WALMART_API_KEY and WALMART_PARTNER_ID are not set",
      timeoutMs: 10_000,
      commissionBps: 300,
      priority: 60,
      preferred: false,
    },
    INSTACART: {
      mode: "disabled",
      reason: "INSTACART_API_KEY is not set",
      timeoutMs: 8_000,
      commissionBps: 200,
      priority: 40,
      preferred: false,
    },
    MEALME: {
      mode: "disabled",
      reason:
        "MEALME_API_KEY and MEALME_CONTACT_NAME and MEALME_CONTACT_EMAIL and MEALME_CONTACT_PHONE are not set",
      timeoutMs: 8_000,
      commissionBps: 300,
      priority: 50,
      preferred: false,
    },
  });
});

Deno.test("every variable of routing that is listed is read, and no other", () => {
  const asked = new Set<Variable>();
  readRoutingEnvironment((variable) => {
    asked.add(variable);
    return CREDENTIALS[variable];
  });
  const listed = ENVIRONMENT_VARIABLES.filter((name) =>
    /^(LOOPGPT|KROGER|WALMART|INSTACART|MEALME)_/.test(name)
  );
  assertEquals([...asked].sort(), [...listed].sort());
});

Deno.test("credentials alone make a provider live, at its vendor's address", () => {
  const { terms, access } = read(CREDENTIALS);
  assertEquals(Object.values(terms).map(({ mode }) => mode), ["live", "live", "live", "live"]);
  const estimates = { feesCents: 0, taxBps: 0 };
  assertEquals(access, {
    KROGER_API: {
      baseUrl: "https://api.kroger.com",
      clientId: "kroger-id",
      clientSecret: "kroger-secret",
      estimates,
    },
    WALMART_API: {
      baseUrl: "https://developer.api.walmart.com/api-proxy/service/affil/product/v2",
      cartUrl: "https://affil.walmart.com/cart/addToCart",
      consumerId: "walmart-partner",
      privateKey: "walmart-key",
      keyVersion: "1",
      estimates,
    },
    INSTACART: { baseUrl: "https://connect.instacart.com", apiKey: "instacart-key", estimates },
    MEALME: {
      baseUrl: "https://api.mealme.ai",
      apiKey: "mealme-key",
      authHeader: "Id-Token",
      contact: { name: "Ada Shop", email: "orders@shop.example", phone: "+14155550123" },
    },
  });
});

Deno.test("a vendor's own staging is another address", () => {
  for (const word of ["staging", "certification", "development"]) {
    const { access } = read({ ...CREDENTIALS, KROGER_ENV: word, INSTACART_ENV: word, WALMART_ENV: word });
    assertEquals(
      [access.KROGER_API?.baseUrl, access.INSTACART?.baseUrl],
      ["https://api-ce.kroger.com", "https://connect.dev.instacart.tools"],
    );
  }
});

Deno.test("what an operator sets is what the providers are opened with", () => {
  const { terms, access, weights, publicQuotes, mealMeWebhookSecret } = read({
    ...CREDENTIALS,
    LOOPGPT_PUBLIC_QUOTES: "FALSE",
    LOOPGPT_KROGER_TIMEOUT: "15000",
    LOOPGPT_WALMART_COMMISSION_BPS: "450",
    LOOPGPT_PREFER_DIRECT_KROGER: "1",
    LOOPGPT_SCORE_PRICE_WEIGHT: "0.50",
    LOOPGPT_SCORE_PRIORITY_WEIGHT: "0",
    LOOPGPT_INSTACART_ESTIMATE_CENTS: "900",
    LOOPGPT_ESTIMATED_FEES_CENTS: "599",
    LOOPGPT_ESTIMATED_TAX_BPS: "825",
    LOOPGPT_ESTIMATED_DELIVERY_MINUTES: "90",
    WALMART_KEY_VERSION: "3",
    WALMART_PUBLISHER_ID: "pub",
    MEALME_AUTH_HEADER: "Authorization",
    MEALME_WEBHOOK_SECRET: "s".repeat(32),
  });
  const estimates = { feesCents: 599, taxBps: 825, deliveryMinutes: 90 };
  assertEquals(publicQuotes, false);
  assertEquals(weights, { ...DEFAULT_WEIGHTS, price: 0.5, priority: 0 });
  assertEquals(mealMeWebhookSecret, "s".repeat(32));
  assertEquals([terms.KROGER_API.timeoutMs, terms.KROGER_API.preferred], [15_000, true]);
  assertEquals([terms.WALMART_API.commissionBps, terms.WALMART_API.preferred], [450, false]);
  assertEquals(
    [access.WALMART_API?.keyVersion, access.WALMART_API?.publisherId, access.WALMART_API?.estimates],
    ["3", "pub", estimates],
  );
  assertEquals([access.INSTACART?.estimateCents, access.INSTACART?.estimates], [900, estimates]);
  assertEquals(access.MEALME?.authHeader, "Authorization");
});

Deno.test("a mock is the same adapter at the sandbox's address", () => {
  const { terms, access } = read({ ...CREDENTIALS, ...SANDBOX });
  assertEquals(Object.values(terms).map(({ mode }) => mode), ["sandbox", "sandbox", "sandbox", "sandbox"]);
  assertEquals(
    [
      access.KROGER_API?.baseUrl,
      access.WALMART_API?.baseUrl,
      access.WALMART_API?.cartUrl,
      access.INSTACART?.baseUrl,
      access.MEALME?.baseUrl,
    ],
    [
      "http://127.0.0.1:8900/kroger",
      "http://127.0.0.1:8900/walmart/api-proxy/service/affil/product/v2",
      "http://127.0.0.1:8900/walmart/cart/addToCart",
      "http://127.0.0.1:8900/instacart",
      "http://127.0.0.1:8900/mealme",
    ],
  );
});

Deno.test("a provider that was wanted and cannot be is misconfigured, one nobody spoke of is disabled", () => {
  const cases: readonly (readonly [Given, string, string | undefined])[] = [
    [{ LOOPGPT_ENABLE_MEALME: "false" }, "disabled", "LOOPGPT_ENABLE_MEALME is false"],
    [
      { LOOPGPT_ENABLE_MEALME: "false", LOOPGPT_MEALME_MOCK: "true" },
      "disabled",
      "LOOPGPT_ENABLE_MEALME is false",
    ],
    [{ LOOPGPT_ENABLE_MEALME: "true" }, "live", undefined],
    [{ LOOPGPT_ENABLE_MEALME: "true", MEALME_API_KEY: "" }, "misconfigured", "MEALME_API_KEY is not set"],
    [{ MEALME_API_KEY: "" }, "disabled", "MEALME_API_KEY is not set"],
    [
      { LOOPGPT_MEALME_MOCK: "true" },
      "misconfigured",
      "LOOPGPT_MEALME_MOCK is true but LOOPGPT_SANDBOX_URL is not set",
    ],
    [
      {
        LOOPGPT_MEALME_MOCK: "true",
        LOOPGPT_SANDBOX_URL: "http://127.0.0.1:8900",
        LOOPGPT_ENV: "production",
      },
      "misconfigured",
      "LOOPGPT_MEALME_MOCK is true although LOOPGPT_ENV is production",
    ],
    [
      {
        LOOPGPT_MEALME_MOCK: "false",
        LOOPGPT_SANDBOX_URL: "http://127.0.0.1:8900",
        LOOPGPT_ENV: "production",
      },
      "live",
      undefined,
    ],
    [
      { LOOPGPT_MEALME_MOCK: "true", LOOPGPT_SANDBOX_URL: "http://127.0.0.1:8900", LOOPGPT_ENV: "staging" },
      "sandbox",
      undefined,
    ],
  ];
  for (const [given, mode, reason] of cases) {
    const variables = Object.entries({ ...CREDENTIALS, ...given }).filter(([, value]) => value !== "");
    const { terms, access } = read(Object.fromEntries(variables));
    assertEquals([terms.MEALME.mode, terms.MEALME.reason], [mode, reason], JSON.stringify(given));
    assertEquals(access.MEALME !== undefined, mode === "live" || mode === "sandbox");
    // Whatever becomes of one, the others serve.
    assertEquals(access.KROGER_API !== undefined, true);
  }
});

const TRUE_OR_FALSE: readonly Variable[] = [
  "LOOPGPT_PUBLIC_QUOTES",
  "LOOPGPT_ENABLE_KROGER",
  "LOOPGPT_ENABLE_WALMART",
  "LOOPGPT_ENABLE_INSTACART",
  "LOOPGPT_ENABLE_MEALME",
  "LOOPGPT_KROGER_MOCK",
  "LOOPGPT_WALMART_MOCK",
  "LOOPGPT_INSTACART_MOCK",
  "LOOPGPT_MEALME_MOCK",
  "LOOPGPT_PREFER_DIRECT_KROGER",
  "LOOPGPT_PREFER_DIRECT_WALMART",
];

const NUMBERS: readonly (readonly [Variable, string])[] = [
  ...(["KROGER", "WALMART", "INSTACART", "MEALME"] as const).flatMap((word) =>
    [
      [`LOOPGPT_${word}_TIMEOUT`, "be a number from 100 to 60000"],
      [`LOOPGPT_${word}_COMMISSION_BPS`, "be a number from 0 to 10000"],
    ] as const
  ),
  ...(["PRICE", "SPEED", "COMMISSION", "AVAILABILITY", "RELIABILITY", "PRIORITY"] as const).map((word) =>
    [`LOOPGPT_SCORE_${word}_WEIGHT`, "be a number from 0 to 1000"] as const
  ),
  ["LOOPGPT_INSTACART_ESTIMATE_CENTS", "be a number from 1 to 1000000"],
  ["LOOPGPT_ESTIMATED_FEES_CENTS", "be a number from 0 to 100000"],
  ["LOOPGPT_ESTIMATED_TAX_BPS", "be a number from 0 to 5000"],
  ["LOOPGPT_ESTIMATED_DELIVERY_MINUTES", "be a number from 1 to 10080"],
];

Deno.test("a value that cannot be is refused in a sentence that names its variable", () => {
  const sentence = (name: Variable, expected: string, found: string) =>
    `Expected the environment variable ${name} to ${expected} but found ${found}`;
  for (const name of TRUE_OR_FALSE) {
    assertEquals(complaint({ [name]: "Maybe" }), sentence(name, "be true or false", `"maybe"`));
  }
  for (const [name, expected] of NUMBERS) {
    for (const found of ["-1", "1e3", "many", "9999999999", "NaN", "0x10", "1,5"]) {
      assertEquals(complaint({ [name]: found }), sentence(name, expected, `"${found}"`));
    }
    if (name.endsWith("_WEIGHT")) continue;
    assertEquals(complaint({ [name]: "100.5" }), sentence(name, "be a whole number", `"100.5"`));
  }
  const others: readonly (readonly [Variable, string, string, string])[] = [
    ["LOOPGPT_ENV", "prod", "be one of development, staging, production", `"prod"`],
    ["LOOPGPT_SANDBOX_URL", "ftp://x", "be a URL such as http://127.0.0.1:8900", `"ftp://x"`],
    ["LOOPGPT_SANDBOX_URL", "8900", "be a URL such as http://127.0.0.1:8900", `"8900"`],
    ["KROGER_ENV", "live", "be one of production, staging, certification, development", `"live"`],
    ["WALMART_ENV", "live", "be one of production, staging, certification, development", `"live"`],
    ["INSTACART_ENV", "live", "be one of production, staging, certification, development", `"live"`],
    ["MEALME_AUTH_HEADER", "Id Token", "be the name of a header such as Id-Token", `"Id Token"`],
  ];
  for (const [name, value, expected, found] of others) {
    assertEquals(complaint({ ...CREDENTIALS, [name]: value }), sentence(name, expected, found));
  }
});

Deno.test("a secret that can be guessed is refused and not shown", () => {
  for (const secret of ["short-one", "with space ".repeat(4), "s".repeat(201), `${"s".repeat(40)}/`]) {
    const said = complaint({ MEALME_WEBHOOK_SECRET: secret });
    assertEquals(
      said,
      "Expected the environment variable MEALME_WEBHOOK_SECRET to be 32 to 200 letters, digits, - or _ " +
        "but found another text",
    );
  }
});

Deno.test("weights that are all 0 decide nothing and are refused, whatever the priority's", () => {
  const none: Given = {
    LOOPGPT_SCORE_PRICE_WEIGHT: "0",
    LOOPGPT_SCORE_SPEED_WEIGHT: "0",
    LOOPGPT_SCORE_COMMISSION_WEIGHT: "0",
    LOOPGPT_SCORE_AVAILABILITY_WEIGHT: "0",
    LOOPGPT_SCORE_RELIABILITY_WEIGHT: "0",
  };
  assertEquals(
    complaint(none),
    "Expected the environment variable LOOPGPT_SCORE_PRICE_WEIGHT to be above 0 where all other weights are 0 " +
      `but found "0"`,
  );
  assertEquals(read({ ...none, LOOPGPT_SCORE_SPEED_WEIGHT: "0.01" }).weights.speed, 0.01);
});
