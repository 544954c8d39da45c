import { z } from "zod";

/** A JSON Schema, as far as it matters here. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Turns zod schemas into JSON Schema and gathers those that have a name. */
export class Schemas {
  readonly components: Record<string, unknown> = {};

  /** What a caller sends. */
  ofRequest(schema: z.ZodType): JsonSchema {
    return this.#gather(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  }

  /** What a caller gets: open, since an answer may learn new fields. */
  ofResponse(schema: z.ZodType): JsonSchema {
    return this.#gather(z.toJSONSchema(schema, {
      io: "output",
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    }));
  }

  #gather(schema: JsonSchema): JsonSchema {
    const { $schema: _, $defs = {}, ...rest } = toComponentRefs(schema);
    Object.assign(this.components, $defs);
    return rest;
  }
}

function toComponentRefs(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
