/** The functions' part of `supabase/config.toml`, from the contracts. */
import { CONTRACTS, TWO_PART_PATHS } from "../../shared/contracts.ts";
import type { Artifact } from "./artifact.ts";

const BEGIN = "# functions: written by `deno task generate` from shared/contracts.ts";
const END = "# end of functions";

export const config: Artifact = {
  path: "supabase/config.toml",
  render: (present) => {
    const [begin, end] = [present.indexOf(BEGIN), present.indexOf(END)];
    if (begin < 0 || end < begin) {
      throw new Error(`Expected "${BEGIN}" and "${END}" in supabase/config.toml but found neither or one`);
    }
    const slugs = [...Object.keys(CONTRACTS), ...Object.keys(TWO_PART_PATHS)];
    const sections = slugs.map(section).join("\n");
    return `${present.slice(0, begin)}${BEGIN}\n${REASON}\n${sections}${present.slice(end)}`;
  },
};

const REASON =
  `# verify_jwt is off because the kernel verifies: the platform's own 401 would have another body, and agents' tokens and
# API keys are no JWTs.
`;

function section(slug: string): string {
  return `[functions.${slug}]
verify_jwt = false
entrypoint = "../functions/${slug}/index.ts"
import_map = "../deno.json"
`;
}
