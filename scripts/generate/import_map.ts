/** `supabase/import_map.esm.json`: the functions' dependencies of deno.json, from esm.sh instead of npm. */
import type { Artifact } from "./artifact.ts";
import { bareImports } from "./bare_imports.ts";

const NPM = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)(\/.*)?$/;

/** The esm.sh address of an exact npm specifier. */
export function toEsmUrl(specifier: string): string {
  const [, name, version, path = ""] = NPM.exec(specifier) ?? [];
  if (name === undefined) throw new Error(`Expected npm:<name>@<version> but found ${specifier}`);
  return `https://esm.sh/${name}@${version}${path}`;
}

export const importMap: Artifact = {
  path: "supabase/import_map.esm.json",
  render: async () => {
    const { imports } = await readDenoJson();
    const used = await bareImports(["functions", "shared"]);
    const entries = used.map((name) => {
      const base = Object.keys(imports).find((key) => name === key || name.startsWith(`${key}/`));
      const specifier = base === undefined ? undefined : imports[base];
      if (base === undefined || specifier === undefined) {
        throw new Error(`Expected ${name} in the imports of deno.json but found nothing`);
      }
      return [name, toEsmUrl(specifier) + name.slice(base.length)];
    });
    return `${JSON.stringify({ imports: Object.fromEntries(entries) }, null, 2)}\n`;
  },
};

async function readDenoJson(): Promise<{ imports: Readonly<Record<string, string>> }> {
  const { default: config } = await import("../../deno.json", { with: { type: "json" } });
  return config;
}
