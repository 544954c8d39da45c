/** What routing takes from the environment: `readVariable` reads it, here it is given its meaning. */
import type { Estimates } from "../routing/estimates.ts";
import type { ProviderId } from "../routing/provider_id.ts";
import type { ProviderAccess, ProviderTerms, TermsByProvider } from "../routing/provider_settings.ts";
import { DEFAULT_WEIGHTS, type Weights } from "../routing/weights.ts";
import { EnvironmentError, readVariable, type Variable } from "./env.ts";

export interface RoutingEnvironment {
  /** Whether somebody without credentials may ask for quotes. */
  readonly publicQuotes: boolean;
  readonly weights: Weights;
  readonly terms: TermsByProvider;
  readonly access: ProviderAccess;
  /** The secret part of MealMe's webhook address; absent: it is not served. */
  readonly mealMeWebhookSecret: string | undefined;
}

/** Reads a variable; a test gives its own. */
export type ReadVariable = (variable: Variable) => string | undefined;

interface Plan {
  readonly word: "KROGER" | "WALMART" | "INSTACART" | "MEALME";
  readonly priority: number;
  readonly timeoutMs: number;
  readonly commissionBps: number;
  /** Variables without which the provider cannot be called. */
  readonly needs: readonly Variable[];
}

const PLANS: Readonly<Record<ProviderId, Plan>> = {
  KROGER_API: {
    word: "KROGER",
    priority: 60,
    timeoutMs: 10_000,
    commissionBps: 300,
    needs: ["KROGER_CLIENT_ID", "KROGER_CLIENT_SECRET"],
  },
  WALMART_API: {
    word: "WALMART",
    priority: 60,
    timeoutMs: 10_000,
    commissionBps: 300,
    needs: ["WALMART_API_KEY", "WALMART_PARTNER_ID"],
  },
  INSTACART: {
    word: "INSTACART",
    priority: 40,
    timeoutMs: 8_000,
    commissionBps: 200,
    needs: ["INSTACART_API_KEY"],
  },
  MEALME: {
    word: "MEALME",
    priority: 50,
    timeoutMs: 8_000,
    commissionBps: 300,
    needs: ["MEALME_API_KEY", "MEALME_CONTACT_NAME", "MEALME_CONTACT_EMAIL", "MEALME_CONTACT_PHONE"],
  },
};

/**
 * Reads what routing needs.
 *
 * @throws {EnvironmentError} naming the variable that has no possible value. A provider that lacks something takes no
 * part, and its terms say why; the others serve.
 */
export function readRoutingEnvironment(read: ReadVariable = readVariable): RoutingEnvironment {
  const variables = new Variables(read);
  const isProduction =
    variables.choice("LOOPGPT_ENV", ["development", "staging", "production"], "development") ===
      "production";
  const sandboxUrl = variables.url("LOOPGPT_SANDBOX_URL");
  const terms: TermsByProvider = {
    KROGER_API: termsOf("KROGER_API", variables, isProduction, sandboxUrl),
    WALMART_API: termsOf("WALMART_API", variables, isProduction, sandboxUrl),
    INSTACART: termsOf("INSTACART", variables, isProduction, sandboxUrl),
    MEALME: termsOf("MEALME", variables, isProduction, sandboxUrl),
  };
  return {
    publicQuotes: variables.flag("LOOPGPT_PUBLIC_QUOTES") ?? true,
    weights: weightsOf(variables),
    terms,
    access: accessOf(variables, terms, sandboxUrl ?? ""),
    mealMeWebhookSecret: variables.secret("MEALME_WEBHOOK_SECRET"),
  };
}

