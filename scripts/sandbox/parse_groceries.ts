import type { Grocery } from "./grocery.ts";

/** Reads rows as the head of groceries.txt describes them; a row it cannot read is an error that names its line. */
export function parseGroceries(text: string): Grocery[] {
  const groceries: Grocery[] = [];
  let department = "";
  text.split("\n").forEach((line, at) => {
    const row = line.trim();
    if (row === "" || row.startsWith("#")) return;
    if (row.startsWith("[") && row.endsWith("]")) {
      department = row.slice(1, -1);
      return;
    }
    for (const product of parseRow(row, at + 1)) {
      groceries.push({ ...product, department, index: groceries.length });
    }
  });
  return groceries;
}

function parseRow(row: string, line: number): Omit<Grocery, "department" | "index">[] {
  const [kind, sizes, brands, flags = "", ...rest] = row.split("|").map((cell) => cell.trim());
  if (!kind || !sizes || !brands || rest.length > 0) {
    throw new Error(`Expected line ${line} to be «name | sizes | brands | flags» but found «${row}»`);
  }
  const marks = {
    outAt: /\bout=([KWM]+)/.exec(flags)?.[1] ?? "",
    isPromoted: /\bpromo=K/.test(flags),
    isFromThirdParty: /\bmarket\b/.test(flags),
    isOnlineOnly: /\bonline\b/.test(flags),
  };
  return split(sizes).flatMap((cell) => {
    const size = parseSize(cell, line);
    return split(brands).map((brand) => {
      const [name = brand, percent = "100"] = brand.split("*");
      return {
        kind,
        brand: name,
        size: size.size,
        soldBy: size.soldBy,
        baseCents: Math.round(size.cents * Number(percent) / 100),
        ...marks,
      };
    });
  });
}

function parseSize(cell: string, line: number) {
  const [, size, cents] = /^(.+) (\d+)$/.exec(cell) ?? [];
  if (!size || !cents) throw new Error(`Expected a size and its cents in line ${line} but found «${cell}»`);
  const isByWeight = !/^\d/.test(size);
  return {
    size: isByWeight ? `1 ${size}` : size,
    soldBy: isByWeight ? "weight" as const : "unit" as const,
    cents: Number(cents),
  };
}

function split(list: string): string[] {
  return list.split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
}
