-- Claims, what was handed in for a task, and the order of ready work.

-- A claim stands in its task's row: whoever holds the row's lock knows who holds the task, and no list reads a second table.
-- The token stays when a claim ends, so that it only grows. A holder whose time is over stays until somebody else takes the task.
alter table tasks
    add column claim_token       bigint not null default 0,
    add column claim_holder_id   uuid references users on delete set null,
    add column claim_holder      text,  -- the name, as it was then
    add column claim_seconds     integer,  -- how long the lease is after each sign of life
    add column claim_expires_at  timestamptz,
    add column claim_lapse_told  boolean not null default false;  -- whether everybody was told that the holder went silent
drop table claims;
create view claims as
select id as task_id, organisation_id, claim_holder_id as holder_id, claim_token as fencing_token, claim_expires_at as expires_at
  from tasks
 where claim_holder_id is not null;
create index tasks_claimed on tasks (organisation_id, claim_holder_id) where claim_holder_id is not null;

-- What somebody could take up, in the order in which it is offered. A null assignee is a place in the index like any other.
create function priority_place(priority text) returns smallint language sql immutable parallel safe
return case priority when 'critical' then 1 when 'high' then 2 when 'medium' then 3 else 4 end;
create index tasks_ready on tasks (organisation_id, assignee_id, priority_place(priority), coalesce(due_at, 'infinity'::timestamptz), id)
    where deleted_at is null and open_blockers = 0 and status in ('not_started', 'in_progress');
create index tasks_ready_in_repository
    on tasks (organisation_id, repository_id, assignee_id, priority_place(priority), coalesce(due_at, 'infinity'::timestamptz), id)
    where deleted_at is null and open_blockers = 0 and status in ('not_started', 'in_progress');

-- What was handed in for a task: where the work is, and what shows that it is done.
create table task_evidence (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    task_id          uuid not null references tasks on delete cascade,
    kind             text not null check (kind in ('branch', 'commit', 'pull_request', 'test_result', 'files_changed', 'link')),
    value            text not null,
    url              text,
    facts            jsonb not null default '{}',  -- passed, failed, skipped, seconds, files
    added_by         text not null,
    added_by_id      uuid references users on delete set null,
    added_at         timestamptz not null
);
create index task_evidence_task on task_evidence (task_id, id);
