import { z } from "zod";
import { type RestError, restError } from "./json_response.ts";

const message = z.object({
  code: z.string(),
  message: z.string(),
  details: z.string().nullish(),
  hint: z.string().nullish(),
});

const detail = z.object({
  status: z.int(),
  status_text: z.string().nullish(),
  headers: z.record(z.string(), z.string()),
});

/**
 * The answer that `raise sqlstate 'PGRST'` describes. PostgREST takes its two JSON texts at their word:
 * every part that is not text where text belongs makes it a fault of the function, PGRST121.
 */
export function raisedResponse(rawMessage: string, rawDetail: string | undefined): Response {
  const raised = parse(message, rawMessage);
  if (!raised) {
    return unreadable(
      `Invalid JSON value for MESSAGE: '${rawMessage}'`,
      "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.",
    );
  }
  const detailHint =
    "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.";
  if (rawDetail === undefined) return unreadable("DETAIL is missing in the RAISE statement", detailHint);
  const control = parse(detail, rawDetail);
  if (!control) return unreadable(`Invalid JSON value for DETAIL: '${rawDetail}'`, detailHint);
  return restError({ ...raised, status: control.status, headers: control.headers });
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function unreadable(details: string, hint: string): Response {
  const error: RestError = {
    status: 500,
    code: "PGRST121",
    message: `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`,
    details,
    hint,
  };
  return restError(error);
}
