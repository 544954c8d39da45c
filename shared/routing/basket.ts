/** One line of what somebody wants to buy. */
export interface BasketItem {
  /** The caller's own id of the line, unique in its basket. */
  readonly id: string;
  /** As a person would say it: «Chicken Breast». */
  readonly name: string;
  /** In `unit`; from 0.001 to 1000. */
  readonly quantity: number;
  /** «lbs», «gallon», «each», … as the caller writes it. */
  readonly unit: string;
}

export interface Address {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface Basket {
  readonly items: readonly BasketItem[];
  readonly address: Address;
}
