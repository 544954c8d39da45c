/** More than any of the providers has to say. */
export const MOST_BODY_BYTES = 2 * 1024 * 1024;

/** A body's text; undefined where it is longer than that, and the rest is not read. */
export async function readBody(response: Response): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > MOST_BODY_BYTES) {
      // Not waited for: a connection that hangs may take its time to close.
      reader.cancel().catch(() => {});
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
