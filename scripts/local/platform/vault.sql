-- Purpose: stand-in for Supabase Vault, for the local stack only.
-- Objects: vault.secrets, vault.decrypted_secrets, vault.create_secret, vault.update_secret.
-- Needs: the superuser, pgcrypto in schema extensions, and the file tradepost_vault.key in the data folder.
--   Secrets are encrypted at rest: a copy of the tables without that file tells nothing.

create schema vault;
revoke all on schema vault from public;
grant usage on schema vault to postgres, service_role;

create table vault.secrets (
  id uuid not null default gen_random_uuid() primary key,
  name text,
  description text not null default '',
  secret text not null,
  key_id uuid,
  nonce bytea,
  created_at timestamptz not null default current_timestamp,
  updated_at timestamptz not null default current_timestamp
);
comment on table vault.secrets is 'Table with encrypted `secret` column for storing sensitive information on disk.';
create unique index secrets_name_idx on vault.secrets (name) where name is not null;

create function vault.root_key() returns text
language sql stable
set search_path = ''
as $$ select pg_catalog.pg_read_file('tradepost_vault.key') $$;
revoke execute on function vault.root_key() from public;

-- Needs the owner's right to read the key file.
create function vault.encrypt_secret(plain text) returns text
language sql volatile security definer
set search_path = ''
as $$
  select encode(extensions.pgp_sym_encrypt(plain, vault.root_key(), 's2k-mode=1, cipher-algo=aes256'), 'base64')
$$;
revoke execute on function vault.encrypt_secret(text) from public;

create function vault.decrypt_secret(encrypted text) returns text
language sql stable security definer
set search_path = ''
as $$ select extensions.pgp_sym_decrypt(decode(encrypted, 'base64'), vault.root_key()) $$;
revoke execute on function vault.decrypt_secret(text) from public;
grant execute on function vault.decrypt_secret(text) to postgres, service_role;

create view vault.decrypted_secrets with (security_barrier = true) as
select s.id, s.name, s.description, s.secret, vault.decrypt_secret(s.secret) as decrypted_secret, s.key_id,
  s.nonce, s.created_at, s.updated_at
from vault.secrets as s;

create function vault.create_secret(
  new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null
) returns uuid
language sql volatile security definer
set search_path = ''
as $$
  insert into vault.secrets (secret, name, description)
  values (vault.encrypt_secret(new_secret), new_name, coalesce(new_description, ''))
  returning id
$$;

create function vault.update_secret(
  secret_id uuid, new_secret text default null, new_name text default null,
  new_description text default null, new_key_id uuid default null
) returns void
language sql volatile security definer
set search_path = ''
as $$
  update vault.secrets as s
  set secret = case when new_secret is null then s.secret else vault.encrypt_secret(new_secret) end,
    name = coalesce(new_name, s.name),
    description = coalesce(new_description, s.description),
    updated_at = clock_timestamp()
  where s.id = secret_id
$$;

revoke execute on function vault.create_secret(text, text, text, uuid) from public;
revoke execute on function vault.update_secret(uuid, text, text, text, uuid) from public;
grant execute on function vault.create_secret(text, text, text, uuid) to postgres, service_role;
grant execute on function vault.update_secret(uuid, text, text, text, uuid) to postgres, service_role;
grant select, delete on vault.secrets, vault.decrypted_secrets to postgres, service_role;
