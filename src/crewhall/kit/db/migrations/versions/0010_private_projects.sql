-- Private projects, and keys limited to projects (docs/decisions/0014).

-- The only projects whose tasks a key opens; null: no limit. By id: a name may be given to another project.
alter table api_keys add column projects uuid[];

-- Read by every list of tasks: in an organisation without a private project it is empty.
create index lists_private on lists (organisation_id) where visibility = 'private';

-- Who may hear of a task, of a project or of what people are asked about a task. Null: everybody of its organisation.
create view audiences as
select things.entity_id, p.id as project_id,
       case when p.visibility = 'private' then
           array(select m.user_id from project_members m where m.project_id = p.id
                 union
                 select m.user_id from members m where m.organisation_id = p.organisation_id and m.role = 'owner' and m.left_at is null)
       end as audience
  from (select t.id as entity_id, t.list_id as project_id from tasks t
        union all
        select l.id, l.id from lists l
        union all
        select q.id, t.list_id from approvals q join tasks t on t.id = q.task_id) things
  join lists p on p.id = things.project_id;

-- The project that an event is about, for keys that are limited to projects, and for the day on which it becomes private.
alter table events add column project_id uuid;
update events set project_id = a.project_id from audiences a where a.entity_id = events.entity_id;
create index events_project on events (project_id) where project_id is not null;

-- Whoever leaves the organisation leaves its projects, and does not see them when coming back.
create function leave_projects() returns trigger language plpgsql as $$
begin
    delete from project_members where organisation_id = new.organisation_id and user_id = new.user_id;
    return null;
end $$;
create trigger members_leave_projects after update of left_at on members
    for each row when (old.left_at is null and new.left_at is not null) execute function leave_projects();

-- Whoever leaves, or is an owner no more, does not read on in what was told of projects that they do not see. By its name it comes
-- after the other trigger: whoever leaves is in no project by then.
create function members_forget() returns trigger language plpgsql as $$
begin
    update events e set audience = array_remove(e.audience, new.user_id)
     where e.organisation_id = new.organisation_id and e.project_id is not null and new.user_id = any(e.audience)
       and not exists (select from project_members m where m.project_id = e.project_id and m.user_id = new.user_id);
    return null;
end $$;
create trigger members_then_forget after update of role, left_at on members
    for each row when ((old.left_at is null and new.left_at is not null) or (old.role = 'owner' and new.role <> 'owner'))
    execute function members_forget();

-- What people call a project, by its id, for rooms that keep no tasks: keys are limited to projects. `audience` as in audiences.
create view project_names as
select p.organisation_id, p.id, p.name, a.audience
  from lists p join audiences a on a.entity_id = p.id
 where p.kind = 'list' and p.source = 'crewhall';

-- Nobody makes these projects private before the transaction ends: for whoever writes down what was told of their tasks without
-- holding the tasks. To be asked for before it is read who may hear of it.
create function hold_projects(ids uuid[]) returns void language plpgsql as $$
begin
    perform from lists where id = any(ids) order by id for key share;
end $$;
