import { z } from "zod";
import type { Broadcast } from "./broadcast.ts";

/** The two wire protocols of supabase-js: objects, or arrays and binary broadcasts. */
export type ProtocolVersion = "1.0.0" | "2.0.0";

/** What a client sent. */
export interface ClientFrame {
  readonly joinRef: string | null;
  readonly ref: string | null;
  readonly topic: string;
  readonly event: string;
  readonly payload: unknown;
  /** What a binary frame carried; never taken from a payload a client wrote as text. */
  readonly broadcast?: Broadcast;
}

/** What the server sends as text; `payload` is JSON already, so that numbers keep all their digits. */
export interface ServerFrame {
  readonly joinRef: string | null;
  readonly ref: string | null;
  readonly topic: string;
  readonly event: string;
  readonly payload: string;
}

/** A frame that is not of the protocol. */
export class MalformedFrame extends Error {
  override readonly name = "MalformedFrame";
}

const ref = z.string().max(255).nullish().transform((value) => value ?? null);
const name = z.string().max(1024);
const objectFrame = z.object({ join_ref: ref, ref, topic: name, event: name, payload: z.unknown() });
const arrayFrame = z.tuple([ref, ref, name, name, z.unknown()]);

/**
 * Reads a text frame.
 *
 * @throws {MalformedFrame} where it is not JSON or not of the version's shape
 */
export function decodeText(text: string, version: ProtocolVersion): ClientFrame {
  const value = parseJson(text);
  if (version === "1.0.0") {
    const parsed = objectFrame.safeParse(value);
    if (!parsed.success) throw new MalformedFrame("Expected an object with topic, event, payload and ref");
    const { join_ref: joinRef, ...rest } = parsed.data;
    return { joinRef, ...rest };
  }
  const parsed = arrayFrame.safeParse(value);
  if (!parsed.success) throw new MalformedFrame("Expected [join_ref, ref, topic, event, payload]");
  const [joinRef, reference, topic, event, payload] = parsed.data;
  return { joinRef, ref: reference, topic, event, payload };
}

/** Writes a text frame. */
export function encodeText(frame: ServerFrame, version: ProtocolVersion): string {
  const [joinRef, reference, topic, event] = [frame.joinRef, frame.ref, frame.topic, frame.event]
    .map((part) => JSON.stringify(part));
  return version === "1.0.0"
    ? `{"topic":${topic},"event":${event},"payload":${frame.payload},"ref":${reference},"join_ref":${joinRef}}`
    : `[${joinRef},${reference},${topic},${event},${frame.payload}]`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedFrame("Expected a JSON text frame");
  }
}
