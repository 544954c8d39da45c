import { basename, join } from "@std/path";
import { z } from "zod";

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Makes the library links of the npm package: npm packages hold no links, and Deno does not run the
 * post-install step that makes them.
 *
 * @returns false where the folder cannot be written and a link is missing.
 */
export async function linkLibraries(packageFolder: string): Promise<boolean> {
  const list = await Deno.readTextFile(join(packageFolder, "native", "pg-symlinks.json"));
  for (const { source, target } of links.parse(JSON.parse(list))) {
    if (!(await linkOne(basename(source), join(packageFolder, target)))) return false;
  }
  return true;
}

async function linkOne(source: string, target: string): Promise<boolean> {
  try {
    await Deno.symlink(source, target);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return true;
    if (error instanceof Deno.errors.PermissionDenied) return await isLinked(target);
    if (error instanceof Error && error.message.includes("os error 30")) return await isLinked(target);
    throw error;
  }
}

async function isLinked(target: string): Promise<boolean> {
  return await Deno.lstat(target).then(() => true, () => false);
}
