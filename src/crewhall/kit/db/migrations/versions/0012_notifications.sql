-- Notifications, presence and outside issuers.

-- What one member should hear of. Written by the consumer "notifications" from the event log, at most one for an event and a
-- member; a title and an excerpt are kept as they were when it happened.
create table notifications (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    user_id          uuid not null references users on delete cascade,
    position         bigint not null,  -- the event's place in the log
    kind             text not null,
    title            text not null,
    excerpt          text,
    subject          text,  -- what people call the thing: CH-12
    entity_type      text not null,
    entity_id        uuid,
    comment_id       uuid,
    actor_id         uuid,
    actor_name       text,
    actor_kind       text,
    repositories     text[] not null default '{}',  -- in lower case, as the event has them: what a limited key may read
    project_id       uuid,  -- the project that it is about: who may not see it any more does not read of it either
    created_at       timestamptz not null,
    read_at          timestamptz,
    unique (user_id, position)
);
create index notifications_newest on notifications (organisation_id, user_id, id);
create index notifications_unread on notifications (organisation_id, user_id, id) where read_at is null;
create index notifications_age on notifications (created_at);
-- Somebody is told of a comment once, however often it is edited.
create index notifications_comment on notifications (comment_id, user_id) where comment_id is not null;

-- Only what differs from "tell me": a kind that is new later is told to everybody.
create table notification_preferences (
    organisation_id  uuid not null references organisations on delete cascade,
    user_id          uuid not null references users on delete cascade,
    kind             text not null,
    enabled          boolean not null,
    primary key (organisation_id, user_id, kind)
);

-- When a member's credential was last used here, by a call or by an open stream; renewed twice a minute at the most.
create table presence (
    organisation_id  uuid not null references organisations on delete cascade,
    user_id          uuid not null references users on delete cascade,
    seen_at          timestamptz not null,
    primary key (organisation_id, user_id)
) with (fillfactor = 70);

-- A token of an outside issuer opens what the identity behind it is linked to; the audit trail calls the link by this id.
alter table identities
    add column id            uuid not null unique default gen_random_uuid(),
    add column created_by_id uuid references users on delete set null,
    add column last_used_at  timestamptz;
create index identities_user on identities (organisation_id, user_id);
