-- Tasks as rows with the columns that the ClickUp project's own database had, for people who query by SQL and for its REST paths.

-- An instant with the zone's own offset, such as 2026-01-13T09:30:00+05:30.
create function iso_at(at timestamptz, zone text) returns text language sql stable as $$
    select to_char(at at time zone zone, 'YYYY-MM-DD"T"HH24:MI:SS')
        || case when at at time zone zone < at at time zone 'UTC' then '-' else '+' end
        || to_char(greatest(at at time zone zone - at at time zone 'UTC', at at time zone 'UTC' - at at time zone zone), 'HH24:MI')
$$;

-- What a task waits for, and what waits for it, as sentences. `list_id` and `repository_id` are those of the other task, so that
-- `within` leaves out a sentence about what somebody may not see.
create view task_dependency as
select l.organisation_id, l.task_id, o.id as other_id, o.list_id, o.repository_id, l.created_at,
       l.said || ' ' || o.key || ' ' || o.title || ' (' || coalesce(o.status_name, o.status) || ')' as sentence
  from (select organisation_id, other_id as task_id, task_id as other_id, created_at, 'Waiting on' as said from task_links where kind = 'blocks'
        union all
        select organisation_id, task_id, other_id, created_at, 'Blocking' from task_links where kind = 'blocks') l
  join tasks o on o.id = l.other_id and o.deleted_at is null;

-- `start_times` and `end_times`: one place in both is one stretch of work, the latest first; the end of one that runs is null.
create view synced_tasks as
select t.organisation_id, t.id, t.key, case when t.source = 'clickup' then t.external_id end as clickup_task_id, t.title, t.description,
       t.type, coalesce(t.status_name, t.status) as status, t.status_type, t.priority, nullif(array_to_string(t.tags, ', '), '') as tags,
       own.summary, case when own.points ~ '^[0-9]{1,9}(\.[0-9]+)?$' then trunc(own.points::numeric)::integer end as sprint_points,
       asked.words as assigned_comment, people.names as assignee_name, people.known_as as assignee_ids, t.assignee_id as employee_id,
       coalesce(people.ids, '{}') as employee_ids, t.created_by as assigned_by,
       (select string_agg(one, ', ') from jsonb_array_elements_text(c.facts -> 'followers') one) as followers,
       coalesce(space.facts ->> 'id', space.id::text) as space_id, space.name as space_name,
       coalesce(folder.facts ->> 'id', folder.id::text) as folder_id, folder.name as folder_name,
       coalesce(p.external_id, p.id::text) as list_id, p.name as list_name,
       t.created_at as date_created, t.updated_at as date_updated, f.done_at as date_done,
       case when t.status_type = 'closed' then f.done_at end as date_closed, t.start_at as start_date, t.due_at as due_date,
       t.estimate_minutes as time_estimate_minutes, coalesce(time.starts, '{}') as start_times, coalesce(time.ends, '{}') as end_times,
       (time.ms / 60000)::integer as tracked_minutes, t.archived_at is not null as archived, t.deleted_at is not null as is_deleted,
       null::boolean as is_recurring,
       (select max(h.changed_at) from task_history h where h.task_id = t.id and h.field_changed in ('status', 'status_name'))
           as last_status_change,
       t.updated_at,
       (select coalesce(jsonb_agg(d.sentence order by d.sentence), '[]') from task_dependency d where d.task_id = t.id) as dependencies
  from tasks t
  join organisations o on o.id = t.organisation_id
  left join task_facts f on f.task_id = t.id
  left join clickup_tasks c on c.task_id = t.id
  left join lists p on p.id = t.list_id
  left join lists up on up.id = p.parent_id
  left join lists folder on folder.id = up.id and up.kind = 'folder'
  left join lists space on space.id = case when up.kind = 'space' then up.id else up.parent_id end
  left join lateral (
      select max(one.value) filter (where lower(one.key) = 'summary') as summary,
             coalesce(c.facts ->> 'points',
                      max(one.value) filter (where lower(one.key) in ('sprint points', 'story points', 'points'))) as points
        from jsonb_each_text(t.custom_fields) one) own on true
  left join lateral (
      select string_agg(u.name, ', ' order by a.is_primary desc, a.user_id) as names,
             string_agg(coalesce(i.subject, u.id::text), ', ' order by a.is_primary desc, a.user_id) as known_as,
             array_agg(u.id order by a.is_primary desc, a.user_id) as ids
        from task_assignees a
        join users u on u.id = a.user_id
        left join lateral (select min(n.subject) as subject from identities n
                            where n.user_id = u.id and n.organisation_id = t.organisation_id and n.issuer = 'clickup') i on true
       where a.task_id = t.id) people on true
  left join lateral (
      select string_agg(m.comment, E'\n' order by m.created_at desc) as words from task_comments m
       where m.task_id = t.id and m.deleted_at is null and m.asked_of_id is not null and not m.resolved) asked on true
  left join lateral (
      select array_agg(iso_at(e.started_at, o.time_zone) order by e.started_at desc, e.id desc) as starts,
             array_agg(iso_at(e.ended_at, o.time_zone) order by e.started_at desc, e.id desc) as ends,
             coalesce(sum(extract(epoch from e.ended_at - e.started_at) * 1000), 0)::bigint as ms
        from time_entries e where e.task_id = t.id and e.deleted_at is null) time on true;

-- What spaces are in: the organisation, and each workspace that is mirrored.
create view workspace as
select o.id as organisation_id, o.id::text as workspace_id, o.name, null::text as color, null::text as avatar, null::text as plan,
       (select count(*) from members m where m.organisation_id = o.id and m.left_at is null) as members_count, 'crewhall' as source
  from organisations o
union all
select organisation_id, team_id, name, facts ->> 'color', facts ->> 'avatar', facts ->> 'plan', (facts ->> 'members_count')::bigint, 'clickup'
  from (select distinct on (organisation_id, team_id) * from clickup_mirrors order by organisation_id, team_id, created_at) one;
