import { assertEquals } from "@std/assert";
import { stack } from "../support/stack.ts";
import { client, type Made, made, send } from "./gateway_fixture.ts";

/** Shops with goods; nobody but the service may read a shop's secret. */
const shops = (): Promise<Made> =>
  made(
    `create table public.NAME (
       id bigint primary key, name text not null, secret text, opened_at timestamptz not null,
       rating numeric, big bigint, meta jsonb, tags text[], day date, rates numeric[]
     );
     create table public.NAME_goods (
       id bigint primary key, shop_id bigint not null references public.NAME (id), price_cents bigint not null
     );
     alter table public.NAME enable row level security;
     alter table public.NAME_goods enable row level security;
     create policy "Everybody sees named shops" on public.NAME for select to anon, authenticated
       using (name <> 'hidden');
     create policy "Everybody sees goods" on public.NAME_goods for select to anon, authenticated using (true);
     grant select (id, name, opened_at, rating, big, meta, tags, day, rates) on public.NAME to anon, authenticated;
     grant select on public.NAME_goods to anon, authenticated;
     grant all on public.NAME, public.NAME_goods to service_role;
     insert into public.NAME
     select n, case n when 3 then 'hidden' else 'shop ' || n end, 'secret', '2026-01-01 00:00:00.123456+00',
       12.50, 9007199254740993, '{"a": [1, 2]}', '{x,y}', '2026-02-03', '{1.50,2}'
     from generate_series(1, 3) as n;
     insert into public.NAME_goods select n, 1 + n % 2, n * 100 from generate_series(1, 6) as n`,
    "drop table public.NAME_goods; drop table public.NAME",
  );

Deno.test("a row is rendered as PostgREST renders it", async () => {
  await using made = await shops();
  const columns = "id,name,opened_at,rating,big,meta,tags,day,rates";
  const answer = await send(`/rest/v1/${made.name}?id=eq.1&select=${columns}`);
  assertEquals(
    answer.text.replaceAll(": ", ":").replaceAll(", ", ","),
    `[{"id":1,"name":"shop 1","opened_at":"2026-01-01T00:00:00.123456+00:00","rating":12.50,` +
      `"big":9007199254740993,"meta":{"a":[1,2]},"tags":["x","y"],"day":"2026-02-03","rates":[1.50,2]}]`,
  );
});

Deno.test("filters, order, count and embedded rows work through supabase-js", async () => {
  await using made = await shops();
  const anyone = await client();
  const { data, count, error } = await anyone.from(made.name)
    .select(`id,goods:${made.name}_goods(id,price_cents)`, { count: "exact" })
    .order("id", { ascending: false })
    .order("id", { referencedTable: "goods" })
    .limit(1, { referencedTable: "goods" });
  assertEquals(error, null);
  assertEquals(count, 2);
  assertEquals(data, [
    { id: 2, goods: [{ id: 1, price_cents: 100 }] },
    { id: 1, goods: [{ id: 2, price_cents: 200 }] },
  ]);
  const filtered = await anyone.from(`${made.name}_goods`).select("id").in("id", [1, 2, 5]).gte(
    "price_cents",
    200,
  );
  assertEquals(filtered.data, [{ id: 2 }, { id: 5 }]);
  const single = await anyone.from(made.name).select("name").eq("id", 9).single();
  assertEquals([single.status, single.error?.code], [406, "PGRST116"]);
});

Deno.test("a column without a grant is refused in select, filter and order", async () => {
  await using made = await shops();
  for (
    const query of ["select=*", "select=id,secret", "select=id&secret=eq.secret", "select=id&order=secret"]
  ) {
    const answer = await send(`/rest/v1/${made.name}?${query}`);
    assertEquals([answer.status, JSON.parse(answer.text).code], [401, "42501"], query);
  }
});

Deno.test("row level security decides by the caller, and the service sees everything", async () => {
  await using made = await shops();
  const { secretKeys } = await stack();
  const names = async (key?: string) => {
    const { data } = await (await client(key)).from(made.name).select("name").order("id");
    return data?.map((row) => row.name);
  };
  assertEquals(await names(), ["shop 1", "shop 2"]);
  assertEquals(await names(secretKeys.default), ["shop 1", "shop 2", "hidden"]);
});

Deno.test("a caller without the grant cannot write, the service can", async () => {
  await using made = await shops();
  const { secretKeys } = await stack();
  const row = { id: 4, name: "shop 4", "opened_at": "2026-01-01T00:00:00Z", meta: { a: [1] } };
  const refused = await (await client()).from(made.name).insert(row);
  assertEquals([refused.status, refused.error?.code], [401, "42501"]);

  const service = await client(secretKeys.default);
  const written = await service.from(made.name).insert(row).select("id,meta").single();
  assertEquals([written.status, written.data], [201, { id: 4, meta: { a: [1] } }]);
  const again = await service.from(made.name).insert(row);
  assertEquals([again.status, again.error?.code], [409, "23505"]);
});

Deno.test("what a trigger raises reaches the caller as from a function", async () => {
  await using made = await shops();
  const { secretKeys } = await stack();
  const { sql, name } = made;
  await sql.unsafe(`
    create function private.${name}() returns trigger language plpgsql as $$ begin
      raise sqlstate 'PGRST' using message = '{"code":"closed","message":"m"}', detail = '{"status":409,"headers":{}}';
    end $$;
    create trigger closed before update on public.${name} for each row execute function private.${name}()`);
  const { status, error } = await (await client(secretKeys.default)).from(name).update({ name: "x" }).eq(
    "id",
    1,
  );
  await sql.unsafe(`drop function private.${name} cascade`);
  assertEquals([status, error?.code], [409, "closed"]);
});

Deno.test("row level security sees the request's headers", async () => {
  await using made = await shops();
  const { sql, name } = made;
  await sql.unsafe(`
    create policy "Who knows the word sees hidden shops" on public.${name} for select to anon
      using (current_setting('request.headers', true)::jsonb ->> 'x-word' = 'sesame')`);
  const answer = await send(`/rest/v1/${name}?select=id&id=eq.3`, { headers: { "x-word": "sesame" } });
  assertEquals([answer.text, (await send(`/rest/v1/${name}?select=id&id=eq.3`)).text], [`[{"id":3}]`, "[]"]);
});

Deno.test("a table that is not there is PGRST205", async () => {
  const answer = await send("/rest/v1/no_such_table?select=id");
  assertEquals([answer.status, JSON.parse(answer.text).code], [404, "PGRST205"]);
});
