import type { JSONValue, Sql, TransactionSql } from "postgres";
import { z } from "zod";

type Metadata = Readonly<Record<string, unknown>>;

/** A user to be made; without a password hash nobody can sign in by password. */
export interface NewUser {
  readonly id?: string | undefined;
  readonly email: string;
  readonly emailConfirm: boolean;
  readonly userMetadata: Metadata;
  readonly appMetadata: Metadata;
  readonly passwordHash: string | null;
}

/** What changes of a user; what is absent stays. */
export interface UserChange {
  readonly emailConfirm?: boolean | undefined;
  readonly userMetadata?: Metadata | undefined;
  readonly appMetadata?: Metadata | undefined;
  readonly passwordHash: string | null;
}

const described = z.object({ described: z.record(z.string(), z.unknown()), total: z.coerce.number() });

/** Makes a user with the identity a sign-up by e-mail would have given him. */
export async function insertUser(sql: Sql, user: NewUser): Promise<unknown> {
  const id = user.id ?? crypto.randomUUID();
  const app = { provider: "email", providers: ["email"], ...user.appMetadata };
  const identity = {
    sub: id,
    email: user.email,
    "email_verified": user.emailConfirm,
    "phone_verified": false,
  };
  return await sql.begin(async (transaction) => {
    await transaction`
      insert into auth.users
        (id, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data)
      values (
        ${id}, ${user.email}, ${user.passwordHash}, case when ${user.emailConfirm} then now() end,
        ${asJson(transaction, app)}, ${asJson(transaction, user.userMetadata)}
      )
    `;
    await transaction`
      insert into auth.identities (id, provider, provider_id, user_id, identity_data)
      values (${crypto.randomUUID()}, 'email', ${id}, ${id}, ${asJson(transaction, identity)})
    `;
    return await findUser(transaction, id);
  });
}

/** One user as the auth server describes him. */
export async function findUser(sql: Sql | TransactionSql, id: string): Promise<unknown> {
  const rows = await sql.unsafe(`${DESCRIBED} where users.id = $1`, [id]);
  return z.array(described).parse(rows)[0]?.described;
}

/** One page of users, the newest first, and how many there are in all. */
export async function listUsers(
  sql: Sql,
  limit: number,
  offset: number,
): Promise<{ users: unknown[]; total: number }> {
  const rows = z.array(described).parse(
    await sql.unsafe(`${DESCRIBED} order by users.created_at desc, users.id limit $1 offset $2`, [
      limit,
      offset,
    ]),
  );
  return { users: rows.map((row) => row.described), total: rows[0]?.total ?? 0 };
}

/** Changes a user; metadata is merged key by key. `undefined` where there is no such user. */
export async function updateUser(sql: Sql, id: string, change: UserChange): Promise<unknown> {
  await sql`
    update auth.users set
      encrypted_password = coalesce(${change.passwordHash}, encrypted_password),
      email_confirmed_at = case when ${change.emailConfirm ?? false}
        then coalesce(email_confirmed_at, now()) else email_confirmed_at end,
      raw_app_meta_data = raw_app_meta_data || ${asJson(sql, change.appMetadata ?? {})},
      raw_user_meta_data = raw_user_meta_data || ${asJson(sql, change.userMetadata ?? {})},
      updated_at = now()
    where id = ${id}
  `;
  return await findUser(sql, id);
}

/** Removes a user with his sessions; false where there was none. */
export async function removeUser(sql: Sql, id: string): Promise<boolean> {
  const [, removed] = await sql.begin((transaction) => [
    transaction`delete from auth.refresh_tokens where user_id = ${id}`,
    transaction`delete from auth.users where id = ${id} returning id`,
  ]);
  return removed.length > 0;
}

function asJson(sql: Sql | TransactionSql, value: Metadata) {
  // through text: whatever a caller put in is JSON already, nothing else can have come out of the parser
  const plain: JSONValue = JSON.parse(JSON.stringify(value));
  return sql.json(plain);
}

const DESCRIBED = `
  select
    count(*) over () as total,
    jsonb_build_object(
      'id', users.id,
      'aud', users.aud,
      'role', users.role,
      'email', users.email,
      'phone', coalesce(users.phone, ''),
      'email_confirmed_at', users.email_confirmed_at,
      'confirmed_at', users.confirmed_at,
      'last_sign_in_at', users.last_sign_in_at,
      'app_metadata', users.raw_app_meta_data,
      'user_metadata', users.raw_user_meta_data,
      'identities', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'id', identity.user_id,
          'identity_id', identity.id,
          'user_id', identity.user_id,
          'provider', identity.provider,
          'identity_data', identity.identity_data,
          'email', identity.email,
          'created_at', identity.created_at,
          'updated_at', identity.updated_at
        ) order by identity.created_at), '[]')
        from auth.identities as identity
        where identity.user_id = users.id
      ),
      'is_anonymous', users.is_anonymous,
      'created_at', users.created_at,
      'updated_at', users.updated_at
    ) as described
  from auth.users as users
`;
