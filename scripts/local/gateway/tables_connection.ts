import type { ConnectionContextOptions, IntrospectResult, VarsContext } from "@supabase/lite";
import { PostgresConnection } from "@supabase/lite/postgres";
import { AsyncLocalStorage } from "node:async_hooks";
import { reconnectAfter } from "./reconnect.ts";
import { postgresTypes } from "./rest_types.ts";
import { readTables } from "./tables_catalogue.ts";

type Transactional = Parameters<PostgresConnection["withContext"]>[1];

/** One request on its way through the library. */
export interface Passage {
  /** What SQL may see of the request, by the settings' names. */
  readonly settings: Readonly<Record<string, string>>;
  /** What Postgres refused, if it did: the library would word it in its own way. */
  failure?: unknown;
}

/**
 * @supabase/lite's connection as role `authenticator`. The library reads the catalogue through
 * information_schema, which shows that role nothing, so tables and columns are read from pg_catalog; and it
 * hides the request from row level security, so the request's settings are added to its transactions.
 */
export class TablesConnection extends PostgresConnection {
  readonly #passages = new AsyncLocalStorage<Passage>();
  #known: Promise<IntrospectResult> | undefined;

  constructor(url: string, readOnly: boolean) {
    super({
      url,
      postgresOptions: {
        max: 10,
        connect_timeout: 5,
        backoff: reconnectAfter,
        onnotice: () => {},
        types: postgresTypes,
        connection: {
          application_name: `tradepost rest ${readOnly ? "reads" : "writes"}`,
          default_transaction_read_only: readOnly,
        },
      },
    });
    // otherwise the library grants everything to the callers' roles on its first request
    Reflect.set(this, "rlsState", "active");
  }

  /** Runs something on behalf of one request. */
  async during<T>(passage: Passage, run: () => Promise<T>): Promise<T> {
    return await this.#passages.run(passage, run);
  }

  /** Has the catalogue read again by the next request. */
  forget(): void {
    this.#known = undefined;
  }

  override async introspect(): Promise<IntrospectResult> {
    this.#known ??= this.#read();
    try {
      return await this.#known;
    } catch (error) {
      this.#known = undefined;
      throw this.#noted(error);
    }
  }

  override async withContext<T>(
    vars: VarsContext | undefined,
    run: (database: Parameters<Transactional>[0]) => Promise<T>,
    options?: ConnectionContextOptions,
  ): Promise<T> {
    const passage = this.#passages.getStore();
    if (!passage || !vars) return await super.withContext(vars, run, options);
    try {
      return await super.withContext(vars, async (database) => {
        await announce(database, passage);
        return await run(database);
      }, options);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /** The library prints what this returns, for every refusal: a line is enough. */
  override normalizeDbError(error: unknown): unknown {
    if (error instanceof Error) {
      Object.defineProperty(error, Symbol.for("Deno.customInspect"), {
        value: () => `REST: ${error.message}`,
      });
    }
    return super.normalizeDbError(error);
  }

  #noted(error: unknown): unknown {
    const passage = this.#passages.getStore();
    if (passage) passage.failure = error;
    return error;
  }

  async #read(): Promise<IntrospectResult> {
    // first, because the library answers a failure of its own reading with an empty catalogue
    const known = await readTables(this.driver);
    return { ...await super.introspect(), ...known };
  }
}

async function announce(database: Parameters<Transactional>[0], { settings }: Passage): Promise<void> {
  const entries = Object.entries(settings);
  await database.selectNoFrom((select) =>
    entries.map(([name, value], index) =>
      select.fn("set_config", [select.val(name), select.val(value), select.val(true)]).as(`setting${index}`)
    )
  ).execute();
}
