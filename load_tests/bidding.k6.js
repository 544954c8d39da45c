/**
 * Bids by hand through the public URL of submit-bid, one session per virtual user, its two bidders by turns. Users and
 * sessions come from load_tests/prepare_k6.ts, as a JSON file:
 *
 * k6 run -e PLAN=/absolute/path/plan.json load_tests/bidding.k6.js
 */
import { check, sleep } from "k6";
import { SharedArray } from "k6/data";
import exec from "k6/execution";
import http from "k6/http";
import { Counter } from "k6/metrics";

const [plan] = new SharedArray("plan", () => [{ ...JSON.parse(open(__ENV.PLAN)), tables: [] }]);
const { apiUrl, publishableKey, sessions, bids, p95Ms, successPercent, pauseMs } = plan;
// Parsed once: a virtual user takes its own out of it and does not hold those of all the others.
const tables = new SharedArray("tables", () => JSON.parse(open(__ENV.PLAN)).tables);

const accepted = new Counter("accepted_bids");
const share = successPercent / 100;

export const options = {
  scenarios: {
    bidding: { executor: "per-vu-iterations", vus: sessions, iterations: bids, maxDuration: "2h" },
  },
  thresholds: {
    "checks": [`rate>=${share}`],
    "http_req_duration{name:submit-bid}": [`p(95)<${p95Ms}`],
    "http_req_failed": [`rate<=${(1 - share).toFixed(6)}`],
    // An exception in an iteration leaves no check behind and k6's exit code alone: what it did not bid is missed here.
    "accepted_bids": [`count>=${Math.ceil(sessions * bids * share)}`],
  },
  summaryTrendStats: ["med", "p(95)", "p(99)", "max"],
};

// What this virtual user knows of its session, by the last answer.
let known = null;

export default function () {
  const table = tables[exec.vu.idInTest - 1];
  if (known === null) known = { leader: null, minimumNextCents: table.startingBidCents };
  // Half of the pause to one and a half: sessions that fell into step do not stay there.
  if (pauseMs > 0) sleep(pauseMs / 1000 * (0.5 + Math.random()));

  const [first, second] = table.bidders;
  const bidder = known.leader === first.alias ? second : first;
  const response = http.post(
    `${apiUrl}/functions/v1/submit-bid`,
    JSON.stringify({ sessionId: table.sessionId, amountCents: known.minimumNextCents }),
    {
      headers: {
        "content-type": "application/json",
        "apikey": publishableKey,
        "authorization": `Bearer ${bidder.token}`,
        "idempotency-key": `${table.sessionId}-${exec.vu.iterationInScenario}`,
      },
      tags: { name: "submit-bid" },
      timeout: "30s",
    },
  );
  const isAccepted = check(response, { "the bid was accepted": ({ status }) => status === 200 });
  if (!isAccepted) {
    console.error(`Expected 200 but found ${response.status} ${response.body}`);
    return;
  }
  accepted.add(1);
  known = response.json("session");
  check(known, { "the bid leads": ({ youLead }) => youLead === true });
}

export function handleSummary(data) {
  const { med, max, "p(95)": p95, "p(99)": p99 } = data.metrics["http_req_duration{name:submit-bid}"].values;
  const missed = Object.values(data.metrics)
    .flatMap(({ thresholds = {} }) => Object.entries(thresholds))
    .flatMap(([rule, { ok }]) => ok ? [] : [rule]);
  const summary = {
    accepted: data.metrics.accepted_bids?.values.count ?? 0,
    seconds: data.state.testRunDurationMs / 1000,
    latencyMs: { p50: med, p95, p99, max },
    missed,
  };
  const text = JSON.stringify(summary, null, 2);
  return { stdout: `${text}\n`, ...(__ENV.SUMMARY ? { [__ENV.SUMMARY]: text } : {}) };
}
