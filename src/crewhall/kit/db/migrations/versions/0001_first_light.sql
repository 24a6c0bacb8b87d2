-- The first schema. Every row of the product carries its organisation; ids are UUIDv7, made by the program; instants have a zone.

create table organisations (
    id          uuid primary key,
    name        text not null,
    key_prefix  text not null default 'CH' check (key_prefix ~ '^[A-Z][A-Z0-9]{0,9}$'),
    time_zone   text not null default 'UTC',
    created_at  timestamptz not null default now()
);

-- Short keys come from one sequence per organisation: gaps are allowed, and nobody waits. A counter row would be
-- locked until the longest open transaction ends.
create function add_task_numbers() returns trigger language plpgsql as $$
begin
    execute format('create sequence %I', 'task_numbers_' || replace(new.id::text, '-', ''));
    return new;
end $$;
create trigger organisations_task_numbers after insert on organisations for each row execute function add_task_numbers();

create function drop_task_numbers() returns trigger language plpgsql as $$
begin
    execute format('drop sequence if exists %I', 'task_numbers_' || replace(old.id::text, '-', ''));
    return old;
end $$;
create trigger organisations_drop_task_numbers after delete on organisations for each row execute function drop_task_numbers();

create function next_task_number(organisation uuid) returns bigint language sql volatile as $$
    select nextval(format('%I', 'task_numbers_' || replace(organisation::text, '-', ''))::regclass)
$$;

-- People, agents and services -------------------------------------------------------------------------------------

create table users (
    id               uuid primary key,
    kind             text not null default 'person' check (kind in ('person', 'agent', 'service')),
    username         text not null,
    email            text,
    name             text not null,
    github_username  text,
    avatar_url       text,
    password_hash    text,
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    deactivated_at   timestamptz,
    check (kind <> 'person' or email is not null)
);
create unique index users_email on users (lower(email));

create table members (
    organisation_id  uuid not null references organisations on delete cascade,
    user_id          uuid not null references users on delete cascade,
    role             text not null check (role in ('owner', 'admin', 'member', 'viewer', 'service')),
    responsible_id   uuid references users on delete set null,  -- the person whom an agent works for
    skills           text[] not null default '{}',
    joined_at        timestamptz not null default now(),
    left_at          timestamptz,
    primary key (organisation_id, user_id)
);
create index members_user on members (user_id);

-- An outside issuer's user is mapped by (issuer, subject); accounts are never joined by e-mail alone.
create table identities (
    organisation_id  uuid not null references organisations on delete cascade,
    issuer           text not null,
    subject          text not null,
    user_id          uuid not null references users on delete cascade,
    created_at       timestamptz not null default now(),
    primary key (organisation_id, issuer, subject)
);

create table sessions (
    id               uuid primary key,  -- the token's jti
    organisation_id  uuid not null references organisations on delete cascade,
    user_id          uuid not null references users on delete cascade,
    client           text not null,
    created_at       timestamptz not null default now(),
    expires_at       timestamptz not null,
    last_used_at     timestamptz,
    revoked_at       timestamptz
);
create index sessions_user on sessions (user_id);

create table api_keys (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    user_id          uuid not null references users on delete cascade,
    name             text not null,
    kind             text not null check (kind in ('person', 'agent', 'service')),
    hint             text not null,  -- the key's first characters, so that people can tell keys apart
    key_hash         bytea not null unique,
    scopes           text[],
    repositories     text[],
    created_by       uuid references users on delete set null,
    created_at       timestamptz not null default now(),
    expires_at       timestamptz,
    last_used_at     timestamptz,
    revoked_at       timestamptz
);
create index api_keys_user on api_keys (user_id);

-- Tasks -----------------------------------------------------------------------------------------------------------

create table repositories (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    name             text not null,
    url              text,
    created_at       timestamptz not null default now()
);
create unique index repositories_name on repositories (organisation_id, lower(name));

-- Space, folder and list of any source; workflow statuses belong to a list.
create table lists (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    parent_id        uuid references lists on delete cascade,
    kind             text not null check (kind in ('space', 'folder', 'list')),
    name             text not null,
    source           text not null default 'crewhall',
    external_id      text,
    created_at       timestamptz not null default now(),
    archived_at      timestamptz
);
create unique index lists_external on lists (organisation_id, source, external_id) where external_id is not null;
create index lists_parent on lists (parent_id);

create table workflow_statuses (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    list_id          uuid not null references lists on delete cascade,
    name             text not null,
    type             text not null check (type in ('open', 'custom', 'done', 'closed')),
    status           text not null check (status in
                         ('not_started', 'in_progress', 'ready_for_review', 'completed', 'blocked', 'deprecated')),
    colour           text,
    position         integer not null
);
create unique index workflow_statuses_name on workflow_statuses (list_id, lower(name));

