-- Order on the board, projects and what lists of tasks need.

alter table tasks add column comment_count integer not null default 0;
alter table tasks add column assignee_count integer not null default 0;
update tasks
   set comment_count = (select count(*) from task_comments c where c.task_id = tasks.id and c.deleted_at is null),
       assignee_count = (select count(*) from task_assignees a where a.task_id = tasks.id);

-- Checked at the end of a statement, so that one statement can spread many tasks anew whose ranks stand close together.
drop index tasks_rank;
alter table tasks add constraint tasks_rank unique (organisation_id, rank) deferrable initially immediate;

-- One index per filter, each in the order in which a page is read: the first page costs the same among any number of tasks.
create index tasks_board on tasks (organisation_id, status, rank) where deleted_at is null;
create index tasks_priority on tasks (organisation_id, priority, id) where deleted_at is null;
create index tasks_list on tasks (organisation_id, list_id, id) where deleted_at is null;
create index tasks_due on tasks (organisation_id, coalesce(due_at, 'infinity'::timestamptz), id) where deleted_at is null;
create index tasks_deleted on tasks (organisation_id, id) where deleted_at is not null;
drop index tasks_updated;
create index tasks_updated on tasks (organisation_id, updated_at, id) where deleted_at is null;
drop index tasks_parent;
create index tasks_parent on tasks (parent_id, id) where parent_id is not null;
create index tasks_number on tasks (organisation_id, number);
drop index task_assignees_user;
create index task_assignees_user on task_assignees (organisation_id, user_id, task_id);

-- A project is the list of Crewhall's own with this name; upper and lower case are the same name.
create unique index lists_project on lists (organisation_id, lower(name)) where kind = 'list' and source = 'crewhall';

-- The tags of live tasks, a row each: an array's index can find a tag's tasks but cannot read them newest first.
create table task_tags (
    organisation_id  uuid not null references organisations on delete cascade,
    tag              text not null,
    task_id          uuid not null references tasks on delete cascade,
    primary key (organisation_id, tag, task_id)
);
create index task_tags_task on task_tags (task_id);
insert into task_tags select organisation_id, unnest(tags), id from tasks where deleted_at is null on conflict do nothing;
drop index tasks_tags;

create function keep_task_tags() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' then
        delete from task_tags where task_id = new.id;
    end if;
    if new.deleted_at is null then
        insert into task_tags select new.organisation_id, unnest(new.tags), new.id on conflict do nothing;
    end if;
    return null;
end $$;
create trigger tasks_tags_added after insert on tasks
    for each row when (new.tags <> '{}') execute function keep_task_tags();
create trigger tasks_tags_changed after update of tags, deleted_at on tasks
    for each row when (old.tags <> new.tags or old.deleted_at is distinct from new.deleted_at) execute function keep_task_tags();

alter table task_comments add column search tsvector generated always as (to_tsvector('english', left(comment, 50000))) stored;
create index task_comments_newest on task_comments (organisation_id, id) where deleted_at is null;
create index task_comments_search on task_comments using gin (search) where deleted_at is null;
