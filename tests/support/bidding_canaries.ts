/** Ceilings that are found again wherever they turn up, in sessions of every kind. */
import type postgres from "postgres";
import { type BiddingCast, openStage, type Stage } from "./bidding_stage.ts";
import { succeeded } from "./tasks.ts";

/** Numbers that nothing else comes to by chance. */
export const CANARIES = {
  /** A stands by it, unexhausted, while others bid. */
  standing: 31_415_926_535,
  /** A raised it to this while leading. */
  raised: 31_415_926_539,
  /** A leads by it at the start, nobody else has bid. */
  alone: 27_182_818_284,
  /** A cleared it. */
  cleared: 16_180_339_887,
  /** A won with it, far below. */
  won: 14_142_135_623,
  /** It stood when the session was cancelled. */
  cancelled: 17_320_508_075,
  /** It was refused: below the next step. */
  refused: 57_721_566_490,
} as const;

/** All of them. */
export const CANARY_AMOUNTS: readonly number[] = Object.values(CANARIES);

/** A ceiling that B set and A's beat: it was shown as his bid, and is no secret any more. */
export const BEATEN = 22_360_679;

/** Sessions by what became of the ceiling in them; A is its owner, B the rival, C takes part and does nothing. */
export type CanarySessions = Readonly<Record<keyof typeof CANARIES, Stage>>;

/** Opens a session for every canary and lets it come to what its name says. */
export async function canarySessions(cast: BiddingCast): Promise<CanarySessions> {
  const open = async (cents: number) => {
    const stage = await openStage(cast, {}, "ABC");
    succeeded(await stage.ceiling("A", cents));
    return stage;
  };
  const standing = await open(CANARIES.standing);
  succeeded(await standing.bid("B", 110_000));
  succeeded(await standing.ceiling("B", BEATEN));
  const raised = await open(900_000);
  succeeded(await raised.ceiling("A", CANARIES.raised));
  const cleared = await open(CANARIES.cleared);
  succeeded(await cleared.ceiling("A", null));
  const won = await open(CANARIES.won);
  succeeded(await won.bid("B", 150_000));
  await won.end();
  const cancelled = await open(CANARIES.cancelled);
  succeeded(await cancelled.cancel());
  // Refused, since somebody leads beyond it.
  const refused = await openStage(cast, { startingBidCents: 90_000_000_000 }, "ABC");
  succeeded(await refused.bid("A", 90_000_000_000));
  await refused.ceiling("B", CANARIES.refused);
  return { standing, raised, alone: await open(CANARIES.alone), cleared, won, cancelled, refused };
}

/** Every table of the database, system catalogues included, that holds an amount in any of its columns. */
export async function tablesThatHold(sql: postgres.Sql, cents: number): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_catalog.pg_class as c
    where c.relkind in ('r', 'p', 'm') and not c.relispartition
      and c.relnamespace not in ('information_schema'::regnamespace)
      and has_table_privilege(c.oid, 'select')
    order by 1`;
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await sql.unsafe<{ holds: boolean }[]>(
      `select exists (select from ${name} as t where t::text like '%' || $1 || '%') as holds`,
      [String(cents)],
    );
    if (row?.holds) found.push(name);
  }
  return found;
}