create table tasks (
    id                uuid primary key,
    organisation_id   uuid not null references organisations on delete cascade,
    number            bigint not null,
    key               text not null,
    title             text not null check (length(title) between 1 and 500),
    description       text not null default '',
    status            text not null default 'not_started' check (status in
                          ('not_started', 'in_progress', 'ready_for_review', 'completed', 'blocked', 'deprecated')),
    status_name       text,  -- what the source calls the status
    status_type       text not null default 'open' check (status_type in ('open', 'custom', 'done', 'closed')),
    priority          text not null default 'medium' check (priority in ('low', 'medium', 'high', 'critical')),
    complexity        text not null default 'medium' check (complexity in ('low', 'medium', 'high', 'extreme')),
    assignee_id       uuid references users on delete set null,
    repository_id     uuid references repositories on delete set null,
    list_id           uuid references lists on delete set null,
    parent_id         uuid references tasks on delete set null,
    tags              text[] not null default '{}',
    custom_fields     jsonb not null default '{}',
    estimate_minutes  integer check (estimate_minutes >= 0),
    start_at          timestamptz,
    due_at            timestamptz,
    rank              text collate "C" not null,  -- order on the board; begins as the id, so two can never be equal
    source            text not null default 'crewhall',
    external_id       text,
    version           integer not null default 1,
    created_by        text not null,
    created_by_id     uuid references users on delete set null,
    updated_by        text not null,
    updated_by_id     uuid references users on delete set null,
    on_behalf_of      text,  -- whom the last writer named; recorded, never trusted
    created_at        timestamptz not null,
    updated_at        timestamptz not null,
    completed_at      timestamptz,
    deleted_at        timestamptz,
    search            tsvector generated always as (
                          setweight(to_tsvector('english', title), 'A') ||
                          setweight(to_tsvector('english', left(description, 50000)), 'B')) stored
);
create unique index tasks_key on tasks (organisation_id, key);
create unique index tasks_rank on tasks (organisation_id, rank);
create unique index tasks_external on tasks (organisation_id, source, external_id) where external_id is not null;
create index tasks_newest on tasks (organisation_id, id) where deleted_at is null;
create index tasks_status on tasks (organisation_id, status, id) where deleted_at is null;
create index tasks_assignee on tasks (organisation_id, assignee_id, id) where deleted_at is null;
create index tasks_repository on tasks (organisation_id, repository_id, id) where deleted_at is null;
create index tasks_updated on tasks (organisation_id, updated_at);
create index tasks_parent on tasks (parent_id) where parent_id is not null;
create index tasks_tags on tasks using gin (tags);
create index tasks_search on tasks using gin (search);

create table task_assignees (
    organisation_id  uuid not null references organisations on delete cascade,
    task_id          uuid not null references tasks on delete cascade,
    user_id          uuid not null references users on delete cascade,
    is_primary       boolean not null default false,
    assigned_at      timestamptz not null,
    primary key (task_id, user_id)
);
create unique index task_assignees_primary on task_assignees (task_id) where is_primary;
create index task_assignees_user on task_assignees (user_id);

create table task_history (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    task_id          uuid not null references tasks on delete cascade,
    version          integer not null,
    field_changed    text not null,
    old_value        text,
    new_value        text,
    changed_by       text not null,
    changed_by_id    uuid references users on delete set null,
    on_behalf_of     text,
    client           text not null,
    comment          text,
    changed_at       timestamptz not null
);
create index task_history_task on task_history (task_id, id);

create table task_comments (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    task_id          uuid not null references tasks on delete cascade,
    comment          text not null,
    author           text not null,
    author_id        uuid references users on delete set null,
    on_behalf_of     text,
    source           text not null default 'crewhall',
    external_id      text,
    created_at       timestamptz not null,
    edited_at        timestamptz,
    deleted_at       timestamptz
);
create index task_comments_task on task_comments (task_id, id) where deleted_at is null;
create unique index task_comments_external on task_comments (organisation_id, source, external_id) where external_id is not null;

-- One holder at a time; a token below the row's is stale. The row stays when a claim ends, so that tokens only grow.
create table claims (
    task_id          uuid primary key references tasks on delete cascade,
    organisation_id  uuid not null references organisations on delete cascade,
    holder_id        uuid references users on delete cascade,
    fencing_token    bigint not null default 1,
    claimed_at       timestamptz,
    expires_at       timestamptz
);
create index claims_holder on claims (holder_id);
create index claims_expiry on claims (expires_at) where holder_id is not null;

-- Time and activity -----------------------------------------------------------------------------------------------

-- Time entries of any source; the productivity tracker reads them as task_time_tracking.
create table time_entries (
    id                 uuid primary key,
    organisation_id    uuid not null references organisations on delete cascade,
    task_id            uuid references tasks on delete set null,
    user_id            uuid not null references users on delete cascade,
    started_at         timestamptz not null,
    ended_at           timestamptz,  -- null: the timer is running
    productive_minutes integer,
    note               text,
    source             text not null default 'crewhall',
    external_id        text,
    check (ended_at >= started_at)
);
create index time_entries_task on time_entries (task_id);
create index time_entries_user on time_entries (user_id, started_at);
create unique index time_entries_external on time_entries (organisation_id, source, external_id) where external_id is not null;

