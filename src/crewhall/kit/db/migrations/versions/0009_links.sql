-- What hangs together: links between tasks, questions, reviews and confirmations.

-- task_id blocks other_id; or is a copy of it (duplicates); or has to do with it (relates: kept once, the smaller id first).
create table task_links (
    organisation_id  uuid not null references organisations on delete cascade,
    task_id          uuid not null references tasks on delete cascade,
    kind             text not null check (kind in ('blocks', 'relates', 'duplicates')),
    other_id         uuid not null references tasks on delete cascade,
    created_by_id    uuid references users on delete set null,
    created_at       timestamptz not null,
    primary key (task_id, kind, other_id),
    check (task_id <> other_id),
    check (kind <> 'relates' or task_id < other_id)
);
create index task_links_other on task_links (other_id, kind);

-- tasks.open_blockers is what ready work is found by, so it is kept here: whichever way a task ends, no way can forget it.
-- The rows are held before they are counted, and counted in a statement of its own: it sees what those did who held them before.
create function count_open_blockers(blocked uuid[]) returns void language plpgsql as $$
begin
    perform from tasks where id = any(blocked) order by id for no key update;
    update tasks
       set open_blockers = counted.number
      from (select one.id, (select count(*)
                              from task_links l
                              join tasks blocker on blocker.id = l.task_id
                             where l.other_id = one.id and l.kind = 'blocks' and blocker.deleted_at is null
                               and blocker.status not in ('completed', 'deprecated')) as number
              from unnest(blocked) as one(id)) as counted
     where tasks.id = counted.id and tasks.open_blockers <> counted.number;
end $$;

create function keep_open_blockers() returns trigger language plpgsql as $$
declare
    blocked uuid[] := array(select other_id from task_links where task_id = new.id and kind = 'blocks');
begin
    if blocked <> '{}' then
        perform count_open_blockers(blocked);
    end if;
    return null;
end $$;
create trigger tasks_end after update of status, deleted_at on tasks
    for each row
    when ((old.status in ('completed', 'deprecated') or old.deleted_at is not null)
          <> (new.status in ('completed', 'deprecated') or new.deleted_at is not null))
    execute function keep_open_blockers();

-- Both ends are held: a blocker that is ending at this moment either sees the link, or has ended before it is counted.
create function keep_open_blockers_of_links() returns trigger language plpgsql as $$
declare
    link task_links := case tg_op when 'DELETE' then old else new end;
begin
    perform from tasks where id in (link.task_id, link.other_id) order by id for no key update;
    perform count_open_blockers(array[link.other_id]);
    return null;
end $$;
create trigger task_links_added after insert on task_links
    for each row when (new.kind = 'blocks') execute function keep_open_blockers_of_links();
create trigger task_links_removed after delete on task_links
    for each row when (old.kind = 'blocks') execute function keep_open_blockers_of_links();

-- What people are asked. A confirmation is what a program needs before it does what cannot be taken back.
create table approvals (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    kind             text not null check (kind in ('question', 'review', 'confirmation')),
    status           text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'answered', 'withdrawn')),
    task_id          uuid references tasks on delete cascade,
    question         text not null,  -- of a confirmation: what would be done
    options          text[] not null default '{}',
    asked_by         text not null,  -- the name, as it was then
    asked_by_id      uuid not null references users on delete cascade,
    asked_through    text,  -- the program that a person let in and that asked in their name
    done_by          uuid[] not null default '{}',  -- of a review: who did the work, and so does not approve it
    asked_of_id      uuid references users on delete set null,  -- null: of everybody who may answer
    for_people       boolean not null default true,  -- false: a confirmation that its asker gives itself
    answer           text,
    answered_by      text,
    answered_by_id   uuid references users on delete set null,
    answered_at      timestamptz,
    created_at       timestamptz not null,
    expires_at       timestamptz,  -- null: it waits for as long as it takes
    capability       text,
    arguments_hash   text,
    token_hash       bytea unique,  -- the word itself is kept nowhere
    used_at          timestamptz,
    check ((kind = 'confirmation') = (token_hash is not null)),
    check ((kind = 'confirmation') = (task_id is null))
);
create index approvals_newest on approvals (organisation_id, status, id);
create index approvals_task on approvals (task_id, status) where task_id is not null;
create unique index approvals_review on approvals (task_id) where kind = 'review' and status = 'pending';
create index approvals_over on approvals (expires_at) where expires_at is not null;
create index approvals_asker on approvals (organisation_id, asked_by_id, id) where kind <> 'confirmation';

-- Shown on every card; whoever asks or answers holds the task's row.
alter table tasks add column open_questions integer not null default 0 check (open_questions >= 0);

-- Who confirms what agents and services are about to do: they themselves in a second step, or a person.
alter table organisations add column confirmations text not null default 'self' check (confirmations in ('self', 'person'));
