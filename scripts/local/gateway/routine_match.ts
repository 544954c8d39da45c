import type { RestError } from "./json_response.ts";
import type { Routine } from "./routine_catalogue.ts";

/** What a request names: the function and the arguments it brings. */
export interface RoutineRequest {
  readonly schema: string;
  readonly name: string;
  readonly argumentNames: readonly string[];
  /** Whether the body came by POST, as JSON: it may then be the one unnamed json parameter. */
  readonly jsonBody: boolean;
}

/** The one function a request means, or why there is not exactly one. */
export function matchRoutine(overloads: readonly Routine[], request: RoutineRequest): Routine | RestError {
  const named = overloads.filter((routine) => takesExactly(routine, request.argumentNames));
  const candidates = named.length > 0
    ? named
    : overloads.filter((routine) => takesWholeBody(routine, request));
  const [only, another] = candidates;
  if (!only) return notFound(request);
  return another ? ambiguous(candidates) : only;
}

/** Whether a function's single parameter has no name and is the whole JSON body. */
export function takesWholeBody(routine: Routine, { jsonBody }: Pick<RoutineRequest, "jsonBody">): boolean {
  const [parameter, another] = routine.parameters;
  return jsonBody && !another && parameter?.name === "" && ["json", "jsonb"].includes(parameter.type);
}

/** The same refusal with the name a caller may have meant. */
export function withHint(
  refusal: RestError,
  schema: string,
  name: string,
  names: readonly string[],
): RestError {
  const nearest = names.find((candidate) => candidate.includes(name) || name.includes(candidate));
  return nearest
    ? { ...refusal, hint: `Perhaps you meant to call the function ${schema}.${nearest}` }
    : refusal;
}

function takesExactly(routine: Routine, names: readonly string[]): boolean {
  const given = new Set(names);
  const known = routine.parameters.filter(({ name }) => given.delete(name));
  if (given.size > 0) return false;
  return routine.parameters.every((parameter) => !parameter.required || known.includes(parameter));
}

function notFound({ schema, name, argumentNames, jsonBody }: RoutineRequest): RestError {
  const sorted = argumentNames.toSorted();
  const list = sorted.join(", ");
  const withParameters = sorted.length === 0
    ? " without parameters"
    : ` with parameter${sorted.length > 1 ? "s" : ""} ${list}`;
  const orBody = jsonBody ? " or with a single unnamed json/jsonb parameter" : "";
  return {
    status: 404,
    code: "PGRST202",
    message: `Could not find the function ${schema}.${name}${
      sorted.length === 0 ? " without parameters" : `(${list})`
    } in the schema cache`,
    details: `Searched for the function ${schema}.${name}${withParameters}${orBody}, ` +
      "but no matches were found in the schema cache.",
  };
}

function ambiguous(candidates: readonly Routine[]): RestError {
  const signatures = candidates.map(({ schema, name, parameters }) =>
    `${schema}.${name}(${parameters.map((each) => `${each.name} => ${each.type}`).join(", ")})`
  );
  return {
    status: 300,
    code: "PGRST203",
    message: `Could not choose the best candidate function between: ${signatures.join(", ")}`,
    hint: "Try renaming the parameters or the function itself in the database so function overloading " +
      "can be resolved",
  };
}
