-- What reports read in bulk, and the indexes that let them count without reading what tasks say.

-- Who a task is given to, a line for each.
create view task_assignee as
select a.organisation_id, a.task_id, t.list_id, t.repository_id, a.user_id, u.name as user_name, a.is_primary
  from task_assignees a
  join users u on u.id = a.user_id
  join tasks t on t.id = a.task_id
 where t.deleted_at is null;

-- The `tracked_ms` of `task_facts`, of all tasks that have any: for who sums or compares it over many tasks.
create view task_time as
select e.organisation_id, e.task_id, sum(extract(epoch from e.ended_at - e.started_at) * 1000)::bigint as tracked_ms
  from time_entries e
 where e.deleted_at is null and e.ended_at is not null and e.task_id is not null
 group by e.organisation_id, e.task_id;

-- A count of tasks reads this alone: a task's own row has its description and the words of its search.
create index tasks_counted on tasks (organisation_id, list_id)
    include (id, type, status, status_name, status_type, priority, repository_id, parent_id, assignee_count, estimate_minutes,
             open_blockers, created_at, updated_at, due_at, completed_at, archived_at)
    where deleted_at is null;

-- Every move between statuses in the order in which they happened.
create index task_history_moves on task_history (organisation_id, changed_at) where field_changed = 'status';

-- Nothing recurs here. Of a task of another tracker it is not known: ClickUp's interface does not say it.
do $$
begin
    execute 'create or replace view synced_tasks as ' || replace(
        pg_get_viewdef('synced_tasks'::regclass), 'NULL::boolean AS is_recurring',
        'case when t.source = ''crewhall'' then false end AS is_recurring');
end $$;
