/**
 * Routes the basket of the deployment guide, as guests, as fast as the answers come. Limits and quotas are raised and the
 * decisions are counted by load_tests/prepare_routing_k6.ts:
 *
 * k6 run -e API_URL=http://127.0.0.1:54321 load_tests/routing.k6.js
 */
import { check } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { Counter } from "k6/metrics";

const { API_URL, VUS = "10", SECONDS = "30", P95_MS = "500", RUN = "k6", SUMMARY } = __ENV;

const answered = new Counter("answered_routes");
/** Quotes that are missing from answers: of providers that failed, were late or were not asked. */
const missingQuotes = new Counter("missing_quotes");

export const options = {
  vus: Number(VUS),
  duration: `${SECONDS}s`,
  thresholds: {
    "checks": ["rate>0.99"],
    "http_req_duration{name:route-order}": [`p(95)<${P95_MS}`],
    // An exception in an iteration leaves no check behind: without answers nothing is proved.
    "answered_routes": ["count>0"],
  },
  summaryTrendStats: ["med", "p(95)", "p(99)", "max"],
};

const basket = JSON.stringify({
  items: [
    { id: "1", name: "Chicken", quantity: 2, unit: "lbs" },
    { id: "2", name: "Rice", quantity: 1, unit: "bag" },
  ],
  shippingAddress: {
    street: "123 Main St",
    city: "San Francisco",
    state: "CA",
    postalCode: "94102",
    country: "US",
  },
});

export default function () {
  const response = http.post(`${API_URL}/functions/v1/loopgpt_route_order`, basket, {
    headers: {
      "Content-Type": "application/json",
      "x-request-id": `${RUN}-${exec.vu.idInTest}-${exec.vu.iterationInScenario}`,
    },
    tags: { name: "route-order" },
    timeout: "30s",
  });
  const isRouted = check(response, {
    "status is 200": ({ status }) => status === 200,
    "has selectedProvider": (r) => r.status === 200 && r.json("selectedProvider.id") !== undefined,
  });
  if (!isRouted) {
    console.error(`Expected 200 but found ${response.status} ${response.body}`);
    return;
  }
  answered.add(1);
  missingQuotes.add(response.json("providers").filter(({ status }) => status !== "ok").length);
}

export function handleSummary(data) {
  const { med, max, "p(95)": p95, "p(99)": p99 } = data.metrics["http_req_duration{name:route-order}"].values;
  const missed = Object.values(data.metrics)
    .flatMap(({ thresholds = {} }) => Object.entries(thresholds))
    .flatMap(([rule, { ok }]) => ok ? [] : [rule]);
  const seconds = data.state.testRunDurationMs / 1000;
  const routes = data.metrics.answered_routes?.values.count ?? 0;
  const summary = {
    sent: data.metrics.iterations?.values.count ?? 0,
    answered: routes,
    routesPerSecond: Math.round(10 * routes / seconds) / 10,
    missingQuotes: data.metrics.missing_quotes?.values.count ?? 0,
    seconds,
    latencyMs: { p50: med, p95, p99, max },
    missed,
  };
  const text = JSON.stringify(summary, null, 2);
  return { stdout: `${text}\n`, ...(SUMMARY ? { [SUMMARY]: text } : {}) };
}