function termsOf(
  id: ProviderId,
  variables: Variables,
  isProduction: boolean,
  sandboxUrl: string | undefined,
): ProviderTerms {
  const { word, priority, timeoutMs, commissionBps, needs } = PLANS[id];
  const terms = {
    timeoutMs: variables.wholeNumber(`LOOPGPT_${word}_TIMEOUT`, 100, 60_000) ?? timeoutMs,
    commissionBps: variables.wholeNumber(`LOOPGPT_${word}_COMMISSION_BPS`, 0, 10_000) ?? commissionBps,
    priority,
    preferred: word === "KROGER" || word === "WALMART"
      ? variables.flag(`LOOPGPT_PREFER_DIRECT_${word}`) ?? false
      : false,
  };
  const isMock = variables.flag(`LOOPGPT_${word}_MOCK`) ?? false;
  const enabled = variables.flag(`LOOPGPT_ENABLE_${word}`);
  if (enabled === false) {
    return { ...terms, mode: "disabled", reason: `LOOPGPT_ENABLE_${word} is false` };
  }
  if (isMock && isProduction) {
    return {
      ...terms,
      mode: "misconfigured",
      reason: `LOOPGPT_${word}_MOCK is true although LOOPGPT_ENV is production`,
    };
  }
  if (isMock && sandboxUrl === undefined) {
    return {
      ...terms,
      mode: "misconfigured",
      reason: `LOOPGPT_${word}_MOCK is true but LOOPGPT_SANDBOX_URL is not set`,
    };
  }
  const missing = needs.filter((name) => variables.text(name) === undefined);
  if (missing.length === 0) return { ...terms, mode: isMock ? "sandbox" : "live" };
  const reason = `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set`;
  // Nothing was said of it: it is off. Something was: it is wrong.
  return { ...terms, mode: enabled === undefined && !isMock ? "disabled" : "misconfigured", reason };
}

function weightsOf(variables: Variables): Weights {
  const weight = (name: Variable, normal: number) => variables.number(name, 0, 1_000) ?? normal;
  const weights = {
    price: weight("LOOPGPT_SCORE_PRICE_WEIGHT", DEFAULT_WEIGHTS.price),
    speed: weight("LOOPGPT_SCORE_SPEED_WEIGHT", DEFAULT_WEIGHTS.speed),
    commission: weight("LOOPGPT_SCORE_COMMISSION_WEIGHT", DEFAULT_WEIGHTS.commission),
    availability: weight("LOOPGPT_SCORE_AVAILABILITY_WEIGHT", DEFAULT_WEIGHTS.availability),
    reliability: weight("LOOPGPT_SCORE_RELIABILITY_WEIGHT", DEFAULT_WEIGHTS.reliability),
    priority: weight("LOOPGPT_SCORE_PRIORITY_WEIGHT", DEFAULT_WEIGHTS.priority),
  };
  const { priority: _boost, ...components } = weights;
  if (Object.values(components).every((value) => value === 0)) {
    throw new EnvironmentError(
      "LOOPGPT_SCORE_PRICE_WEIGHT",
      "be above 0 where all other weights are 0",
      `"0"`,
    );
  }
  return weights;
}

function accessOf(variables: Variables, terms: TermsByProvider, sandboxUrl: string): ProviderAccess {
  const isOpen = (id: ProviderId) => terms[id].mode === "live" || terms[id].mode === "sandbox";
  const base = (id: ProviderId, path: string, live: string) =>
    terms[id].mode === "sandbox" ? `${sandboxUrl}/${path}` : live;
  const text = (name: Variable) => variables.text(name) ?? "";
  const estimates = estimatesOf(variables);
  const estimateCents = variables.wholeNumber("LOOPGPT_INSTACART_ESTIMATE_CENTS", 1, 1_000_000);
  const publisherId = variables.text("WALMART_PUBLISHER_ID");
  return {
    ...(isOpen("KROGER_API") && {
      KROGER_API: {
        baseUrl: base("KROGER_API", "kroger", HOSTS.kroger[variables.environment("KROGER_ENV")]),
        clientId: text("KROGER_CLIENT_ID"),
        clientSecret: text("KROGER_CLIENT_SECRET"),
        estimates,
      },
    }),
    ...(isOpen("WALMART_API") && {
      WALMART_API: {
        baseUrl: `${
          base("WALMART_API", "walmart", HOSTS.walmart[variables.environment("WALMART_ENV")])
        }/api-proxy/service/affil/product/v2`,
        cartUrl: `${base("WALMART_API", "walmart", "https://affil.walmart.com")}/cart/addToCart`,
        consumerId: text("WALMART_PARTNER_ID"),
        privateKey: text("WALMART_API_KEY"),
        keyVersion: variables.text("WALMART_KEY_VERSION") ?? "1",
        ...(publisherId === undefined ? {} : { publisherId }),
        estimates,
      },
    }),
    ...(isOpen("INSTACART") && {
      INSTACART: {
        baseUrl: base("INSTACART", "instacart", HOSTS.instacart[variables.environment("INSTACART_ENV")]),
        apiKey: text("INSTACART_API_KEY"),
        ...(estimateCents === undefined ? {} : { estimateCents }),
        estimates,
      },
    }),
    ...(isOpen("MEALME") && {
      MEALME: {
        baseUrl: base("MEALME", "mealme", "https://api.mealme.ai"),
        apiKey: text("MEALME_API_KEY"),
        authHeader: variables.headerName("MEALME_AUTH_HEADER") ?? "Id-Token",
        contact: {
          name: text("MEALME_CONTACT_NAME"),
          email: text("MEALME_CONTACT_EMAIL"),
          phone: text("MEALME_CONTACT_PHONE"),
        },
      },
    }),
  };
}

