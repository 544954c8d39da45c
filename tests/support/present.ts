/** The value, where there is one; fails naming what was expected otherwise. */
export function present<Value>(value: Value | null | undefined, expected: string): Value {
  if (value === null || value === undefined) throw new Error(`Expected ${expected} but found none`);
  return value;
}
