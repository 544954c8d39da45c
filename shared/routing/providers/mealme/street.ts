/** A street and a house number apart, as MealMe wants them. */
export interface StreetAddress {
  readonly number: string;
  readonly name: string;
}

const STREET = /^(\d[\w/-]*)[\s,]+(\S.*)$/;

/** «123 Main St Apt 4» → 123, Main St Apt 4. Undefined where no house number stands in front. */
export function toStreetAddress(street: string): StreetAddress | undefined {
  const [, number, name] = STREET.exec(street.trim()) ?? [];
  return number === undefined || name === undefined ? undefined : { number, name };
}
