/** Imports run one way: functions → shared/http → shared/<capability>; contracts and rules are pure. */
import { join } from "@std/path";
import { importsOf } from "./imports_of.ts";
import { type SourceFile, sourceFiles } from "./source_files.ts";

const NOT_PURE =
  /\bDeno\.|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bcrypto\.|\bperformance\.|\bfetch\(/;

/** The layer of a path: what it may import is decided by it. */
function layerOf(path: string): string {
  const [top, second, third] = path.split("/");
  if (top !== "shared") return top ?? "";
  return third === undefined ? "shared" : `shared/${second}`;
}

/** Capabilities are the folders of `shared` but the kernel's. */
function isCapability(layer: string): boolean {
  return layer.startsWith("shared/") && layer !== "shared/http";
}

function mayImport(from: string, path: string, to: string): boolean {
  if (from === to) return true;
  if (from === "functions") return to.startsWith("shared") || to === "openapi.json";
  if (from === "shared/http") return to.startsWith("shared");
  if (isCapability(from)) return to === "shared";
  // The collection of all contracts is what a capability may be seen by.
  return path === "shared/contracts.ts" && isCapability(to);
}

/** What is wrong with the imports of one file. */
export function judgeImports({ path, text }: SourceFile): readonly string[] {
  const from = layerOf(path);
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => join(path, "..", specifier))
    .filter((target) => !mayImport(from, path, layerOf(target)))
    .map((target) =>
      `Expected ${path} not to import ${target}: ${from} may not reach into ${layerOf(target)}`
    );
}

/** What is not pure in one file of a capability or of what they share. */
export function judgePurity({ path, text }: SourceFile): readonly string[] {
  const isPure = path.endsWith("contract.ts") || path.endsWith("rules.ts") || path.endsWith("fields.ts");
  const found = isPure ? NOT_PURE.exec(text)?.[0] : undefined;
  return found === undefined ? [] : [`Expected ${path} to be pure but found ${found}`];
}

export async function importsRunOneWay(): Promise<readonly string[]> {
  const files = [...await sourceFiles("functions", ".ts"), ...await sourceFiles("shared", ".ts")];
  return files.flatMap((file) => [...judgeImports(file), ...judgePurity(file)]);
}
