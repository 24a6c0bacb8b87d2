-- What is followed of a mirror, its days, and what goes back to ClickUp.

-- Every space, folder and list, for rooms that read tasks; `list_id` is its own id, so that `within` says who may see it.
create view place as
select l.organisation_id, l.id as place_id, l.id as list_id, null::uuid as repository_id, l.parent_id, l.kind, l.name, l.source,
       l.external_id, l.colour, l.position, l.facts, l.archived_at is not null as archived, l.visibility
  from lists l;

-- Spaces, folders and lists that people follow as projects, under a name of theirs.
create table clickup_projects (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    name             text not null,
    place_id         uuid not null references lists on delete cascade,
    created_by_id    uuid references users on delete set null,
    created_at       timestamptz not null,
    unique (organisation_id, place_id)
);
create unique index clickup_projects_name on clickup_projects (organisation_id, lower(name));

-- Changes that were made here and are to be made there.
create table clickup_writes (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    mirror_id        uuid not null references clickup_mirrors on delete cascade,
    task_id          uuid not null references tasks on delete cascade,
    external_id      text not null,
    fields           text[] not null,
    before           jsonb not null,  -- what the fields were here, as ClickUp had them then
    by               text not null,
    state            text not null default 'waiting' check (state in ('waiting', 'done', 'failed', 'conflict')),
    error            text,
    tries            integer not null default 0,
    next_at          timestamptz not null,
    created_at       timestamptz not null,
    ended_at         timestamptz
);
create index clickup_writes_due on clickup_writes (next_at) where state = 'waiting';
create index clickup_writes_task on clickup_writes (task_id, id);

create index daily_syncs_day on daily_syncs (organisation_id, sync_date);
