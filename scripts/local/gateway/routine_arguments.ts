import type { RestError } from "./json_response.ts";
import type { RoutineArguments } from "./routine_call.ts";
import type { Routine } from "./routine_catalogue.ts";

/** The arguments of a call, before it is known which function they belong to. */
export interface GivenArguments {
  readonly names: readonly string[];
  /** Whether the query string holds more than arguments: a shape, an order, filters. */
  readonly shaped: boolean;
  /** The text of a POST's body. */
  readonly body?: string;
  forRoutine(routine: Routine): RoutineArguments;
}

const SHAPING = new Set(["select", "order", "limit", "offset", "and", "or", "columns", "on_conflict"]);
const FILTER =
  /^(not\.)?(eq|neq|gte?|lte?|i?like|i?match|in|is|isdistinct|fts|plfts|phfts|wfts|cs|cd|ov|sl|sr|nxr|nxl|adj)(\((any|all|[a-z_]+)\))?\./;

/** Reads the arguments of a call: from the query string of a GET, from the JSON body of a POST. */
export async function readArguments(request: Request, url: URL): Promise<GivenArguments | RestError> {
  const pairs = [...url.searchParams].filter(([name]) => name !== "apikey");
  if (request.method !== "POST") return fromQuery(pairs);

  const contentType = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (contentType === "application/x-www-form-urlencoded") {
    const body = await request.text();
    return { ...fromQuery([...new URLSearchParams(body)]), shaped: pairs.length > 0, body };
  }
  if (contentType !== undefined && contentType !== "application/json") {
    return { status: 400, code: "PGRST102", message: `Content-Type not acceptable: ${contentType}` };
  }
  return fromBody(await request.text(), pairs.length > 0);
}

function fromQuery(pairs: readonly (readonly [string, string])[]): GivenArguments {
  const values = new Map(pairs.filter(([name, value]) => !SHAPING.has(name) && !FILTER.test(value)));
  return {
    names: [...values.keys()],
    shaped: values.size < new Set(pairs.map(([name]) => name)).size,
    forRoutine: () => ({ kind: "text", values }),
  };
}

function fromBody(text: string, shaped: boolean): GivenArguments | RestError {
  const body = text === "" ? "{}" : text;
  const parsed = parse(body);
  if (!parsed) return { status: 400, code: "PGRST102", message: "Empty or invalid json" };

  const { value } = parsed;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const names = isObject ? Object.keys(value) : [];
  return {
    names,
    shaped,
    body,
    forRoutine: (routine) =>
      routine.parameters[0]?.name === "" ? { kind: "body", body } : { kind: "json", names, body },
  };
}

function parse(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined;
  }
}
