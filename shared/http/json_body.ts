import { ApiError, shapeError } from "./api_error.ts";
import { readBody } from "./body_reader.ts";
import { requireJsonType } from "./content_type.ts";
import { nestsDeeperThan } from "./nesting.ts";

const MAX_NESTING = 32;

/** Reads a JSON body: its size first, then its type, then its text. An empty body is an empty object. */
export async function readJsonBody(request: Request, maxBytes: number): Promise<unknown> {
  const bytes = await readBody(request, maxBytes);
  if (bytes.byteLength === 0) return {};
  requireJsonType(request.headers);
  return parseJson(bytes);
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  if (nestsDeeperThan(text, MAX_NESTING)) {
    throw shapeError("", `Expected at most ${MAX_NESTING} levels of nesting but found more`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the body, which must not travel.
    throw new ApiError("invalid_json");
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ApiError("invalid_json", { message: "The body is not valid UTF-8" });
  }
}
