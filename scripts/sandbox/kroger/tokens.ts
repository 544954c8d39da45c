import type { Answer, HttpRequest, Json } from "../http_message.ts";

const TOKEN_SECONDS = 1800;
const APPLICATION_SCOPES = ["product.compact"];
const SHOPPER_SCOPES = ["product.compact", "cart.basic:write", "profile.compact"];

export interface KrogerClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Grant {
  readonly scopes: readonly string[];
  readonly isShopper: boolean;
}

/** POST /v1/connect/oauth2/token and GET /v1/connect/oauth2/authorize, and what their tokens allow. */
export class KrogerTokens {
  readonly #tokens = new Map<string, Grant & { readonly expiresAt: number }>();
  readonly #codes = new Map<string, readonly string[]>();
  readonly #refreshTokens = new Map<string, readonly string[]>();

  constructor(readonly client: KrogerClient, readonly clock: () => number) {}

  /** A token of a shopper who consented, as the authorization code would bring it. */
  shopperToken(): string {
    return this.#issue({ scopes: SHOPPER_SCOPES, isShopper: true });
  }

  /** What the bearer may do; `undefined` without a token that is valid now. */
  grantOf({ headers }: HttpRequest): Grant | undefined {
    const [, token] = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
    const grant = this.#tokens.get(token ?? "");
    return grant && grant.expiresAt > this.clock() ? grant : undefined;
  }

  /** Consents at once and sends the shopper back with a code. */
  authorize({ url }: HttpRequest): Answer {
    const query = url.searchParams;
    const redirect = query.get("redirect_uri");
    if (query.get("client_id") !== this.client.clientId) {
      return invalid("invalid_client", "Invalid client_id");
    }
    if (query.get("response_type") !== "code" || !redirect || !URL.canParse(redirect)) {
      return invalid("invalid_request", "response_type and redirect_uri are required");
    }
    const scopes = (query.get("scope") ?? "").split(" ").filter((scope) => SHOPPER_SCOPES.includes(scope));
    const code = crypto.randomUUID();
    this.#codes.set(code, scopes);
    const back = new URL(redirect);
    back.searchParams.set("code", code);
    const state = query.get("state");
    if (state !== null) back.searchParams.set("state", state);
    return { status: 302, headers: { location: back.href } };
  }

  token({ headers, body }: HttpRequest): Answer {
    if (!this.#isClient(headers)) return invalid("unauthorized", "invalid credentials", 401);
    if (!headers.get("content-type")?.startsWith("application/x-www-form-urlencoded")) {
      return invalid("invalid_request", "The body must be form encoded");
    }
    const form = new URLSearchParams(body);
    switch (form.get("grant_type")) {
      case "client_credentials":
        return this.#forApplication(form.get("scope") ?? "");
      case "authorization_code":
        return this.#forShopper(this.#codes, form.get("code"), "invalid code");
      case "refresh_token":
        return this.#forShopper(this.#refreshTokens, form.get("refresh_token"), "invalid refresh_token");
      default:
        return invalid("unsupported_grant_type", "The grant_type is not supported");
    }
  }

  #isClient(headers: Headers): boolean {
    const { clientId, clientSecret } = this.client;
    return headers.get("authorization") === `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
  }

  #forApplication(scope: string): Answer {
    const scopes = scope.split(" ").filter((entry) => entry !== "");
    if (scopes.some((entry) => !APPLICATION_SCOPES.includes(entry))) {
      return invalid("invalid_scope", "The requested scope is invalid");
    }
    return issued({ access_token: this.#issue({ scopes, isShopper: false }) });
  }

  /** Codes and refresh tokens are good once. */
  #forShopper(from: Map<string, readonly string[]>, key: string | null, otherwise: string): Answer {
    const scopes = from.get(key ?? "");
    if (!scopes) return invalid("invalid_request", otherwise);
    from.delete(key ?? "");
    const refreshToken = crypto.randomUUID();
    this.#refreshTokens.set(refreshToken, scopes);
    const accessToken = this.#issue({ scopes, isShopper: true });
    return issued({ access_token: accessToken, refresh_token: refreshToken });
  }

  #issue(grant: Grant): string {
    const now = this.clock();
    for (const [token, { expiresAt }] of this.#tokens) if (expiresAt <= now) this.#tokens.delete(token);
    const expiresAt = now + TOKEN_SECONDS * 1000;
    const claims = {
      scope: grant.scopes.join(" "),
      exp: Math.floor(expiresAt / 1000),
      jti: crypto.randomUUID(),
    };
    // Looks like Kroger's, which nobody but Kroger reads: the last part signs nothing
    const token = [{ alg: "RS256", typ: "JWT" }, claims, claims.jti].map(encode).join(".");
    this.#tokens.set(token, { ...grant, expiresAt });
    return token;
  }
}

function encode(part: Json): string {
  return btoa(JSON.stringify(part)).replaceAll("=", "").replaceAll("+", "-").replaceAll("/", "_");
}

function issued(tokens: Readonly<Record<string, string>>): Answer {
  return { status: 200, body: { expires_in: TOKEN_SECONDS, token_type: "bearer", ...tokens } };
}

function invalid(error: string, description: string, status = 400): Answer {
  return { status, body: { error, error_description: description } };
}
