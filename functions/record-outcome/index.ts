import { endpoint } from "../../shared/http/endpoint.ts";
import { recordOutcome } from "../../shared/routing/contract.ts";

export default endpoint(
  recordOutcome,
  ({ input, database }) => database.call("record_outcome", { outcome: input }),
);
