-- Projects, their plans and their risks.

-- How far a task is, as its people say; null: nobody said.
alter table tasks add column progress_percentage integer check (progress_percentage between 0 and 100);

-- The risk that was last told about: who does a task hears of it when it rises to high, and only then. Low ones have no row.
create table task_risks (
    task_id          uuid primary key references tasks on delete cascade,
    organisation_id  uuid not null references organisations on delete cascade,
    level            text not null check (level in ('medium', 'high')),
    points           integer not null,
    noted_at         timestamptz not null
);
create index task_risks_organisation on task_risks (organisation_id);

-- What people read of projects: how many tasks stand where, and the issues.
create index tasks_project on tasks (organisation_id, list_id, status, type) where deleted_at is null and list_id is not null;
create index tasks_issues on tasks (organisation_id, type, id) where deleted_at is null and type in ('blocker', 'bug', 'question');

-- What a team says of itself and of its members, and what an invitation knows of the person whom it is for.
alter table organisations add column description text not null default '';
alter table members add column description text not null default '';
alter table invitations add column username text, add column description text not null default '';
