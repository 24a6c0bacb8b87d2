-- The mirror of ClickUp.

-- A question put to somebody in a comment, as other trackers have it: open until it is resolved.
alter table task_comments
    add column asked_of_id  uuid references users on delete set null,
    add column resolved     boolean not null default false;

-- One workspace, through one connection. `since` is how far its changes are read, by when they were made there; `crawl` is where a whole
-- reading stands that is under way.
create table clickup_mirrors (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    integration_id   uuid not null references integrations on delete cascade,
    team_id          text not null,
    name             text not null,
    facts            jsonb not null default '{}',
    since            bigint not null default 0,
    archived_since   bigint not null default 0,
    crawl            jsonb,
    crawls           integer not null default 0,
    whole_at         timestamptz,  -- when the last whole reading ended without an error
    places_at        timestamptz,
    next_at          timestamptz not null,
    wanted           bigint not null default 0,  -- grows with every run that somebody asked for
    wanted_whole     boolean not null default false,
    untold           integer not null default 0,  -- changed rows that nobody was told of yet
    created_at       timestamptz not null,
    unique (integration_id, team_id)
);
create index clickup_mirrors_due on clickup_mirrors (next_at);

create table clickup_tasks (
    organisation_id  uuid not null references organisations on delete cascade,
    external_id      text not null,
    mirror_id        uuid not null references clickup_mirrors on delete cascade,
    task_id          uuid not null references tasks on delete cascade,
    hash             bytea not null,  -- of what ClickUp said last
    updated          bigint not null,  -- when it changed there
    seen             integer not null default 0,  -- the whole reading that met it last
    parent           text,
    placed           boolean not null default true,  -- whether its parent is found
    comments_due     boolean not null default true,
    facts            jsonb not null,
    gone_at          timestamptz,
    primary key (organisation_id, external_id)
);
create unique index clickup_tasks_task on clickup_tasks (task_id);
create index clickup_tasks_due on clickup_tasks (mirror_id) where comments_due;
create index clickup_tasks_unplaced on clickup_tasks (mirror_id) where not placed;
create index clickup_tasks_parent on clickup_tasks (organisation_id, parent) where parent is not null;

-- `external_id` waits for `depends_on`, as ClickUp says.
create table clickup_dependencies (
    organisation_id  uuid not null references organisations on delete cascade,
    external_id      text not null,
    depends_on       text not null,
    primary key (organisation_id, external_id, depends_on)
);

create table clickup_runs (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    mirror_id        uuid not null references clickup_mirrors on delete cascade,
    scope            text not null check (scope in ('changes', 'whole')),
    state            text not null check (state in ('running', 'complete', 'incomplete', 'interrupted')),
    started_at       timestamptz not null,
    ended_at         timestamptz,
    phase            text not null default '',
    pages            integer not null default 0,
    requests         integer not null default 0,
    rows_read        integer not null default 0,
    rows_changed     integer not null default 0,
    rows_failed      integer not null default 0,
    deleted          integer not null default 0,
    comments_left    integer not null default 0,
    errors           jsonb not null default '[]',
    budget_limit     integer,
    budget_left      integer
);
create index clickup_runs_newest on clickup_runs (mirror_id, id);
