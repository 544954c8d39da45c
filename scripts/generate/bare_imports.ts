import { importsOf } from "../checks/imports_of.ts";
import { sourceFiles } from "../checks/source_files.ts";

/**
 * The packages that the files under these folders import, those of types included, sorted. Not what the runtime brings
 * along: `node:…` needs no entry in an import map.
 */
export async function bareImports(folders: readonly string[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const folder of folders) {
    for (const file of await sourceFiles(folder, ".ts")) {
      for (const { specifier } of importsOf(file.text)) {
        if (!/^(?:\.|node:)/.test(specifier)) names.add(specifier);
      }
    }
  }
  return [...names].toSorted();
}
