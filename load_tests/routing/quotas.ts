/** Calls per day are not what a load test is about: ours are raised while it runs, and the sandbox's with them. */
import type postgres from "postgres";

/** Added, so that the row itself says what it was, and the next run restores what a killed one left raised. */
const RAISED_BY = 1_000_000_000;

/** Raises the quotas, does the work, and restores them, however it ends. All providers are the sandbox's. */
export async function withRaisedQuotas<Result>(
  sql: postgres.Sql,
  sandboxUrl: string | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const quotas = await sql<{ provider: string; endpoint: string; perDay: number }[]>`
    select provider_id as provider, endpoint, max_per_day % ${RAISED_BY} as "perDay" from public.provider_quotas`;
  await sql`
    update public.provider_quotas set max_per_day = max_per_day + ${RAISED_BY} where max_per_day < ${RAISED_BY}`;
  try {
    for (const { provider, endpoint } of quotas) await setInSandbox(sandboxUrl, provider, endpoint, null);
    return await work();
  } finally {
    // What was used beyond a quota was used of the sandbox: the day is its own again.
    await sql`
      update public.provider_quotas
      set max_per_day = max_per_day - ${RAISED_BY},
          used = case when used > max_per_day - ${RAISED_BY} then 0 else used end
      where max_per_day >= ${RAISED_BY}`;
    for (const { provider, endpoint, perDay } of quotas) {
      await setInSandbox(sandboxUrl, provider, endpoint, perDay);
    }
  }
}

async function setInSandbox(
  sandboxUrl: string | undefined,
  provider: string,
  endpoint: string,
  perDay: number | null,
): Promise<void> {
  if (sandboxUrl === undefined) return;
  const response = await fetch(`${sandboxUrl}/_sandbox/quotas`, {
    method: "POST",
    body: JSON.stringify({ provider, endpoint, perDay }),
  });
  const said = await response.text();
  if (!response.ok) throw new Error(`Expected the sandbox to take a quota but found ${said}`);
}
