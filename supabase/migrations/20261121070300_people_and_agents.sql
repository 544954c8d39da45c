-- Purpose: the two kinds of principal that have a row: people with a role, agents with tokens.
-- Objects: public.user_profile, public.agents, public.agent_categories, private.agent_tokens.
-- Locks and cost: new tables; user_profile references auth.users.
-- Undo: drop the tables.

-- People -----------------------------------------------------------------------------------------------------------
create table public.user_profile (
  id uuid not null,
  role text not null default 'user',
  display_name text,
  version bigint not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint user_profile_pkey primary key (id),
  constraint user_profile_belongs_to_a_user foreign key (id) references auth.users (id) on delete cascade,
  constraint user_profile_role_is_known check (role in ('admin', 'user')),
  constraint user_profile_display_name_is_short check (char_length(display_name) between 1 and 100)
);
comment on table public.user_profile is 'A person''s role and name. Made at sign-up; the role is written by api.set_role alone.';
create index user_profile_admins on public.user_profile (id) where role = 'admin';

grant select on public.user_profile to authenticated, service_role;
alter table public.user_profile enable row level security;

-- Agents -----------------------------------------------------------------------------------------------------------
create table public.agents (
  id text not null,
  marketplace text,
  daily_quota integer not null default 1000,
  auto_submit boolean not null default true,
  active boolean not null default true,
  last_seen_at timestamptz,
  version bigint not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint agents_pkey primary key (id),
  constraint agents_id_is_a_slug check (id ~ '^[a-z][a-z0-9-]{2,62}$'),
  constraint agents_marketplace_is_known check (
    marketplace in ('amazon', 'shopee', 'mercadolivre', 'shein', 'tiktokshop', 'kaway')
  ),
  constraint agents_daily_quota_is_not_negative check (daily_quota >= 0)
);
comment on table public.agents is 'The AI agents that propose tasks.';
comment on column public.agents.marketplace is 'The one marketplace it works for; null works for all.';
comment on column public.agents.auto_submit is 'Whether a new task goes to the approval queue at once.';
comment on column public.agents.last_seen_at is 'Its last write, to within a minute.';

create table public.agent_categories (
  agent_id text not null,
  category text not null,
  constraint agent_categories_pkey primary key (agent_id, category),
  constraint agent_categories_belong_to_an_agent foreign key (agent_id) references public.agents (id) on delete cascade,
  constraint agent_categories_category_is_known check (
    category in ('optimization', 'best-practice', 'scaling', 'analysis')
  )
);
comment on table public.agent_categories is 'Which categories of task an agent may create.';

grant select on public.agents, public.agent_categories to authenticated, service_role;
alter table public.agents enable row level security;
alter table public.agent_categories enable row level security;

create table private.agent_tokens (
  id uuid not null default gen_random_uuid(),
  agent_id text not null,
  token_hash bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint agent_tokens_pkey primary key (id),
  constraint agent_tokens_hash_is_unique unique (token_hash),
  constraint agent_tokens_hash_is_sha256 check (octet_length(token_hash) = 32),
  constraint agent_tokens_belong_to_an_agent foreign key (agent_id) references public.agents (id)
);
comment on table private.agent_tokens is 'SHA-256 of every token issued; several live ones per agent let a rotation overlap.';
create index agent_tokens_agent on private.agent_tokens (agent_id);
