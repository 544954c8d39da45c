import type { Catalogue } from "./catalogue.ts";
import type { Grocery } from "./grocery.ts";

/** What the providers of one sandbox share. */
export interface SandboxContext {
  readonly catalogue: Catalogue;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Where the sandbox is, without a slash at the end; known once it serves. */
  readonly url: () => string;
  /** Cents for a product at a store, at today's price level. */
  readonly price: (grocery: Grocery) => number;
}
