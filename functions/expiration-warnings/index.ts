import { expirationWarnings } from "../../shared/bidding/contract.ts";
import { drainingJob } from "../../shared/http/draining_job.ts";

export default drainingJob(expirationWarnings, "expiration_warnings");
