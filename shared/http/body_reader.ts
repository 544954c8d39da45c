import { ApiError } from "./api_error.ts";

/**
 * Reads a body to its end, but never past the limit: what counts is what arrives, whatever `Content-Length`
 * says or leaves out.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  while (true) {
    const { done, value } = await readChunk(reader);
    if (done) return joined(chunks, size);
    size += value.byteLength;
    if (size > maxBytes) {
      // Not awaited: the sender may never stop, and the answer must not wait for him.
      reader.cancel().catch(() => {});
      throw new ApiError("body_too_large", {
        message: `Expected a body of at most ${maxBytes} bytes`,
        details: { maxBytes },
      });
    }
    chunks.push(value);
  }
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new ApiError("invalid_json", { message: "The body broke off before its end", cause });
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
