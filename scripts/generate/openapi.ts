/** `openapi.json` from the contracts. */
import type { Contract } from "../../shared/contract.ts";
import { CONTRACTS, TWO_PART_PATHS } from "../../shared/contracts.ts";
import { ERROR_CATALOGUE } from "../../shared/error_catalogue.ts";
import type { Artifact } from "./artifact.ts";
import { errorSchema, responseHeaders, securitySchemes } from "./openapi_components.ts";
import { toOperation } from "./openapi_operation.ts";
import { Schemas } from "./openapi_schemas.ts";

const DESCRIPTION =
  "A marketplace worked by people and AI agents. JSON in and out, names in camelCase, timestamps ISO 8601 in UTC, " +
  "ids uuid. Every error has the body `Error` and a stable `code`; docs/errors.md says what to do about each.";

export const openapi: Artifact = {
  path: "openapi.json",
  render: () => `${JSON.stringify(describe(), null, 2)}\n`,
};

function describe(): unknown {
  const schemas = new Schemas();
  const paths = Object.fromEntries(
    Object.values<Contract>(CONTRACTS).map((contract) => [
      `/${contract.name}`,
      Object.fromEntries(contract.methods.map((method) => [
        method.toLowerCase(),
        toOperation(contract, method, schemas),
      ])),
    ]),
  );
  return {
    openapi: "3.1.0",
    info: { title: "Tradepost", version: "1.0.0", description: DESCRIPTION, license: { name: "MIT" } },
    servers: [
      { url: "http://127.0.0.1:54321/functions/v1", description: "The local stack" },
      {
        url: "https://{project}.supabase.co/functions/v1",
        description: "A hosted project",
        variables: { project: { default: "your-project-ref" } },
      },
    ],
    paths: { ...paths, ...twoPartPaths() },
    components: {
      schemas: { ...schemas.components, Error: errorSchema(Object.keys(ERROR_CATALOGUE)) },
      headers: responseHeaders,
      securitySchemes,
    },
  };
}

/** What hands over to other functions is described where they are. */
function twoPartPaths(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(TWO_PART_PATHS).flatMap(([name, parts]) =>
      parts.map((slug) => [`/${name}/${slug}`, { $ref: `#/paths/~1${slug}` }])
    ),
  );
}
