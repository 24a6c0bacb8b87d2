-- Private projects, and keys limited to projects (docs/decisions/0014).

-- The only projects whose tasks a key opens; null: no limit. By id: a name may be given to another project.
alter table api_keys add column projects uuid[];

-- Read by every list of tasks: in an organisation without a private project it is empty.
create index lists_private on lists (organisation_id) where visibility = 'private';

-- Who may hear of a task or of a project. Null: everybody of its organisation.
create view audiences as
select things.entity_id, p.id as project_id,
       case when p.visibility = 'private' then
           array(select m.user_id from project_members m where m.project_id = p.id
                 union
                 select m.user_id from members m where m.organisation_id = p.organisation_id and m.role = 'owner' and m.left_at is null)
       end as audience
  from (select t.id as entity_id, t.list_id as project_id from tasks t
        union all
        select l.id, l.id from lists l) things
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
