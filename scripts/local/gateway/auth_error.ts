import { json } from "./json_response.ts";

/** An error as the platform's auth server words it. */
export function authError(status: number, code: string, message: string): Response {
  return json(status, { code: status, error_code: code, msg: message }, { "x-sb-error-code": code });
}
