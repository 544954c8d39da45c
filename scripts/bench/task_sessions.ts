/** Database sessions that stand where PostgREST stands: the role and the request's settings are those of a caller. */
import postgres from "postgres";

/** One connection per client, each for good in the role and with the headers given. */
export async function sessions(
  url: string,
  clients: number,
  settings: (
    client: number,
  ) => { role: string; claims?: Record<string, unknown>; headers?: Record<string, string> },
): Promise<{ sql: postgres.Sql[]; close(): Promise<void> }> {
  const sql = Array.from({ length: clients }, () => postgres(url, { max: 1, onnotice: () => {} }));
  await Promise.all(sql.map(async (session, client) => {
    const { role, claims = { role }, headers = {} } = settings(client);
    await session`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, false),
      set_config('request.headers', ${JSON.stringify(headers)}, false), set_config('role', ${role}, false)`;
  }));
  return { sql, close: async () => void await Promise.all(sql.map((session) => session.end())) };
}
