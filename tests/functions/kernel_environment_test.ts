import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";

const ENVIRONMENT = fromFileUrl(new URL("../../shared/http/env.ts", import.meta.url));
const FUNCTION = fromFileUrl(new URL("../../functions/openapi/index.ts", import.meta.url));

/** Runs a script in a process that has these variables and no others but the cache's. */
async function run(script: string, variables: Readonly<Record<string, string>>) {
  const cache = ["HOME", "DENO_DIR", "PATH"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", script],
    clearEnv: true,
    env: { ...Object.fromEntries(cache), ...variables },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: text(stdout), errors: text(stderr) };
}

Deno.test("the environment is read into its types, empty values count as none", async () => {
  const script = `
    const { readEnvironment } = await import(${JSON.stringify(ENVIRONMENT)});
    console.log(JSON.stringify(readEnvironment()));`;
  const { code, output, errors } = await run(script, {
    SUPABASE_URL: "https://ref.supabase.co",
    SUPABASE_PUBLISHABLE_KEYS: '{"default":"sb_publishable_a"}',
    SUPABASE_SECRET_KEY: "sb_secret_a",
    ALLOWED_ORIGINS: "https://shop.example",
    SENTRY_DSN: " ",
    SB_REGION: "eu-west-3",
  });
  assertEquals({ code, errors }, { code: 0, errors: "" });
  assertEquals(JSON.parse(output), {
    supabase: {
      url: "https://ref.supabase.co",
      publishableKeys: { default: "sb_publishable_a" },
      secretKeys: { default: "sb_secret_a" },
      jwks: "https://ref.supabase.co/auth/v1/.well-known/jwks.json",
    },
    allowedOrigins: ["https://shop.example"],
    region: "eu-west-3",
    clientAddressHeader: "cf-connecting-ip",
    logLevel: "info",
  });
});

Deno.test("LOG_LEVEL error leaves out the line of an answered request, an unknown level is named", async () => {
  const script = `
    const { default: served } = await import(${JSON.stringify(FUNCTION)});
    const response = await served.fetch(new Request("http://x/openapi"));
    console.log("status " + response.status);`;
  const environment = { SUPABASE_URL: "https://ref.supabase.co" };
  const loud = await run(script, environment);
  assertStringIncludes(loud.output, '"function":"openapi"');
  const quiet = await run(script, { ...environment, LOG_LEVEL: "error" });
  assertEquals(quiet.output.trim(), "status 200");
  const wrong = await run(script, { ...environment, LOG_LEVEL: "chatty" });
  assertStringIncludes(wrong.errors, "LOG_LEVEL");
});

Deno.test("a function without its environment answers 500 and names the variable in its log alone", async () => {
  const script = `
    const { default: served } = await import(${JSON.stringify(FUNCTION)});
    const response = await served.fetch(new Request("http://x/openapi"));
    console.log(response.status + " " + await response.text());`;
  const { code, output, errors } = await run(script, {});
  assertEquals(code, 0, errors);
  assertStringIncludes(output, "500 ");
  assertStringIncludes(output, '"code":"internal_error"');
  assertEquals(output.includes("SUPABASE_URL"), false);
  const { fault } = JSON.parse(errors);
  assertEquals(fault.name, "EnvironmentError");
  assertStringIncludes(
    fault.message,
    "Expected the environment variable SUPABASE_URL to be the project's URL",
  );
});
