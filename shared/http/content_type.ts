import { ApiError } from "./api_error.ts";

const JSON_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?$/i;

/** Refuses a body that does not say it is JSON in UTF-8, or that is compressed. */
export function requireJsonType(headers: Headers): void {
  const type = headers.get("content-type")?.trim();
  if (type === undefined || !JSON_TYPE.test(type)) {
    throw new ApiError("unsupported_media_type", {
      message: `Expected the content type application/json but found ${
        type === undefined ? "none" : "another"
      }`,
    });
  }
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding !== "identity") {
    throw new ApiError("unsupported_media_type", {
      message: "Expected a body without content encoding but found a compressed one",
    });
  }
}
