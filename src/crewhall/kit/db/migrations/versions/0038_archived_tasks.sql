-- Tasks that were put away: few, and taken off the counts of all.
create index tasks_archived on tasks (organisation_id, id) where deleted_at is null and archived_at is not null;
