import { asMethod, type Contract, type Example, type HttpMethod, isQueried } from "../../shared/contract.ts";
import { ERROR_CATALOGUE, type ErrorCode } from "../../shared/error_catalogue.ts";
import { SECURITY } from "./openapi_components.ts";
import type { JsonSchema, Schemas } from "./openapi_schemas.ts";

/** One method of one function. */
export function toOperation(whole: Contract, method: HttpMethod, schemas: Schemas): unknown {
  const contract = asMethod(whole, method);
  const request = schemas.ofRequest(contract.request);
  const isQuery = isQueried(method);
  const examples = contract.examples.filter((example) => methodOf(contract, example) === method);
  return {
    operationId: contract.methods.length === 1 ? contract.name : `${contract.name}-${method.toLowerCase()}`,
    summary: contract.summary,
    ...(contract.description === undefined ? {} : { description: contract.description }),
    security: SECURITY[contract.auth],
    parameters: [
      ...(isQuery ? queryParameters(request, examples) : []),
      ...(takesKey(contract, method) ? [idempotencyKey] : []),
      requestId,
    ],
    ...(isQuery ? {} : { requestBody: requestBody(request, examples) }),
    responses: { ...successes(contract, schemas), ...errors(contract, method, schemas) },
  };
}

/** Whether an Idempotency-Key means something: a job may run twice without harm, and has no use for one. */
function takesKey({ auth }: Contract, method: HttpMethod): boolean {
  return method !== "GET" && auth !== "cron";
}

/** The method an example is called with: its own, or the function's first. */
export function methodOf(contract: Contract, example: Example): HttpMethod | undefined {
  return example.method ?? contract.methods[0];
}

/** Every code that one method of a function can answer with; one with a query may take an Idempotency-Key as well. */
export function errorCodes(
  contract: Contract,
  isQuery: boolean,
  hasKey = !isQuery,
): readonly ErrorCode[] {
  return [
    "invalid_request",
    "method_not_allowed",
    "internal_error",
    ...(isQuery ? [] : ["invalid_json", "body_too_large", "unsupported_media_type"] as const),
    ...(hasKey ? ["idempotency_key_reused"] as const : []),
    ...(contract.auth === "none" ? [] : CREDENTIALS),
    ...(contract.rateLimit === undefined ? [] : ["rate_limited"] as const),
    ...contract.errors,
  ];
}

const CREDENTIALS = [
  "credentials_missing",
  "credentials_malformed",
  "credentials_expired",
  "credentials_invalid",
  "ambiguous_credentials",
  "not_allowed",
  "dependency_unavailable",
] as const;

const requestId = {
  name: "x-request-id",
  in: "header",
  description: "Goes to logs and audit and comes back; 1 to 128 of letters, digits, dot, hyphen, underscore.",
  schema: { type: "string", pattern: "^[A-Za-z0-9._-]{1,128}$" },
};

const idempotencyKey = {
  name: "Idempotency-Key",
  in: "header",
  description: "The same key and request get the same answer for 24 hours, and run once.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

function queryParameters(request: JsonSchema, examples: readonly Example[]): readonly unknown[] {
  const properties = asRecord(request.properties);
  const required = Array.isArray(request.required) ? request.required : [];
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = asRecord(property);
    const given = examples.filter((example) => example.request[name] !== undefined);
    return {
      name,
      in: "query",
      ...(description === undefined ? {} : { description }),
      ...(required.includes(name) ? { required: true } : {}),
      // A list is the key repeated; its values in one, separated by commas, are understood as well.
      ...(schema.type === "array" ? { style: "form", explode: true } : {}),
      schema,
      ...(given.length === 0 ? {} : {
        examples: Object.fromEntries(
          given.map((example) => [example.name, { value: asParameter(schema, example.request[name]) }]),
        ),
      }),
    };
  });
}

function asParameter(schema: JsonSchema, value: unknown): unknown {
  return schema.type === "array" && !Array.isArray(value) ? [value] : value;
}

function requestBody(schema: JsonSchema, examples: readonly Example[]): unknown {
  return {
    required: true,
    content: {
      "application/json": {
        schema,
        ...(examples.length === 0 ? {} : {
          examples: Object.fromEntries(examples.map(({ name, request }) => [name, { value: request }])),
        }),
      },
    },
  };
}

function successes(contract: Contract, schemas: Schemas): Readonly<Record<string, unknown>> {
  const schema = schemas.ofResponse(contract.response);
  return Object.fromEntries(contract.success.map((status) => [String(status), {
    description: contract.summary,
    headers: headerRefs(["x-request-id", "idempotency-replayed"]),
    content: { "application/json": { schema } },
  }]));
}

function errors(contract: Contract, method: HttpMethod, schemas: Schemas): Readonly<Record<string, unknown>> {
  const codes = errorCodes(contract, isQueried(method), takesKey(contract, method));
  const byStatus = Map.groupBy(codes, (code) => ERROR_CATALOGUE[code].status);
  const ownBodies = new Set(
    contract.examples.filter(({ code }) => code === undefined).map(({ status }) => status),
  );
  return Object.fromEntries(
    [...byStatus].toSorted(([a], [b]) => a - b).map(([status, ofStatus]) => {
      const error = { $ref: "#/components/schemas/Error" };
      // An example with an error status shows that the function's own body comes with it too.
      const schema = ownBodies.has(status)
        ? { anyOf: [error, schemas.ofResponse(contract.response)] }
        : error;
      return [String(status), {
        description: ofStatus.map((code) => `\`${code}\`: ${ERROR_CATALOGUE[code].sentence}`).join("; "),
        headers: headerRefs(headersOf(status)),
        content: { "application/json": { schema } },
      }];
    }),
  );
}

function headersOf(status: number): readonly string[] {
  if (status === 429) {
    return ["x-request-id", "retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"];
  }
  return status === 503 ? ["x-request-id", "retry-after"] : ["x-request-id"];
}

function headerRefs(names: readonly string[]): unknown {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
