-- What platforms tell us by themselves, and what people do in Git for a task.

-- A connection that may be told: the secret that proves who speaks.
create table inbound_hooks (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    integration_id   uuid not null unique references integrations on delete cascade,
    secret           bytea,  -- encrypted (kit/secrets.py), as the one before; null: the connection has it among its credentials
    previous_secret  bytea,
    previous_until   timestamptz,
    last_heard_at    timestamptz,
    last_event       text,
    refused_at       timestamptz,  -- when the last request was turned away, and why
    refused_reason   text,
    created_at       timestamptz not null,
    updated_at       timestamptz not null
);

-- One message. It is here before the platform is told that it arrived.
create table inbound_deliveries (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    integration_id   uuid not null references integrations on delete cascade,
    message          text not null,  -- what tells it from every other of this connection
    event            text not null,
    body             bytea,  -- encrypted; null once it is handled
    state            text not null default 'pending' check (state in ('pending', 'handled', 'unused', 'failed')),
    tries            integer not null default 0,
    error            text,
    received_at      timestamptz not null,
    ended_at         timestamptz,
    unique (integration_id, message)
);
create index inbound_deliveries_newest on inbound_deliveries (integration_id, id);
create index inbound_deliveries_waiting on inbound_deliveries (received_at) where state = 'pending';
create index inbound_deliveries_age on inbound_deliveries (received_at);

-- A branch, commit or pull request that names tasks, as it was last seen.
create table git_things (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    integration_id   uuid not null references integrations on delete cascade,
    name             text not null,  -- github:acme/gate:pull_request:12
    keys             text[] not null,
    facts            jsonb not null,
    changed_at       timestamptz not null,  -- by the platform's clock
    seen_at          timestamptz not null,
    unique (organisation_id, name)
);
create index git_things_age on git_things (seen_at);

-- How far a repository was read.
create table git_places (
    integration_id  uuid not null references integrations on delete cascade,
    repository      text not null,
    read_until      timestamptz not null,
    primary key (integration_id, repository)
);

-- Evidence that keeps itself up to date: by what the other side knows it.
alter table task_evidence add column origin text;
create unique index task_evidence_origin on task_evidence (task_id, origin) where origin is not null;
create index task_evidence_of_origin on task_evidence (organisation_id, origin) where origin is not null;
