import postgres from "postgres";
import { z } from "zod";
import { type ChangeBinding, describeBinding } from "./change_binding.ts";
import { ChannelRefusal, databaseAway } from "./channel_refusal.ts";
import type { ChangeFilter } from "./change_filter.ts";
import type { Identity } from "./identity.ts";
import type { RowChange } from "./pgoutput.ts";

/** What a channel may do on a private topic. */
export interface ChannelRights {
  readonly mayRead: boolean;
  readonly mayWrite: boolean;
}

/** Somebody who may see a change: several subscribers can be one reader. */
export interface ChangeReader {
  readonly role: string;
  readonly claims: Identity["claims"];
  readonly filters: readonly ChangeFilter[];
  readonly selected: readonly string[] | null;
}

/** What some of the readers are sent: JSON, and their positions. */
export interface Judgement {
  readonly data: string;
  readonly recipients: readonly number[];
}

/** The questions the server asks Postgres, each answered as the user in question. */
export interface RealtimeDatabase {
  channelRights(topic: string, identity: Identity, headers: Record<string, string>): Promise<ChannelRights>;
  /** Creates what the questions below need; harmless when done before, or by two servers at once. */
  prepare(): Promise<void>;
  /** Rejects with the hosted wording where the binding cannot be served. */
  checkBinding(binding: ChangeBinding, identity: Identity): Promise<void>;
  /** Resolves once everybody sees what these transactions wrote. */
  awaitVisible(xids: readonly number[]): Promise<void>;
  judgeChange(change: RowChange, readers: readonly ChangeReader[]): Promise<readonly Judgement[]>;
  removeMessagesBefore(hours: number): Promise<void>;
  stop(): Promise<void>;
}

const rightsRows = z.tuple([z.object({ may_read: z.boolean(), may_write: z.boolean() })]);
const tableRows = z.tuple([z.object({ tables: z.int() })]);
const judgementRows = z.array(z.object({ data: z.string(), recipients: z.array(z.int()) }));

/** Connects as a superuser, who can become each of the API roles. */
export function connectDatabase(
  options: { databaseUrl: string; publication: string; log: (line: string) => void },
): RealtimeDatabase {
  const sql = postgres(options.databaseUrl, {
    max: 4,
    connect_timeout: 5,
    onnotice: (notice) => notice["severity"] === "WARNING" && options.log(notice["message"] ?? "WARNING"),
    connection: { application_name: "realtime", statement_timeout: 10_000 },
  });

  return {
    async prepare() {
      await sql.begin(async (transaction) => {
        await transaction`select pg_advisory_xact_lock(hashtext('_realtime'))`;
        for (const file of ["channel_judgements.sql", "change_judgements.sql"]) {
          await transaction.unsafe(await Deno.readTextFile(new URL(file, import.meta.url)));
        }
      });
    },

    async channelRights(topic, identity, headers) {
      const rows = await sql`
        select may_read, may_write from _realtime.channel_rights(
          ${topic}, ${identity.role}, ${json(identity.claims)}::text::jsonb, ${json(headers)}::text::jsonb
        )`.catch(away);
      const [rights] = rightsRows.parse([...rows]);
      return { mayRead: rights.may_read, mayWrite: rights.may_write };
    },

    async checkBinding(binding, identity) {
      const rows = await sql`
        select _realtime.check_binding(
          ${options.publication}, ${binding.schema}, ${binding.table}, ${json(binding.filters)}::text::jsonb,
          ${binding.selected ? [...binding.selected] : null}::text[], ${identity.role}
        ) as tables`.catch((error) => refuseBinding(binding, error));
      const [{ tables }] = tableRows.parse([...rows]);
      if (tables === 0) {
        throw unserved(
          "Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given " +
            `connect parameters: [${describeBinding(binding)}]`,
        );
      }
    },

    async awaitVisible(xids) {
      await sql`select _realtime.await_visible(${[...xids]}::bigint[])`;
    },

    async judgeChange(change, readers) {
      const rows = await sql`
        select data, recipients
        from _realtime.judge_change(${json(change)}::text::jsonb, ${json(readers)}::text::jsonb)`;
      return judgementRows.parse([...rows]);
    },

    async removeMessagesBefore(hours) {
      await sql`
        delete from realtime.messages
        where inserted_at < (now() at time zone 'utc') - make_interval(hours => ${hours})`;
    },

    stop: () => sql.end({ timeout: 1 }),
  };
}

function json(value: unknown): string {
  return JSON.stringify(value);
}

// classes 08 and 57P: the connection failed, or the server shuts down or starts up
function isAway(error: unknown): boolean {
  return !(error instanceof postgres.PostgresError) || /^(08|57P)/.test(error.code);
}

function away(error: unknown): never {
  throw isAway(error) ? databaseAway() : error;
}

function refuseBinding(binding: ChangeBinding, error: unknown): never {
  if (!(error instanceof postgres.PostgresError) || isAway(error)) throw databaseAway();
  throw unserved(
    "Unable to subscribe to changes with given parameters. An exception happened so please check your connect " +
      `parameters: [${describeBinding(binding)}]. Exception: ERROR ${error.code} ${error.message}`,
  );
}

function unserved(message: string): ChannelRefusal {
  return new ChannelRefusal("RealtimeDisabledForConfiguration", message);
}
