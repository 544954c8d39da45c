import { join, resolve, toFileUrl } from "@std/path";
import { parse } from "@std/toml";
import { z } from "zod";

const config = z.looseObject({
  functions: z.record(
    z.string().regex(/^[a-zA-Z0-9_-]+$/),
    z.looseObject({
      enabled: z.boolean().default(true),
      verify_jwt: z.boolean().default(true),
      entrypoint: z.string().optional(),
      import_map: z.string().optional(),
    }),
  ).default({}),
});

/** One function as `supabase/config.toml` declares it. */
export interface FunctionConfig {
  readonly slug: string;
  readonly verifyJwt: boolean;
  /** The module whose default export owns `fetch`. */
  readonly entrypoint: URL;
}

/** Every enabled function, by its slug. Paths in the file are relative to the folder `supabase/`. */
export async function readFunctions(root: string): Promise<ReadonlyMap<string, FunctionConfig>> {
  const path = join(root, "supabase", "config.toml");
  const { functions } = config.parse(parse(await readConfig(path)));
  const enabled = Object.entries(functions).filter(([, settings]) => settings.enabled);
  return new Map(enabled.map(([slug, settings]) => {
    const entrypoint = settings.entrypoint ?? `functions/${slug}/index.ts`;
    const module = toFileUrl(resolve(root, "supabase", entrypoint));
    return [slug, { slug, verifyJwt: settings.verify_jwt, entrypoint: module }];
  }));
}

async function readConfig(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    // a project without functions has no need of the file
    return "";
  }
}
