import { fromFileUrl, relative } from "@std/path";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** A file of the repository. */
export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** The files under a folder whose names end so, sorted by path; none where there is no such folder. */
export async function sourceFiles(folder: string, ending: string): Promise<readonly SourceFile[]> {
  const paths = await walk(`${ROOT}${folder}`);
  const wanted = paths.filter((path) => path.endsWith(ending)).toSorted();
  return await Promise.all(wanted.map(async (path) => ({
    path: relative(ROOT, path).replaceAll("\\", "/"),
    text: await Deno.readTextFile(path),
  })));
}

/** One file by its path from the root. */
export async function sourceFile(path: string): Promise<SourceFile> {
  return { path, text: await Deno.readTextFile(`${ROOT}${path}`) };
}

async function walk(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) found.push(...await walk(path));
      else found.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}
