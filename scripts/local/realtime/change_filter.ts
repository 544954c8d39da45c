/** One condition of a `postgres_changes` filter, such as `price=gte.100`. */
export interface ChangeFilter {
  readonly column: string;
  readonly op: string;
  readonly value: string;
  /** `not.` stood before the operator. */
  readonly negate: boolean;
}

const OPERATORS = new Set(
  "eq neq lt lte gt gte in like ilike is match imatch isdistinct".split(" "),
);

/**
 * Reads a filter; conditions joined by commas must all hold.
 *
 * @throws {Error} with the hosted wording where it cannot be read
 *
 * @example
 * ```ts
 * parseFilters("status=eq.open,priority=in.(high,low)");
 * ```
 */
export function parseFilters(text: string): ChangeFilter[] {
  if (text.trim() === "") return [];
  return splitTopLevel(text.trim()).map((segment) => parseCondition(segment.trim()));
}

function parseCondition(segment: string): ChangeFilter {
  if (segment === "") throw new Error("filter must not contain empty segments (check for extra commas)");
  const [column, rest] = splitOnce(segment, "=");
  if (column === undefined || rest === undefined) throw new Error(`[${JSON.stringify(segment)}]`);

  const negate = rest.startsWith("not.");
  const [op, value] = splitOnce(negate ? rest.slice(4) : rest, ".");
  if (op === undefined || value === undefined) throw new Error(`[${JSON.stringify(rest)}]`);
  if (!OPERATORS.has(op)) throw new Error(`[${JSON.stringify(op)}, ${JSON.stringify(value)}]`);
  return { column, op, value: op === "in" ? arrayLiteral(value) : unquoted(value), negate };
}

function arrayLiteral(value: string): string {
  if (!/^\(.*\)$/s.test(value)) throw new Error("`in` filter value must be wrapped by parentheses");
  return `{${value.slice(1, -1)}}`;
}

function unquoted(value: string): string {
  return /^"(?:[^"\\]|\\.)*"$/s.test(value) ? value.slice(1, -1).replace(/\\(.)/gs, "$1") : value;
}

function splitOnce(text: string, separator: string): [string, string] | [undefined, undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [undefined, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

// a comma inside parentheses or quotes belongs to the value
function splitTopLevel(text: string): string[] {
  const segments = [""];
  let depth = 0;
  let quoted = false;
  let previous = "";
  for (const [char] of text.matchAll(/\\.|./gs)) {
    if (quoted) quoted = char !== '"';
    else if (char === '"' && ".(,".includes(previous) && previous !== "") quoted = true;
    else if (char === "(") depth++;
    else if (char === ")") depth = Math.max(0, depth - 1);

    if (char === "," && depth === 0 && !quoted) segments.push("");
    else segments[segments.length - 1] += char;
    previous = char;
  }
  return segments;
}
