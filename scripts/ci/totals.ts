/** What `deno test` printed: passed on as it comes, and read for its totals. */

/** How many tests passed and failed. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

// deno-lint-ignore no-control-regex -- the colours a test run may print in spite of NO_COLOR
const COLOUR = /\u001b\[[0-9;]*m/g;
const TOTALS = /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?/;

/** The last line of totals that `deno test` printed, where it printed one. */
export function readTotals(output: string): Totals | undefined {
  const lines = output.replace(COLOUR, "").split("\n").map((line) => line.trim().match(TOTALS)).filter(
    Boolean,
  );
  const last = lines.at(-1);
  return last ? { passed: Number(last[1]), failed: Number(last[2]) } : undefined;
}

/** Passes on what a program prints, line by line, and resolves with all of it. */
export async function echoed(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let output = "";
  let shown = 0;
  const show = async (end: number) => {
    await write(output.slice(shown, end));
    shown = end;
  };
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    await show(output.lastIndexOf("\n") + 1);
  }
  await show(output.length);
  return output;
}

async function write(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  // One write may take less than all of it.
  for (let done = 0; done < bytes.length;) done += await Deno.stdout.write(bytes.subarray(done));
}
