import postgres from "postgres";

/**
 * A small pool for a script's own work. Notices go nowhere: a repeated grant is none of the reader's business.
 * Beyond this machine the connection is encrypted, unless the address says otherwise by its `sslmode`.
 */
export function connect(url: string, max = 1): postgres.Sql {
  const { hostname, searchParams } = new URL(url);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return postgres(url, {
    max,
    onnotice: () => {},
    connection: { application_name: "tradepost" },
    ...(isLocal || searchParams.has("sslmode") ? {} : { ssl: "require" as const }),
  });
}

/** Runs a piece of work on a connection of its own. */
export async function withConnection<T>(url: string, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = connect(url);
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
