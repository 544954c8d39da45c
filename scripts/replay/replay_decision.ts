/** A stored decision, made again. */
import { z } from "zod";
import { decide, type Decision, type Judgement } from "../../shared/routing/decide.ts";
import { storedDecisionInput } from "../../shared/routing/decision_record.ts";

/** A decision as `api.stored_decisions` hands it out. */
const storedDecision = z.object({
  selectedProvider: z.string(),
  decision: z.record(z.string(), z.unknown()),
  candidates: z.array(z.object({
    provider: z.string(),
    features: z.unknown(),
    components: z.record(z.string(), z.number()),
    total: z.number(),
    rank: z.int(),
    eliminated: z.string().nullable(),
  })),
});

type StoredDecision = z.output<typeof storedDecision>;
type StoredCandidate = StoredDecision["candidates"][number];

/**
 * Makes a stored decision again from all that it was made of, and compares selection, ranks, eliminations, totals and
 * components: numbers bit for bit. Reasons are worded anew with every release and not compared.
 *
 * @returns The first difference as a sentence; undefined where there is none.
 */
export function replayDecision(stored: unknown): string | undefined {
  const parsed = storedDecision.safeParse(stored);
  if (!parsed.success) return unreadable(parsed.error);
  const { decision, candidates } = parsed.data;
  const input = storedDecisionInput.safeParse({
    ...decision,
    candidates: candidates.map(({ provider, features }) => ({ provider, features })),
  });
  if (!input.success) return unreadable(input.error);
  try {
    return differenceOf(parsed.data, decide(input.data));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function unreadable({ issues: [first] }: z.ZodError): string {
  return `cannot be read: ${first?.path.join(".")}: ${first?.message}`;
}

function differenceOf(stored: StoredDecision, made: Decision): string | undefined {
  const selected = difference("selected", stored.selectedProvider, made.selected);
  if (selected !== undefined) return selected;
  const byProvider = new Map(stored.candidates.map((candidate) => [candidate.provider, candidate]));
  for (const [index, judgement] of made.ranking.entries()) {
    const found = candidateDifference(byProvider.get(judgement.provider)!, judgement, index + 1);
    if (found !== undefined) return `${judgement.provider} ${found}`;
  }
  return undefined;
}

function candidateDifference(
  stored: StoredCandidate,
  { components, total, eliminated }: Judgement,
  rank: number,
): string | undefined {
  const names = [...new Set([...Object.keys(components), ...Object.keys(stored.components)])];
  const made = new Map<string, number>(Object.entries(components));
  return difference("rank", stored.rank, rank) ??
    difference("elimination", stored.eliminated, eliminated ?? null) ??
    difference("total", stored.total, total) ??
    names.map((name) => difference(name, stored.components[name], made.get(name)))
      .find((found) => found !== undefined);
}

/** `Object.is` tells 0 from -0, and finds NaN equal to itself. */
function difference(name: string, stored: unknown, made: unknown): string | undefined {
  return Object.is(stored, made) ? undefined : `${name}: stored ${stored}, made again ${made}`;
}
