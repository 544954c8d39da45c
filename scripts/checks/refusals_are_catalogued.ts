/** Every refusal of the operations has its code and status from the catalogue, and no code is there for nothing. */
import { type CatalogueEntry, ERROR_CATALOGUE } from "../../shared/error_catalogue.ts";
import { type SourceFile, sourceFiles } from "./source_files.ts";

const CATALOGUE: Readonly<Record<string, CatalogueEntry>> = ERROR_CATALOGUE;
const CALL = /\b(?:refuse|raise_refusal)\(\s*(\d{3}),\s*'(\w+)'/g;
const VALUE = /'code',\s*'(\w+)',\s*'status',\s*(\d{3})/g;

/** A refusal as the SQL writes it. */
export interface Refusal {
  readonly path: string;
  readonly code: string;
  readonly status: number;
}

/** The refusals in a migration: raised or returned ones, and those of single items in a batch. */
export function refusalsOf({ path, text }: SourceFile): readonly Refusal[] {
  const calls = [...text.matchAll(CALL)].map(([, status, code]) => ({ status, code }));
  const values = [...text.matchAll(VALUE)].map(([, code, status]) => ({ status, code }));
  return [...calls, ...values].map(({ status, code }) => ({
    path,
    code: code ?? "",
    status: Number(status),
  }));
}

/** What is wrong with one refusal. */
export function judgeRefusal({ path, code, status }: Refusal): readonly string[] {
  const entry = Object.hasOwn(CATALOGUE, code) ? CATALOGUE[code] : undefined;
  if (entry === undefined) return [`Expected ${code} of ${path} in the catalogue but found nothing`];
  if (entry.status === status) return [];
  return [`Expected ${code} in ${path} with ${entry.status} but found ${status}`];
}

export async function refusalsAreCatalogued(): Promise<readonly string[]> {
  const migrations = await sourceFiles("supabase/migrations", ".sql");
  const code = [...await sourceFiles("shared", ".ts"), ...await sourceFiles("functions", ".ts")]
    .filter(({ path }) => path !== "shared/error_catalogue.ts" && !path.endsWith("contract.ts"));
  const sources = [...migrations, ...code].map(({ text }) => text).join("\n");
  const unused = Object.keys(CATALOGUE)
    .filter((name) => !sources.includes(`'${name}'`) && !sources.includes(`"${name}"`))
    .map((name) => `Expected ${name} of the catalogue to be raised somewhere but found no place`);
  return [...migrations.flatMap(refusalsOf).flatMap(judgeRefusal), ...unused];
}
