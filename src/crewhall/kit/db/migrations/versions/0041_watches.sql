-- Who follows a task without having a part in it, and who does not want to hear of one. No row: as their part in it has it.
create table watches (
    organisation_id  uuid not null references organisations on delete cascade,
    task_id          uuid not null,
    user_id          uuid not null references users on delete cascade,
    muted            boolean not null default false,
    created_at       timestamptz not null default now(),
    primary key (task_id, user_id)
);
create index watches_user on watches (user_id);
create index watches_organisation on watches (organisation_id);
