/** A place in a value, and what about it Postgres cannot hold. */
export interface Obstacle {
  readonly path: string;
  readonly message: string;
}

/**
 * Finds the first text or number in a JSON value that Postgres cannot hold: U+0000, half a surrogate pair, or a
 * number beyond double precision. The value must be of bounded depth.
 */
export function findUnstorable(value: unknown, path = ""): Obstacle | undefined {
  if (typeof value === "string") return textObstacle(value, path);
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { path, message: "Expected a number within double precision" };
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const place = path === "" ? key : `${path}.${key}`;
    const found = textObstacle(key, path) ?? findUnstorable(member, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

function textObstacle(text: string, path: string): Obstacle | undefined {
  if (text.includes("\u0000")) return { path, message: "Expected a text without U+0000" };
  if (!text.isWellFormed()) return { path, message: "Expected a text without lone surrogates" };
  return undefined;
}
