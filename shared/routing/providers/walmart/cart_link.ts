export interface CartLinkSettings {
  /** `https://affil.walmart.com/cart/addToCart`, or whatever answers like it. */
  readonly cartUrl: string;
  /**
   * Who gets the commission, by Impact's numbers: `<publisher>`, or `<publisher>/<ad>/<campaign>` where they are others
   * than in Walmart's own links. Absent: nobody.
   */
  readonly publisherId?: string;
}

/** Ad and campaign as the links have them that Walmart's API answers. */
const AD_AND_CAMPAIGN = "568844/9383";

/** Puts so many packages of each item into the shopper's cart when he opens it. */
export function cartLink(
  packages: ReadonlyMap<string, number>,
  { cartUrl, publisherId }: CartLinkSettings,
): string {
  const items = [...packages].map(([itemId, count]) => `${itemId}%7C${count}`).join(",");
  const url = `${cartUrl}?items=${items}`;
  if (publisherId === undefined) return url;
  const publisher = publisherId.includes("/") ? publisherId : `${publisherId}/${AD_AND_CAMPAIGN}`;
  return `https://goto.walmart.com/c/${publisher}?${new URLSearchParams({ veh: "aff", u: url })}`;
}

/** Throws where the numbers cannot stand in a link. */
export function checkPublisher(publisherId: string | undefined): void {
  if (publisherId === undefined || /^\d+(\/\d+\/\d+)?$/.test(publisherId)) return;
  throw new Error(
    "Expected publisherId to be a number, or three with «/» between them, but found something else",
  );
}
