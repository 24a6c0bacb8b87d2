-- The webhook of a mirror, and views for what mirrors read of other rooms.

-- The webhook at ClickUp that tells of changes: its id there, where it sends them, and when it was looked at last.
alter table clickup_mirrors
    add column hook_id       text,
    add column hook_address  text,
    add column hook_trouble  text,
    add column hooked_at     timestamptz;

-- A task that cannot be done before another one is.
create view task_blocker as
select l.organisation_id, l.other_id as task_id, l.task_id as blocker_id from task_links l where l.kind = 'blocks';

-- Connections, for rooms that work through them: whether there is anything to work with, and whether it is only a stand-in.
create view connection as
select i.organisation_id, i.id as integration_id, i.platform, i.credentials_enc is not null and not i.needs_reconnect as is_usable,
       i.credentials_enc is not null as is_connected, i.metadata ? 'stand_in' as stand_in
  from integrations i;
