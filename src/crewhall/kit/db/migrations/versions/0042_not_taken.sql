-- What ClickUp did not take: kept until somebody has it sent again, or lets go of it.
alter table clickup_writes
    add column wanted      jsonb,  -- what the fields were to become, since ClickUp's values come back here meanwhile
    add column anyway      boolean not null default false,  -- over what was changed there, too
    add column decided_by  text,   -- who had it sent again, or let go of it
    drop constraint clickup_writes_state_check,
    add constraint clickup_writes_state_check check (state in ('waiting', 'done', 'failed', 'conflict', 'dismissed'));
create index clickup_writes_open on clickup_writes (organisation_id, id) where state in ('waiting', 'failed', 'conflict');
