import { z } from "zod";
import { MOST_ID, MOST_NAME, MOST_URL, providerText } from "../provider_text.ts";

/** GET /idp/v1/retailers: who delivers to a postal code. Older documentation names the key `id`. */
export const RETAILERS = z.object({
  retailers: z.array(
    z.object({ name: providerText(MOST_NAME) }).and(
      z.union([
        z.object({ retailer_key: providerText(MOST_ID) }),
        z.object({ id: z.union([providerText(MOST_ID), z.number()]) }),
      ]),
    ),
  ),
});

/** POST /idp/v1/products/products_link. Whose address it is, the client judges. */
export const PRODUCTS_LINK = z.object({ products_link_url: providerText(MOST_URL) });
