/** A place in a value, and what about it Postgres cannot hold. */
export interface Obstacle {
  readonly path: string;
  readonly message: string;
}

/**
 * Finds the first text or number in a JSON value that Postgres cannot hold: U+0000, half a surrogate pair, or a
 * number beyond double precision. The value must be of bounded depth.
 */
export function findUnstorable(value: unknown): Obstacle | undefined {
  const path: string[] = [];
  const message = search(value, path);
  return message === undefined ? undefined : { path: path.join("."), message };
}

/** The message of the first obstacle; `path` then leads to it. Nothing is made on the way where there is none. */
function search(value: unknown, path: string[]): string | undefined {
  if (typeof value === "string") return textMessage(value);
  if (typeof value === "number" && !Number.isFinite(value)) {
    return "Expected a number within double precision";
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const message = search(value[i], path);
      if (message !== undefined) return path.unshift(String(i)), message;
    }
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  for (const key in value) {
    // It would be dropped in silence on the way; nobody means it well.
    if (key === "__proto__") return path.unshift(key), "Unknown field";
    const keyMessage = textMessage(key);
    if (keyMessage !== undefined) return keyMessage;
    const message = search(value[key], path);
    if (message !== undefined) return path.unshift(key), message;
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function textMessage(text: string): string | undefined {
  if (text.includes("\u0000")) return "Expected a text without U+0000";
  if (!text.isWellFormed()) return "Expected a text without lone surrogates";
  return undefined;
}
