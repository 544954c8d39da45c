import { MOST_URL } from "./provider_text.ts";

/** An address that a provider gave, as it may be handed on; undefined where it may not. */
export type OwnLink = (link: string | null | undefined) => string | undefined;

/**
 * Takes the provider's own addresses alone: over HTTPS and within the same of its domains as its interface. An interface
 * that is elsewhere, as the sandbox is, has its very origin instead.
 *
 * @example
 * ```ts
 * const ownLink = ownLinks("https://api.mealme.ai", ["mealme.ai"]);
 * ownLink("https://tracking.mealme.ai/1"); // "https://tracking.mealme.ai/1"
 * ownLink("https://elsewhere.example/1"); // undefined
 * ```
 */
export function ownLinks(baseUrl: string, domains: readonly string[]): OwnLink {
  const base = new URL(baseUrl);
  const domain = domains.find((domain) => isWithin(base, domain));

  function isOwn(url: URL): boolean {
    if (domain === undefined) return url.origin === base.origin;
    return url.protocol === "https:" && url.port === "" && isWithin(url, domain);
  }

  return (link) => {
    const url = link ? URL.parse(link) : null;
    if (url === null || url.username !== "" || url.password !== "" || !isOwn(url)) return undefined;
    return url.href.length <= MOST_URL ? url.href : undefined;
  };
}

function isWithin({ hostname }: URL, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`);
}