/** The vendors' addresses by what `<PROVIDER>_ENV` says. */
const HOSTS = {
  kroger: { production: "https://api.kroger.com", staging: "https://api-ce.kroger.com" },
  walmart: { production: "https://developer.api.walmart.com", staging: "https://developer.api.walmart.com" },
  instacart: {
    production: "https://connect.instacart.com",
    staging: "https://connect.dev.instacart.tools",
  },
} as const;

function estimatesOf(variables: Variables): Estimates {
  const deliveryMinutes = variables.wholeNumber("LOOPGPT_ESTIMATED_DELIVERY_MINUTES", 1, 10_080);
  return {
    feesCents: variables.wholeNumber("LOOPGPT_ESTIMATED_FEES_CENTS", 0, 100_000) ?? 0,
    taxBps: variables.wholeNumber("LOOPGPT_ESTIMATED_TAX_BPS", 0, 5_000) ?? 0,
    ...(deliveryMinutes === undefined ? {} : { deliveryMinutes }),
  };
}

/** The variables by their form. */
class Variables {
  constructor(private readonly read: ReadVariable) {}

  text(name: Variable): string | undefined {
    return this.read(name);
  }

  flag(name: Variable): boolean | undefined {
    const text = this.read(name)?.toLowerCase();
    if (text === undefined) return undefined;
    if (text === "true" || text === "1") return true;
    if (text === "false" || text === "0") return false;
    throw new EnvironmentError(name, "be true or false", `"${text}"`);
  }

  choice<const Choice extends string>(name: Variable, choices: readonly Choice[], normal: Choice): Choice {
    const text = this.read(name) ?? normal;
    const chosen = choices.find((choice) => choice === text);
    if (chosen !== undefined) return chosen;
    throw new EnvironmentError(name, `be one of ${choices.join(", ")}`, `"${text}"`);
  }

  /** A vendor's own environment. Certification and development mean what is not production. */
  environment(name: Variable): "production" | "staging" {
    const word = this.choice(
      name,
      ["production", "staging", "certification", "development"],
      "production",
    );
    return word === "production" ? "production" : "staging";
  }

  number(name: Variable, least: number, most: number): number | undefined {
    const text = this.read(name);
    if (text === undefined) return undefined;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new EnvironmentError(name, `be a number from ${least} to ${most}`, `"${text}"`);
  }

  wholeNumber(name: Variable, least: number, most: number): number | undefined {
    const value = this.number(name, least, most);
    if (value === undefined || Number.isInteger(value)) return value;
    throw new EnvironmentError(name, "be a whole number", `"${value}"`);
  }

  url(name: Variable): string | undefined {
    const text = this.read(name);
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, "");
    throw new EnvironmentError(name, "be a URL such as http://127.0.0.1:8900", `"${text}"`);
  }

  headerName(name: Variable): string | undefined {
    const text = this.read(name);
    if (text === undefined || /^[A-Za-z0-9-]{1,100}$/.test(text)) return text;
    throw new EnvironmentError(name, "be the name of a header such as Id-Token", `"${text}"`);
  }

  /** Long enough not to be guessed. Never shown. */
  secret(name: Variable): string | undefined {
    const text = this.read(name);
    if (text === undefined || /^[\w-]{32,200}$/.test(text)) return text;
    throw new EnvironmentError(name, "be 32 to 200 letters, digits, - or _", "another text");
  }
}
