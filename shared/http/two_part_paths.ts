/** Functions that hand over: the second part of the path is the slug of the function that answers. */
import { z } from "zod";
import { defineContract } from "../contract.ts";
import { ApiError } from "./api_error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/**
 * A function whose paths have two parts; 404 `not_found` where the second names none of its functions.
 *
 * @example
 * ```ts
 * export default handOver("jobs", { "session-cleanup": sessionCleanup }); // answers jobs/session-cleanup
 * ```
 */
export function handOver(name: string, functions: Readonly<Record<string, Endpoint>>): Endpoint {
  const bySlug = new Map(Object.entries(functions));
  const unknown = endpoint(unknownPart(name), () => {
    const known = [...bySlug.keys()].join(", ");
    throw new ApiError("not_found", { message: `Expected ${name}/ and one of ${known}` });
  });
  return {
    fetch: (request) => {
      const slug = new URL(request.url).pathname.slice(`/${name}/`.length);
      const known = bySlug.get(slug);
      if (known !== undefined) return known.fetch(request);
      // Without its body: what is wrong with that would be answered first.
      const { url, method, headers } = request;
      return unknown.fetch(new Request(url, { method, headers }));
    },
  };
}

function unknownPart(name: string) {
  return defineContract({
    name,
    summary: "A path that leads nowhere",
    methods: ["POST", "GET", "PATCH", "DELETE"],
    auth: "none",
    request: z.unknown(),
    response: z.never(),
    success: [],
    errors: ["not_found"],
    examples: [],
  });
}
