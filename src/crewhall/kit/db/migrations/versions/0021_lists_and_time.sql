-- Lists and time entries of any source, and the views through which other rooms read tasks.

-- Somebody who is known from another tracker only: they are given tasks and log time, and cannot log in. Their e-mail is kept apart
-- from those of accounts, so that it keeps nobody from registering with it.
alter table users add column mirrored_from text, add column mirrored_email text;
alter table users drop constraint users_check;
alter table users add constraint users_person_has_email check (kind <> 'person' or email is not null or mirrored_from is not null);

alter table lists
    add column colour    text,
    add column position  double precision not null default 0,  -- among its siblings, as its source orders them
    add column facts     jsonb not null default '{}';  -- what its source says besides
create index lists_organisation on lists (organisation_id, kind, id);

alter table tasks add column archived_at timestamptz;  -- put away, neither done nor deleted

alter table time_entries
    add column billable    boolean,
    add column created_at  timestamptz not null default now(),
    add column updated_at  timestamptz not null default now(),
    add column deleted_at  timestamptz;
create index time_entries_started on time_entries (organisation_id, started_at) where deleted_at is null;
-- A person works on one thing at a time. What another tracker's timers do is not ours to forbid.
create unique index time_entries_running on time_entries (organisation_id, user_id)
    where ended_at is null and source = 'crewhall' and deleted_at is null;

create or replace view task_time_tracking as
select id, organisation_id, task_id, user_id, started_at as start_time, ended_at as end_time,
       (extract(epoch from ended_at - started_at) / 60)::integer as duration_minutes, productive_minutes
  from time_entries
 where deleted_at is null;

create or replace view employees as
select users.id, members.organisation_id, identities.subject as clickup_user_id, users.name,
       coalesce(users.email, users.mirrored_email) as email, members.role
  from members
  join users on users.id = members.user_id and users.kind = 'person'
  left join identities on identities.user_id = users.id and identities.organisation_id = members.organisation_id
       and identities.issuer = 'clickup'
 where members.left_at is null;

-- What other rooms read (docs/rooms/tasks.md, "Views"). Each has organisation_id, list_id and repository_id, so that `within` can say
-- what an actor may see of it. What a column costs is only paid where it is selected.

-- A list with the folder and the space that it is in. A project is a list with no space.
create view task_place as
select l.organisation_id, l.id as list_id, null::uuid as repository_id, l.name as list, l.source, l.external_id, l.visibility,
       l.archived_at is not null as archived,
       case when up.kind = 'folder' then up.id end as folder_id, case when up.kind = 'folder' then up.name end as folder,
       case when up.kind = 'space' then up.id else top.id end as space_id,
       case when up.kind = 'space' then up.name else top.name end as space
  from lists l
  left join lists up on up.id = l.parent_id
  left join lists top on top.id = up.parent_id
 where l.kind = 'list';

-- The statuses of a list: its own, else its folder's, else its space's. `defined_in` is where they come from.
create view list_status as
select l.organisation_id, l.id as list_id, null::uuid as repository_id, s.name, s.type, s.status, s.colour, s.position,
       from_place.id as defined_in_id, from_place.kind as defined_in
  from lists l
  left join lists up on up.id = l.parent_id
  cross join lateral (
      select p.id, p.kind
        from (values (l.id, l.kind, 1), (up.id, up.kind, 2), (up.parent_id, 'space', 3)) as p(id, kind, distance)
       where exists (select from workflow_statuses w where w.list_id = p.id)
       order by distance limit 1) as from_place
  join workflow_statuses s on s.list_id = from_place.id
 where l.kind = 'list';

-- Every task that is not deleted: open, finished and archived. `done_at` is when it was finished, whichever way. `tracked_ms` is the
-- time of its own entries that have ended: never that of its parts.
create view task_facts as
select t.organisation_id, t.id as task_id, t.key, t.title, t.type, t.status, coalesce(t.status_name, t.status) as status_name,
       t.status_type, t.status_type in ('done', 'closed') as is_done, t.archived_at is not null as archived, t.priority, t.complexity,
       t.list_id, p.list as project, p.list, p.folder_id, p.folder, p.space_id, p.space, t.repository_id, t.parent_id,
       t.assignee_id, t.assignee_count,
       array(select a.user_id from task_assignees a where a.task_id = t.id order by a.is_primary desc, a.user_id) as assignee_ids,
       array(select u.name from task_assignees a join users u on u.id = a.user_id where a.task_id = t.id
              order by a.is_primary desc, a.user_id) as assignee_names,
       t.estimate_minutes, t.progress_percentage, t.start_at, t.due_at, t.created_at, t.updated_at,
       case when t.status_type in ('done', 'closed') then
           coalesce(t.completed_at,
                    (select max(h.changed_at) from task_history h
                      where h.task_id = t.id and h.field_changed = 'status' and h.new_value = t.status),
                    t.updated_at) end as done_at,
       (select coalesce(sum(extract(epoch from e.ended_at - e.started_at) * 1000), 0)::bigint from time_entries e
         where e.task_id = t.id and e.deleted_at is null) as tracked_ms,
       t.tags, t.custom_fields, t.open_blockers, t.comment_count, t.created_by, t.created_by_id, t.source, t.external_id
  from tasks t
  left join task_place p on p.list_id = t.list_id
 where t.deleted_at is null;

-- A stretch of time that somebody logged. A running one has no end, and its time so far is not counted by anybody who sums `ms`.
create view time_entry as
select e.organisation_id, e.id as entry_id, e.task_id, t.key, t.list_id, t.repository_id, e.user_id, u.name as user_name,
       e.started_at, e.ended_at, e.ended_at is null as running,
       (extract(epoch from e.ended_at - e.started_at) * 1000)::bigint as ms,
       (extract(epoch from e.ended_at - e.started_at) / 60)::double precision as minutes,
       e.note, e.billable, e.source, e.external_id
  from time_entries e
  join users u on u.id = e.user_id
  left join tasks t on t.id = e.task_id
 where e.deleted_at is null and t.deleted_at is null;

-- What changed of a task, a line for each field, in words as people read them; a status is one of the six.
create view task_change as
select h.organisation_id, h.id as change_id, h.task_id, t.key, t.list_id, t.repository_id, h.version, h.field_changed as field,
       h.old_value, h.new_value, h.changed_by, h.changed_by_id, h.changed_at, h.comment
  from task_history h
  join tasks t on t.id = h.task_id
 where t.deleted_at is null;

-- Who says what of a task.
create view task_comment as
select c.organisation_id, c.id as comment_id, c.task_id, t.key, t.list_id, t.repository_id, c.comment, c.author, c.author_id,
       c.created_at, c.source
  from task_comments c
  join tasks t on t.id = c.task_id
 where c.deleted_at is null and t.deleted_at is null;
