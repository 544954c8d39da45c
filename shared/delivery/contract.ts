/** The contract of delivery: the worker that a scheduler rings for. */
import { jobContract } from "../job_contract.ts";

export const deliverNotifications = jobContract(
  "deliver-notifications",
  "Delivers what waits for the outside: webhooks, Slack, e-mail",
  "Each at least once, again later where it failed.",
);
