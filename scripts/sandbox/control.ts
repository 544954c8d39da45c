import { z } from "zod";
import { DelayRule } from "./delays.ts";
import { FaultRule } from "./faults.ts";
import { type Answer, type HttpRequest, parseJson } from "./http_message.ts";
import { MEALME_STATUSES } from "./mealme/order_answer.ts";
import type { Sandbox } from "./mod.ts";
import { PriceRule } from "./prices.ts";
import { QuotaRule } from "./quotas.ts";

const ORDER_STATUS = z.strictObject({ orderId: z.string(), status: z.enum(MEALME_STATUSES) });

/** The sandbox's own addresses, `/_sandbox/…`: what tests and people set, and see. */
export async function control(request: HttpRequest, sandbox: Sandbox): Promise<Answer> {
  const { method, url, body } = request;
  switch (`${method} ${url.pathname.slice("/_sandbox".length)}`) {
    case "GET /calls":
      return await calls(url.searchParams, sandbox);
    case "GET /orders":
      return json({ orders: sandbox.orders() });
    case "POST /orders":
      return given(ORDER_STATUS, body, ({ orderId, status }) => sandbox.setOrderStatus(orderId, status));
    case "GET /faults":
      return json({ pending: sandbox.faults.pending() });
    case "POST /faults":
      return given(FaultRule, body, (rule) => sandbox.faults.inject(rule));
    case "POST /delays":
      return given(DelayRule, body, (rule) => sandbox.delays.set(rule));
    case "POST /prices":
      return given(PriceRule, body, (rule) => sandbox.prices.set(rule));
    case "POST /quotas":
      return given(QuotaRule, body, (rule) => sandbox.quotas.set(rule));
    case "POST /shopper-token":
      return json({ accessToken: sandbox.shopperToken() });
    case "POST /reset":
      sandbox.reset();
      return json({});
    default:
      return json({ error: "Expected one of the sandbox's addresses but found another" }, 404);
  }
}

/** All of them, or a provider's, or an endpoint's; with `settled=true` once none is under way. */
async function calls(query: URLSearchParams, sandbox: Sandbox): Promise<Answer> {
  if (query.get("settled") === "true") await sandbox.idle();
  const provider = query.get("provider");
  const endpoint = query.get("endpoint");
  const wanted = sandbox.calls().filter((call) =>
    (provider === null || call.provider === provider) && (endpoint === null || call.endpoint === endpoint)
  );
  return json({ total: sandbox.totalCalls(), calls: wanted });
}

/** Reads a body and does something with it; `false` from that means there is no such thing. */
function given<Output>(
  schema: z.ZodType<Output>,
  body: string,
  act: (input: Output) => boolean | void,
): Answer {
  const parsed = schema.safeParse(parseJson(body));
  if (!parsed.success) return json({ error: z.prettifyError(parsed.error) }, 400);
  return act(parsed.data) === false
    ? json({ error: "Expected something known but found none" }, 404)
    : json({});
}

function json(body: unknown, status = 200): Answer {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}
