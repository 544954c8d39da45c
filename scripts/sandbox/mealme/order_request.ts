import { z } from "zod";
import type { Answer } from "../http_message.ts";
import { failure } from "./search.ts";

/** POST /order/order/v4. */
export const ORDER = z.object({
  place_order: z.boolean(),
  order_id: z.string().optional(),
  items: z.array(z.object({ product_id: z.string(), quantity: z.int().positive() })).min(1),
  pickup: z.boolean(),
  driver_tip_cents: z.int().min(0).default(100),
  user_latitude: z.number(),
  user_longitude: z.number(),
  user_street_num: z.string().min(1),
  user_street_name: z.string().min(1),
  user_city: z.string().min(1),
  user_state: z.string().min(1),
  user_zipcode: z.string().min(1),
  user_country: z.string().min(1),
  user_name: z.string().min(1),
  user_email: z.string().min(1),
  user_phone: z.int(),
  user_id: z.string().min(1),
  payment_method_id: z.string().optional(),
  customer_order_id: z.string().optional(),
});
export type OrderRequest = z.infer<typeof ORDER>;

/** POST /order/finalize. */
export const FINALIZE = z.object({ order_id: z.string().min(1) });

/** 400 for what is missing, 422 for what is of the wrong kind. */
export function wrongFields({ issues }: z.ZodError): Answer {
  const [first] = issues;
  const field = first?.path.join(".") ?? "body";
  const isMissing = first?.code === "invalid_type" && first.message.includes("undefined");
  return isMissing
    ? failure(400, `Missing required field: ${field}`)
    : failure(422, `Invalid field: ${field}`);
}
