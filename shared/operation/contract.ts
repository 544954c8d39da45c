/** What runs beside the capabilities: the description of the API itself. */
import { z } from "zod";
import { defineContract } from "../contract.ts";

export const openapi = defineContract({
  name: "openapi",
  summary: "The description of this API",
  description: "OpenAPI 3.1, generated from the contracts that the functions are served by.",
  methods: ["GET"],
  auth: "none",
  request: z.strictObject({}),
  response: z.looseObject({ openapi: z.string(), paths: z.looseObject({}) }),
  success: [200],
  errors: [],
  examples: [{ name: "The description", as: "anonymous", request: {}, status: 200 }],
});
