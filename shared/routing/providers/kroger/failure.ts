import type { ProviderFailureCode } from "../../provider_error.ts";
import { FaultAnswer } from "./wire.ts";

const FAILURES: ReadonlyMap<string, ProviderFailureCode> = new Map([
  ["invalid_token", "unauthorized"],
  ["invalid_client", "unauthorized"],
  ["unauthorized", "unauthorized"],
  ["unauthorized_client", "unauthorized"],
  ["invalid_scope", "forbidden"],
  ["forbidden", "forbidden"],
]);

/**
 * What an error says beyond its status: the token endpoint answers 400 to wrong credentials. Undefined where the status
 * says it all.
 */
export function failureOf(status: number, body: unknown): ProviderFailureCode | undefined {
  if (status < 400) return undefined;
  const parsed = FaultAnswer.safeParse(body);
  if (!parsed.success) return undefined;
  const { code, error, errors } = parsed.data;
  const word = error ?? errors?.error ?? code ?? errors?.code ?? "";
  return FAILURES.get(word.toLowerCase());
}
