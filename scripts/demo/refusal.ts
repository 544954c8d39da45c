import { TradepostError } from "../../shared/client.ts";
import { prove } from "./transcript.ts";

/** The refusal of a call that must be refused. */
export async function refusal(act: () => Promise<unknown>): Promise<TradepostError> {
  const outcome = await act().catch((error) => error);
  prove("the call is refused", outcome instanceof TradepostError, outcome);
  return outcome;
}
