-- Kinds of tasks, what blocks them, and what a project is.

-- An issue is a task of the type blocker, bug or question: it has a key, history, comments and a place on the board like any other.
alter table tasks
    add column type          text not null default 'task' check (type in ('task', 'story', 'epic', 'blocker', 'bug', 'question')),
    add column resolution    text,  -- how an issue was settled
    add column open_blockers integer not null default 0 check (open_blockers >= 0);  -- live, unfinished tasks that block this one

-- A project is a list of Crewhall's own; these are what people decide about it.
alter table lists
    add column description     text not null default '',
    add column visibility      text not null default 'open' check (visibility in ('open', 'private')),
    add column review_required boolean not null default false,  -- nothing is completed before somebody else said yes
    add column lead_id         uuid references users on delete set null,
    add column created_by_id   uuid references users on delete set null;

create table project_members (
    organisation_id  uuid not null references organisations on delete cascade,
    project_id       uuid not null references lists on delete cascade,
    user_id          uuid not null references users on delete cascade,
    added_at         timestamptz not null default now(),
    added_by_id      uuid references users on delete set null,
    primary key (project_id, user_id)
);
create index project_members_user on project_members (organisation_id, user_id);

-- Null: everybody of the organisation may hear of it; else only these people.
alter table events add column audience uuid[];
