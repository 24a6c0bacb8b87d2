-- What sums of time and whole readings of a mirror write down, so that nothing is reckoned or rewritten row by row.

-- How long a stretch of time was, in whole milliseconds: the one number that every sum adds up. Null while it runs.
alter table time_entries
    add column ms bigint generated always as (floor(extract(epoch from ended_at - started_at) * 1000)::bigint) stored;

-- A sum over a period reads this alone.
drop index time_entries_started;
create index time_entries_started on time_entries (organisation_id, started_at) include (id, task_id, user_id, ended_at, ms)
    where deleted_at is null;

-- Names are joined from the left: who asks for none does not pay for them.
create or replace view time_entry as
select e.organisation_id, e.id as entry_id, e.task_id, t.key, t.list_id, t.repository_id, e.user_id, u.name as user_name,
       e.started_at, e.ended_at, e.ended_at is null as running, e.ms, (e.ms / 60000.0)::double precision as minutes,
       e.note, e.billable, e.source, e.external_id, t.archived_at is not null as archived
  from time_entries e
  left join users u on u.id = e.user_id
  left join tasks t on t.id = e.task_id
 where e.deleted_at is null and t.deleted_at is null;

create or replace view task_assignee as
select a.organisation_id, a.task_id, t.list_id, t.repository_id, a.user_id, u.name as user_name, a.is_primary
  from task_assignees a
  left join users u on u.id = a.user_id
  join tasks t on t.id = a.task_id
 where t.deleted_at is null;

create or replace view task_time as
select e.organisation_id, e.task_id, sum(e.ms)::bigint as tracked_ms
  from time_entries e
 where e.deleted_at is null and e.ended_at is not null and e.task_id is not null
 group by e.organisation_id, e.task_id;

do $$
declare
    reckoned constant text := 'sum((EXTRACT(epoch FROM (e.ended_at - e.started_at)) * (1000)::numeric))';
    said text;
    name text;
begin
    foreach name in array array['task_facts', 'synced_tasks'] loop
        said := pg_get_viewdef(name::regclass);
        assert position(reckoned in said) > 0, name;
        execute format('create or replace view %I as %s', name, replace(said, reckoned, 'sum(e.ms)'));
    end loop;
end $$;

-- The tasks that a whole reading has met, a line a page; what it has not met by its end is looked for by itself.
create table clickup_met (
    mirror_id     uuid not null references clickup_mirrors on delete cascade,
    number        integer not null,  -- of the reading
    external_ids  text[] not null
);
create index clickup_met_mirror on clickup_met (mirror_id);
alter table clickup_tasks drop column seen;
