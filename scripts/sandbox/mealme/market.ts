import { brandAt, type Grocery, isInStock, upcBody } from "../grocery.ts";
import { hash } from "../hash.ts";
import type { JsonObject } from "../http_message.ts";
import type { SandboxContext } from "../sandbox_context.ts";
import { isCovered } from "../store_area.ts";

/** A store that MealMe orders from; its menu is its whole range. */
export interface MealMeStore {
  readonly id: string;
  readonly menuId: string;
  readonly name: string;
  /** On top of MealMe's prices. */
  readonly markup: number;
  readonly minutes: { readonly min: number; readonly max: number };
  readonly miles: number;
}

const STORES: readonly MealMeStore[] = [
  {
    id: "5f1a2b3c-fresh-market",
    menuId: "menu-fresh-market",
    name: "Fresh Market",
    markup: 1,
    minutes: { min: 35, max: 50 },
    miles: 1.2,
  },
  {
    id: "6e2b3c4d-corner-grocer",
    menuId: "menu-corner-grocer",
    name: "Corner Grocer",
    markup: 1.07,
    minutes: { min: 25, max: 40 },
    miles: 0.6,
  },
];

/** A product on a store's menu. */
export interface MenuEntry {
  readonly productId: string;
  readonly store: MealMeStore;
  readonly grocery: Grocery;
}

/** The stores near a place, and what stands on their menus. */
export class MealMeMarket {
  readonly #entries = new Map<string, MenuEntry>();

  constructor(readonly context: SandboxContext) {
    for (const store of STORES) {
      for (const grocery of context.catalogue.groceries) {
        const productId = productIdOf(store, grocery);
        this.#entries.set(productId, { productId, store, grocery });
      }
    }
  }

  storesNear(latitude: number, longitude: number): readonly MealMeStore[] {
    return isCovered(latitude, longitude) ? STORES : [];
  }

  entry(productId: string): MenuEntry | undefined {
    return this.#entries.get(productId);
  }

  cents({ grocery, store }: MenuEntry): number {
    return Math.round(this.context.price(grocery) * store.markup);
  }

  isAvailable({ grocery, store }: MenuEntry): boolean {
    // The small store has not everything
    const isStocked = store.markup === 1 || hash(`corner ${grocery.index}`) % 10 > 0;
    return isStocked && isInStock("MEALME", grocery);
  }

  search(store: MealMeStore, term: string, most: number): readonly JsonObject[] {
    return this.context.catalogue.search(term).slice(0, most).flatMap((grocery) => {
      const entry = this.entry(productIdOf(store, grocery));
      return entry ? [{ ...this.toListed(entry), query: term }] : [];
    });
  }

  toListed(entry: MenuEntry): JsonObject {
    const { grocery, store, productId } = entry;
    const [, amount = "1", unit = "each"] = /^([\d.]+) (.+)$/.exec(grocery.size) ?? [];
    const cents = this.cents(entry);
    return {
      product_id: productId,
      item_name: `${brandAt("MEALME", grocery)} ${grocery.kind}`,
      brand: brandAt("MEALME", grocery),
      description: "",
      price: cents,
      original_price: cents,
      formatted_price: `$${(cents / 100).toFixed(2)}`,
      unit_size: Number(amount),
      unit_of_measurement: unit,
      upc_codes: [upcBody(grocery)],
      is_available: this.isAvailable(entry),
      image: `https://cdn.mealme.ai/images/${grocery.index}.jpeg`,
      menu_id: store.menuId,
      store_id: store.id,
      category: grocery.department,
    };
  }
}

export function toListedStore(store: MealMeStore): JsonObject {
  return {
    _id: store.id,
    name: store.name,
    type: "grocery",
    address: { street_addr: "1 Market St", street_addr_2: "", country: "US" },
    is_open: true,
    phone_number: 15555550103,
    cuisines: [],
    logo_photos: [],
    miles: store.miles,
    offers_delivery: true,
    offers_pickup: false,
    quotes: [],
  };
}

function productIdOf(store: MealMeStore, grocery: Grocery): string {
  return `${store.menuId}-${String(grocery.index).padStart(4, "0")}`;
}
