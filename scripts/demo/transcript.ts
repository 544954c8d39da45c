/** The demo's transcript: numbered steps with their time, each of which proves what it says or ends the demo. */

/** Thrown where a step did not do what it says. */
export class DemoFailure extends Error {}

/** Ends the demo unless a claim holds. */
export function prove(claim: string, holds: boolean, found?: unknown): asserts holds {
  if (holds) return;
  throw new DemoFailure(
    `Expected that ${claim}${found === undefined ? "" : ` but found ${JSON.stringify(found)}`}`,
  );
}

/** Prints steps as they are done. */
export class Transcript {
  readonly #began = performance.now();
  #steps = 0;

  /** A heading between parts. */
  part(title: string): void {
    console.log(`\n${title}\n${"─".repeat(title.length)}`);
  }

  /** Does one step and prints what it found, with the time it took. */
  async step<Result>(
    title: string,
    act: () => Promise<Result>,
    tell: (result: Result) => string,
  ): Promise<Result> {
    const before = performance.now();
    const number = String(++this.#steps).padStart(2);
    try {
      const result = await act();
      console.log(`${number}. ${title}  (${(performance.now() - before).toFixed(0)} ms)`);
      for (const line of tell(result).split("\n")) console.log(`    ${line}`);
      return result;
    } catch (error) {
      console.log(`${number}. ${title}  FAILED`);
      throw error;
    }
  }

  /** The closing line. */
  end(): void {
    console.log(
      `\n${this.#steps} steps, all as promised, in ${
        ((performance.now() - this.#began) / 1000).toFixed(1)
      } s`,
    );
  }
}
