import description from "../../openapi.json" with { type: "json" };
import { ok } from "../../shared/http/answer.ts";
import { endpoint } from "../../shared/http/endpoint.ts";
import { openapi } from "../../shared/operation/contract.ts";

export default endpoint(openapi, () => ok(description));
