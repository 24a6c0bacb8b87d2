-- Webhooks out, and what was imported.

create table webhooks (
    id                 uuid primary key,
    organisation_id    uuid not null references organisations on delete cascade,
    name               text not null,
    url                text not null,
    events             text[] not null default '{}',  -- empty: all
    repositories       text[] not null default '{}',  -- in lower case; empty: all
    state              text not null default 'active' check (state in ('active', 'paused', 'disabled')),
    state_reason       text,  -- why it was disabled
    secret             bytea not null,  -- encrypted (kit/secrets.py), as the one before
    previous_secret    bytea,
    previous_until     timestamptz,
    generation         bigint not null default 0,  -- grows with every run that sends: which runs may still miss what is added now
    failures           integer not null default 0,  -- tries in a row that did not arrive
    failing_since      timestamptz,
    resting_until      timestamptz,  -- the other side is away: nothing is tried before
    last_delivered_at  timestamptz,
    created_by_id      uuid references users on delete set null,
    created_at         timestamptz not null,
    updated_at         timestamptz not null
);
create index webhooks_organisation on webhooks (organisation_id, id);

-- One message to one webhook. Its id is the webhook-id that the receiver knows it by, the same at every try.
create table webhook_deliveries (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    webhook_id       uuid not null references webhooks on delete cascade,
    event            text not null,
    body             text not null,
    about            uuid[] not null default '{}',  -- the task and the project that it tells of: nothing is sent of what is private by now
    state            text not null default 'pending' check (state in ('pending', 'delivered', 'failed', 'dropped')),
    tries            integer not null default 0,  -- since it was made, or replayed
    due_at           timestamptz not null,
    created_at       timestamptz not null,
    ended_at         timestamptz
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, id) where state = 'pending';
create index webhook_deliveries_newest on webhook_deliveries (webhook_id, id);
create index webhook_deliveries_age on webhook_deliveries (created_at);

create table webhook_tries (
    id            uuid primary key,
    delivery_id   uuid not null references webhook_deliveries on delete cascade,
    tried_at      timestamptz not null,
    milliseconds  integer not null,
    status        integer,  -- the HTTP status; null: there was no answer
    error         text
);
create index webhook_tries_delivery on webhook_tries (delivery_id, id);
