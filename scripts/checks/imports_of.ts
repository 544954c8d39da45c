/** One import of a module. */
export interface Import {
  readonly specifier: string;
  /** Gone at run time. */
  readonly isTypeOnly: boolean;
}

const STATIC = /^(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\("([^"]+)"/g;

/** The imports of a module, static and dynamic, as `deno fmt` writes them. */
export function importsOf(source: string): readonly Import[] {
  const statics = [...source.matchAll(STATIC)].map(([, type, specifier]) => ({
    specifier: specifier ?? "",
    isTypeOnly: type !== undefined,
  }));
  const dynamics = [...source.matchAll(DYNAMIC)].map(([, specifier]) => ({
    specifier: specifier ?? "",
    isTypeOnly: false,
  }));
  return [...statics, ...dynamics];
}
