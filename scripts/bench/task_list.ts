/** list_tasks at a million rows: page 1 beside page 10 000, beside the bare keyset select. */
import type postgres from "postgres";
import { compare, type Comparison, type Figures } from "./measure.ts";
import { fill, type Fixture } from "./task_fixture.ts";
import { sessions } from "./task_sessions.ts";

export const ROWS = 1_000_000;
const PAGE_SIZE = 50;
const DEEP_PAGE = 10_000;

/** What the database does for a page when nobody asks who is reading, how many there are, or for JSON. */
const BARE_KEYSET = `select * from public.marketplace_tasks as t
  where (t.created_at, t.id) < ($1::timestamptz, $2::uuid) order by t.created_at desc, t.id desc limit ${PAGE_SIZE}`;

export interface ListFigures {
  /** The first page, with the exact count of a million rows in it. */
  readonly first: Figures;
  /** Page 10 000 beside page 2: what follows a cursor costs the same however deep. */
  readonly deep: Comparison;
  /** Page 10 000 beside the bare select of the same rows. */
  readonly bare: Comparison;
}

interface Spot {
  readonly cursor: string;
  readonly createdAt: Date;
  readonly id: string;
}

/** A cursor that stands before the given page, found by the same order the operation uses. */
async function spotBefore(owner: postgres.Sql, page: number): Promise<Spot> {
  const [row] = await owner<[Spot]>`
    select t.created_at as "createdAt", t.id, private.encode_cursor(jsonb_build_object(
      'of', private.question_of('{}', null), 'key', jsonb_build_array(t.created_at::text, t.id::text),
      'total', ${ROWS}::bigint
    )) as cursor
    from public.marketplace_tasks as t
    order by t.created_at desc, t.id desc
    offset ${(page - 1) * PAGE_SIZE - 1} limit 1`;
  return row;
}

/** Fills the table and measures, one client. */
export async function benchListTasks(
  options: {
    url: string;
    owner: postgres.Sql;
    superuser: postgres.Sql;
    fixture: Fixture;
    rounds: number;
    sliceMs: number;
  },
): Promise<ListFigures> {
  const { url, owner, superuser, fixture, rounds, sliceMs } = options;
  await fill(superuser, ROWS);
  const second = await spotBefore(owner, 2);
  const deep = await spotBefore(owner, DEEP_PAGE);
  const { sql: [session], close } = await sessions(url, 1, () => ({
    role: "authenticated",
    claims: { role: "authenticated", sub: fixture.admins[0]! },
  }));
  const page = async (cursor?: string) => {
    const question = session!.json({ limit: PAGE_SIZE, ...(cursor ? { cursor } : {}) });
    const [row] = await session!`select api.list_tasks(${question}) as answer`;
    if (row?.answer.tasks?.length !== PAGE_SIZE) {
      throw new Error(`Expected a page but found ${JSON.stringify(row)}`);
    }
  };
  const timing = { clients: 1, rounds, sliceMs };
  try {
    return {
      first: (await compare(() => page(), () => page(), { ...timing, rounds: 1 })).action,
      deep: await compare(() => page(deep.cursor), () => page(second.cursor), timing),
      bare: await compare(
        () => page(deep.cursor),
        () => session!.unsafe(BARE_KEYSET, [deep.createdAt, deep.id], { prepare: true }),
        timing,
      ),
    };
  } finally {
    await close();
  }
}