create view task_time_tracking as
select id, organisation_id, task_id, user_id, started_at as start_time, ended_at as end_time,
       (extract(epoch from ended_at - started_at) / 60)::integer as duration_minutes, productive_minutes
  from time_entries;

create table activity_sessions (
    id                  uuid primary key,
    organisation_id     uuid not null references organisations on delete cascade,
    user_id             uuid not null references users on delete cascade,
    session_start       timestamptz not null,
    session_end         timestamptz,
    productive_minutes  numeric(8, 2) not null default 0,
    idle_minutes        numeric(8, 2) not null default 0,
    productivity_score  numeric(5, 2)
);
create index activity_sessions_user on activity_sessions (user_id, session_start);

create table daily_productivity_summary (
    id                       uuid primary key,
    organisation_id          uuid not null references organisations on delete cascade,
    user_id                  uuid not null references users on delete cascade,
    date                     date not null,
    total_work_minutes       numeric(8, 2) not null default 0,
    productive_minutes       numeric(8, 2) not null default 0,
    productivity_percentage  numeric(5, 2),
    tasks_completed          integer not null default 0,
    unique (organisation_id, user_id, date)
);

-- The mirror's people and its daily snapshot ------------------------------------------------------------------------

create view employees as
select users.id, members.organisation_id, identities.subject as clickup_user_id, users.name, users.email, members.role
  from members
  join users on users.id = members.user_id and users.kind = 'person'
  left join identities on identities.user_id = users.id and identities.organisation_id = members.organisation_id
       and identities.issuer = 'clickup'
 where members.left_at is null;

create table daily_syncs (
    id                     uuid primary key,
    organisation_id        uuid not null references organisations on delete cascade,
    sync_date              date not null,
    task_id                uuid references tasks on delete cascade,
    clickup_task_id        text,
    clickup_user_id        text,
    title                  text not null,
    type                   text,
    status                 text not null,
    status_type            text,
    priority               text,
    tags                   text[] not null default '{}',
    summary                text,
    assigned_comment       text,
    assignee_name          text[] not null default '{}',
    employee_id            uuid references users on delete set null,
    assigned_by            text,
    space_id               text,
    space_name             text,
    folder_id              text,
    folder_name            text,
    list_id                text,
    list_name              text,
    date_created           timestamptz,
    date_updated           timestamptz,
    date_done              timestamptz,
    date_closed            timestamptz,
    start_date             timestamptz,
    due_date               timestamptz,
    time_estimate_minutes  integer,
    tracked_minutes        integer,
    start_times            text[] not null default '{}',
    end_times              text[] not null default '{}',
    last_status_change     timestamptz,
    unique (organisation_id, sync_date, task_id)
);

-- The event log -----------------------------------------------------------------------------------------------------

-- Append only. `xid` is the writing transaction: a cursor is a snapshot, and news is what became visible since
-- (docs/decisions/0003). `position` orders the rows of one batch; it has gaps and nothing may depend on it having none.
create table events (
    position         bigint generated always as identity primary key,
    xid              xid8 not null default pg_current_xact_id(),
    organisation_id  uuid not null references organisations on delete cascade,
    type             text not null,
    entity_type      text not null,
    entity_id        uuid not null,
    actor_type       text not null,
    actor_id         uuid not null,
    client           text not null,
    user_ids         uuid[] not null default '{}',
    repositories     text[] not null default '{}',
    data             json not null,  -- exactly the text that listeners receive
    created_at       timestamptz not null default now()
);
create index events_xid on events (xid);
create index events_entity on events (entity_id, position);

-- One row: the cluster that the transaction ids belong to, and up to where history was trimmed.
create table event_log (
    only_row           boolean primary key default true check (only_row),
    epoch              text not null,
    system_identifier  bigint not null,
    trimmed_below      xid8 not null default '0'
);

-- A named durable consumer moves its cursor in the transaction that does its work.
create table consumers (
    name        text primary key,
    epoch       text not null,
    cursor      pg_snapshot not null,
    updated_at  timestamptz not null default now()
);

create schema ops;
create view ops.events as
select position as id, organisation_id as workspace_id, actor_type, actor_id, type as event_type, entity_type, entity_id,
       data::jsonb as payload, jsonb_build_object('client', client) as metadata, 1 as version, created_at
  from public.events;

-- Around every call -------------------------------------------------------------------------------------------------

create table idempotency (
    organisation_id  uuid not null references organisations on delete cascade,
    actor_id         uuid not null references users on delete cascade,
    key              text not null,
    capability       text not null,
    request_hash     bytea not null,
    answer           text not null,
    created_at       timestamptz not null,
    primary key (actor_id, key)
);
create index idempotency_age on idempotency (created_at);

create table audit (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    at               timestamptz not null,
    actor_id         uuid not null,
    actor_kind       text not null,
    actor_name       text not null,
    client           text not null,
    credential_id    uuid not null,
    capability       text not null,
    outcome          text not null,
    entity_id        uuid,
    request_id       uuid not null,
    request_hash     bytea not null
);
create index audit_newest on audit (organisation_id, id);
create index audit_entity on audit (entity_id, id) where entity_id is not null;
