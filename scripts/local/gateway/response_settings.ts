import { z } from "zod";
import { type RestError } from "./json_response.ts";

/** What a function asked for with `response.status` and `response.headers`. */
export interface ResponseSettings {
  readonly status: number | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const headerList = z.array(z.record(z.string(), z.string()).refine((each) => Object.keys(each).length === 1));

/** Reads both settings as strictly as PostgREST does; what it cannot use is the function's fault. */
export function readResponseSettings(
  status: string | null,
  headers: string | null,
): ResponseSettings | RestError {
  const statusCode = status === null ? undefined : parseStatus(status);
  if (status !== null && statusCode === undefined) return badStatus();
  const list = headers === null ? [] : parseHeaders(headers);
  if (!list) return badHeaders();
  return { status: statusCode, headers: list.flatMap((each) => Object.entries(each)) };
}

function parseStatus(text: string): number | undefined {
  const status = /^\d{3}$/.test(text) ? Number(text) : 0;
  return status >= 200 && status <= 599 ? status : undefined;
}

function parseHeaders(text: string): readonly Record<string, string>[] | undefined {
  try {
    return headerList.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function badStatus(): RestError {
  return { status: 500, code: "PGRST112", message: "response.status guc must be a valid status code" };
}

function badHeaders(): RestError {
  return {
    status: 500,
    code: "PGRST111",
    message:
      "response.headers guc must be a JSON array composed of objects with a single key and a string value",
  };
}
