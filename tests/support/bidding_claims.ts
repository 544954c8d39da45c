/** An amount somebody is in for, and since which step without a break. */
export interface Claim {
  readonly who: number;
  readonly cents: number;
  readonly since: number;
}

/** What everybody is in for: the higher of his ceiling and his highest bid. */
export class Claims {
  /** By person, rising; the last is what he is in for. */
  readonly #stacks = new Map<number, Claim[]>();

  /** What somebody is in for; null where he is in for nothing. */
  of(who: number): number | null {
    return this.#stacks.get(who)?.at(-1)?.cents ?? null;
  }

  /** From this step on somebody is in for another amount; 0: for nothing. */
  set(who: number, cents: number, step: number): void {
    const stack = this.#stacks.get(who) ?? [];
    this.#stacks.set(who, stack);
    let since = step;
    // Whoever lowers his claim has had the lower one as long as any above it.
    while ((stack.at(-1)?.cents ?? 0) > cents) since = stack.pop()?.since ?? since;
    if (cents > 0 && stack.at(-1)?.cents !== cents) stack.push({ who, cents, since });
  }

  /** Whoever is in, the highest first, of equal ones the earliest. */
  ranking(): readonly Claim[] {
    return [...this.#stacks.values()]
      .flatMap((stack) => stack.slice(-1))
      .sort((one, other) => other.cents - one.cents || one.since - other.since);
  }
}
