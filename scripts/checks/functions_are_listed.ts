/** A function is a folder, a contract under its slug or a name of two-part paths, and a section of config.toml. */
import { parse } from "@std/toml";
import { CONTRACTS, TWO_PART_PATHS } from "../../shared/contracts.ts";
import { sourceFile, sourceFiles } from "./source_files.ts";

/** Slugs that one list has and another has not. */
export function compareSlugs(
  one: readonly string[],
  oneName: string,
  other: readonly string[],
  otherName: string,
): readonly string[] {
  return one.filter((slug) => !other.includes(slug)).map((slug) =>
    `Expected ${slug} of ${oneName} in ${otherName} but found nothing`
  );
}

export async function functionsAreListed(): Promise<readonly string[]> {
  const folders = (await sourceFiles("functions", "/index.ts")).map(({ path }) => path.split("/")[1] ?? "");
  const contracts = [...Object.keys(CONTRACTS), ...Object.keys(TWO_PART_PATHS)];
  const { functions = {} } = parse((await sourceFile("supabase/config.toml")).text);
  const sections = Object.keys(Object(functions));
  const misnamed = Object.entries(CONTRACTS)
    .filter(([slug, { name }]) => slug !== name)
    .map(([slug, { name }]) => `Expected the contract ${slug} to be named so but found ${name}`);
  return [
    ...compareSlugs(folders, "functions/", contracts, "the contracts"),
    ...compareSlugs(contracts, "the contracts", folders, "functions/"),
    ...compareSlugs(contracts, "the contracts", sections, "config.toml"),
    ...compareSlugs(sections, "config.toml", contracts, "the contracts"),
    ...misnamed,
  ];
}
