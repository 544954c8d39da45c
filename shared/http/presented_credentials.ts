import { ApiError } from "./api_error.ts";

/** What a request carries, sorted by form and not yet verified. */
export interface PresentedCredentials {
  readonly jwt?: string;
  readonly agentToken?: string;
  readonly apikey?: string;
}

const BEARER = /^bearer +(\S+)$/i;
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Issued tokens are longer; a shorter one would be no secret. */
const AGENT_TOKEN = /^[\x21-\x7e]{32,512}$/;

/** Sorts the credentials of a request; 401 `credentials_malformed` for what has no known form. */
export function presentedCredentials(headers: Headers): PresentedCredentials {
  const apikey = headers.get("apikey") ?? undefined;
  const bearer = sortBearer(bearerOf(headers), apikey);
  const agentToken = agentTokenOf(headers) ?? bearer.agentToken;
  if (bearer.jwt !== undefined && agentToken !== undefined) throw new ApiError("ambiguous_credentials");
  if (bearer.agentToken !== undefined && agentToken !== bearer.agentToken) {
    throw new ApiError("ambiguous_credentials", { message: "Two different agent tokens were sent together" });
  }
  return {
    ...(bearer.jwt === undefined ? {} : { jwt: bearer.jwt }),
    ...(agentToken === undefined ? {} : { agentToken }),
    ...(apikey === undefined ? {} : { apikey }),
  };
}

function bearerOf(headers: Headers): string | undefined {
  const authorization = headers.get("authorization");
  if (authorization === null) return undefined;
  const token = BEARER.exec(authorization.trim())?.[1];
  if (token === undefined) {
    throw malformed("Expected `Authorization: Bearer <token>` but found another form");
  }
  return token;
}

function sortBearer(
  token: string | undefined,
  apikey: string | undefined,
): Pick<PresentedCredentials, "jwt" | "agentToken"> {
  // Clients without a session repeat their API key as Bearer: it says nothing that `apikey` does not.
  if (token === undefined || token === apikey) return {};
  if (token.startsWith("sb_")) {
    throw malformed("Expected a user's JWT or an agent token but found an API key; send it as `apikey`");
  }
  if (token.split(".").length !== 3) return { agentToken: requireAgentForm(token) };
  if (!JWT.test(token)) throw malformed("Expected a JWT of three base64url parts");
  return { jwt: token };
}

function agentTokenOf(headers: Headers): string | undefined {
  const token = headers.get("x-agent-token");
  return token === null ? undefined : requireAgentForm(token);
}

function requireAgentForm(token: string): string {
  if (AGENT_TOKEN.test(token)) return token;
  throw malformed("Expected a JWT of three parts or an agent token of 32 to 512 characters");
}

function malformed(message: string): ApiError {
  return new ApiError("credentials_malformed", { message });
}
