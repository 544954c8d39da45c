import { asSession, type TokenTranslator } from "./auth_tokens.ts";
import { json } from "./json_response.ts";

/** The user a token of the library's belongs to, as the library describes him. */
export type UserReader = (internalToken: string) => Promise<unknown>;

/** An answer of the library's with the platform's tokens in it: in its body, or in a redirect's fragment. */
export async function publishAnswer(
  response: Response,
  path: string,
  tokens: TokenTranslator,
  readUser: UserReader,
): Promise<Response> {
  const method = path === "/verify" ? "otp" : "password";
  const location = response.headers.get("location");
  if (location?.includes("#access_token=")) {
    return await publishRedirect(response, location, method, tokens, readUser);
  }
  if (!response.ok || !response.headers.get("content-type")?.includes("json")) return response;

  const answer: unknown = await response.json();
  const session = asSession(answer);
  const body = session ? await tokens.publish(session, method) : answer;
  const headers = Object.fromEntries(response.headers);
  delete headers["content-length"];
  return json(response.status, body, headers);
}

async function publishRedirect(
  response: Response,
  location: string,
  method: string,
  tokens: TokenTranslator,
  readUser: UserReader,
): Promise<Response> {
  const [target, fragment] = location.split("#", 2);
  const parameters = new URLSearchParams(fragment);
  const internal = parameters.get("access_token") ?? "";
  const session = asSession({ access_token: internal, user: await readUser(internal) });
  if (session) parameters.set("access_token", (await tokens.publish(session, method)).access_token);
  const headers = new Headers(response.headers);
  headers.set("location", `${target}#${parameters}`);
  return new Response(null, { status: response.status, headers });
}
