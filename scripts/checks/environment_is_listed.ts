/** The environment is read in one place, and `.env.example` names exactly what is read. */
import { ENVIRONMENT_VARIABLES } from "../../shared/http/env.ts";
import { type SourceFile, sourceFile, sourceFiles } from "./source_files.ts";

const READING = /\bDeno\.env\b/;
const VARIABLE_READ = /\bDeno\.env\.(?:get|has)\("([A-Z][A-Z0-9_]*)"\)/g;
const VARIABLE_LISTED = /^#? ?([A-Z][A-Z0-9_]*)=/gm;
/** The system's, or between two tools: nobody sets them for this project. */
const NOT_OURS = new Set(["HOME", "PATH", "TMPDIR", "USER", "INIT_CWD", "LITE_AUTH_BCRYPT_COST"]);

/** Files that read the environment and may not. */
export function judgeReaders(files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ path, text }) => path !== "shared/http/env.ts" && READING.test(text))
    .map(({ path }) => `Expected Deno.env in shared/http/env.ts alone but found it in ${path}`);
}

/** Names that are read and not listed, or listed and neither read nor named where they could be. */
export function compareNames(
  read: ReadonlySet<string>,
  listed: ReadonlySet<string>,
  sources: string,
): readonly string[] {
  const unread = [...listed.difference(read)].filter((name) => !sources.includes(`"${name}"`));
  return [
    ...[...read.difference(listed)].map((name) => `Expected ${name} in .env.example but found nothing`),
    ...unread.map((name) => `Expected ${name} of .env.example to be read but found no reader`),
  ];
}

export async function environmentIsListed(): Promise<readonly string[]> {
  const served = [...await sourceFiles("functions", ".ts"), ...await sourceFiles("shared", ".ts")];
  const operators = [...await sourceFiles("scripts", ".ts"), ...await sourceFiles("tests", ".ts")];
  const sources = operators.map(({ text }) => text).join("\n");
  const readThere = [...sources.matchAll(VARIABLE_READ)].map(([, name]) => name ?? "");
  const { text: example } = await sourceFile(".env.example");
  const listed = [...example.matchAll(VARIABLE_LISTED)].map(([, name]) => name ?? "");
  const read = new Set<string>([...ENVIRONMENT_VARIABLES, ...readThere]).difference(NOT_OURS);
  return [...judgeReaders(served), ...compareNames(read, new Set(listed), sources)];
}
