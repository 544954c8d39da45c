import { z } from "zod";
import { type ClientFrame, encodeText, MalformedFrame, type ProtocolVersion } from "./frames.ts";

/** A message on its way to the subscribers of a topic. */
export interface Broadcast {
  readonly event: string;
  /** JSON text, or bytes that only protocol 2.0.0 can carry. */
  readonly body: string | Uint8Array;
  /** The id of the row in `realtime.messages`, where it came from the database. */
  readonly id?: string;
}

const CLIENT_PUSH = 3;
const SERVER_PUSH = 4;
const JSON_ENCODING = 1;

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true });

/** A broadcast as protocol 1.0.0 and plain text frames carry it. */
const textBroadcast = z.looseObject({ event: z.string(), payload: z.unknown().optional() });

/** Reads the broadcast out of a text frame; `null` where it names no event. */
export function readTextBroadcast(payload: unknown): Broadcast | null {
  const parsed = textBroadcast.safeParse(payload);
  if (!parsed.success) return null;
  return { event: parsed.data.event, body: JSON.stringify(parsed.data.payload ?? {}) };
}

/**
 * Reads a binary push: `[3, five lengths, encoding]`, join ref, ref, topic, event, metadata, payload.
 *
 * @throws {MalformedFrame} where the lengths do not add up or the text is not what it says
 */
export function decodeBinaryPush(bytes: Uint8Array): ClientFrame {
  const [kind, ...header] = bytes.subarray(0, 7);
  if (kind !== CLIENT_PUSH || header.length < 6) {
    throw new MalformedFrame(`Expected a binary broadcast of kind ${CLIENT_PUSH} but found ${kind}`);
  }
  const encoding = header[5];
  let offset = 7;
  const [joinRef = "", ref = "", topic = "", event = "", _metadata] = header.slice(0, 5).map((length) => {
    if (offset + length > bytes.length) throw new MalformedFrame("Expected a longer binary frame");
    return decodeUtf8(bytes.subarray(offset, offset += length));
  });
  const payload = bytes.slice(offset);
  const body = encoding === JSON_ENCODING ? checkedJson(decodeUtf8(payload)) : payload;
  const broadcast = { event, body };
  return { joinRef: joinRef || null, ref: ref || null, topic, event: "broadcast", payload: null, broadcast };
}

/** The frame a subscriber gets; `null` where his protocol cannot carry it. */
export function encodeBroadcast(
  topic: string,
  broadcast: Broadcast,
  version: ProtocolVersion,
): string | Uint8Array<ArrayBuffer> | null {
  const binary = version === "2.0.0" ? encodeBinary(topic, broadcast) : null;
  if (binary) return binary;
  if (typeof broadcast.body !== "string") return null;

  const meta = broadcast.id === undefined ? "" : `"meta":${JSON.stringify({ id: broadcast.id })},`;
  const payload = `{"type":"broadcast","event":${
    JSON.stringify(broadcast.event)
  },${meta}"payload":${broadcast.body}}`;
  return encodeText({ joinRef: null, ref: null, topic, event: "broadcast", payload }, version);
}

function encodeBinary(topic: string, broadcast: Broadcast): Uint8Array<ArrayBuffer> | null {
  const isJson = typeof broadcast.body === "string";
  const meta = broadcast.id === undefined ? "" : JSON.stringify({ id: broadcast.id });
  const names = [topic, broadcast.event, meta].map((part) => utf8.encode(part));
  // a length is one byte: longer names travel as text
  if (names.some((part) => part.length > 255)) return null;

  const body = typeof broadcast.body === "string" ? utf8.encode(broadcast.body) : broadcast.body;
  const header = Uint8Array.of(SERVER_PUSH, ...names.map((part) => part.length), isJson ? JSON_ENCODING : 0);
  return concatenated([header, ...names, body]);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw new MalformedFrame("Expected UTF-8 text in a binary frame");
  }
}

// it is passed on as it came, so what is not JSON must not get in
function checkedJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw new MalformedFrame("Expected a JSON payload in a binary frame");
  }
}
