/** `docs/errors.md` from the catalogue of errors. */
import { type CatalogueEntry, ERROR_CATALOGUE } from "../../shared/error_catalogue.ts";
import type { Artifact } from "./artifact.ts";

const INTRODUCTION = `# Errors

Every error has this body and its HTTP status; a caller decides by \`code\`, never by the sentence.

\`\`\`json
{ "error": "Too many requests", "code": "rate_limited", "details": { "retryAfterSeconds": 12 }, "requestId": "req_…" }
\`\`\`

\`requestId\` is also in the header \`x-request-id\`, in the logs and in the audit. \`details\` is always an object. A 429 and a
503 carry \`Retry-After\` in seconds. A call straight to the Data API (\`/rest/v1/rpc/…\`) has the same codes and statuses in
its own body \`{ code, message, details, hint }\`.

This file is generated from \`shared/error_catalogue.ts\` by \`deno task generate\`.

| status | code | sentence | what to do |
|---|---|---|---|
`;

export const errors: Artifact = {
  path: "docs/errors.md",
  render: () => {
    const entries: [string, CatalogueEntry][] = Object.entries(ERROR_CATALOGUE);
    const rows = entries
      .toSorted(([, a], [, b]) => a.status - b.status)
      .map(([code, { status, sentence, remedy }]) =>
        `| ${status} | \`${code}\` | ${sentence} | ${remedy} |\n`
      );
    return INTRODUCTION + rows.join("");
  },
};
