import { sessionCleanup } from "../../shared/bidding/contract.ts";
import { drainingJob } from "../../shared/http/draining_job.ts";

export default drainingJob(sessionCleanup, "session_cleanup");
