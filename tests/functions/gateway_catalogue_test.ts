import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { stack } from "../support/stack.ts";
import { callRpc, send } from "./gateway_fixture.ts";

/** Asks until the answer is the expected one; the database's announcement arrives a moment after its commit. */
async function untilAnswered(ask: () => Promise<string>, expected: string, withinMs = 5000): Promise<void> {
  const deadline = Date.now() + withinMs;
  let answer = await ask();
  while (answer !== expected && Date.now() < deadline) answer = await ask();
  assertEquals(answer, expected);
}

function fresh(): { name: string; open: () => Promise<postgres.Sql & AsyncDisposable> } {
  const open = async () => {
    const sql = postgres((await stack()).dbUrl, { max: 1, onnotice: () => {} });
    return Object.assign(sql, { [Symbol.asyncDispose]: () => sql.end() });
  };
  return { name: `gateway_${crypto.randomUUID().replaceAll("-", "")}`, open };
}

Deno.test("a function that was changed is called as it is now, without anybody announcing it", async () => {
  const { name, open } = fresh();
  await using sql = await open();
  const create = (result: string, body: string) =>
    sql.unsafe(`
      drop function if exists api.${name}();
      create function api.${name}() returns ${result} language sql stable as $$ ${body} $$;
      grant execute on function api.${name} to anon`);
  await create("int", "select 1");
  assertEquals((await callRpc(name)).text, "1");
  await create("setof int", "values (1), (2)");
  await untilAnswered(async () => (await callRpc(name)).text, "[1, 2]");
  await sql.unsafe(`drop function api.${name}()`);
  await untilAnswered(async () => JSON.parse((await callRpc(name)).text).code, "PGRST202");
});

Deno.test("a table that was altered is served with its new columns, one that was dropped no more", async () => {
  const { name, open } = fresh();
  await using sql = await open();
  await sql.unsafe(`
    create table public.${name} (a int); insert into public.${name} values (1);
    grant select on public.${name} to anon`);
  const read = async () => (await send(`/rest/v1/${name}?select=*`)).text;
  assertEquals(await read(), `[{"a":1}]`);
  await sql.unsafe(`alter table public.${name} add column b int default 2`);
  await untilAnswered(read, `[{"a":1,"b":2}]`);
  await sql.unsafe(`drop table public.${name}`);
  await untilAnswered(async () => JSON.parse(await read()).code, "PGRST205");
});
