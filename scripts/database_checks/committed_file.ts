/** A file that is made from the database and committed, so that changes show in review. */

/** Compares a committed file with what the database says now, or brings it up to date. */
export async function holdToFile(path: URL, now: string, write: boolean): Promise<string[]> {
  if (write) {
    await Deno.writeTextFile(path, now);
    return [];
  }
  const committed = await Deno.readTextFile(path).catch(() => "");
  if (committed === now) return [];
  const [left, right] = [committed.split("\n"), now.split("\n")];
  const line = right.findIndex((text, i) => text !== left[i]);
  return [
    `${path.pathname.split("/").slice(-2).join("/")} differs from the database at line ${
      line + 1
    }: expected ` +
    `${JSON.stringify(right[line])} but found ${
      JSON.stringify(left[line])
    }; run deno task check:database --write`,
  ];
}
