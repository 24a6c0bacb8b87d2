-- What goes back to ClickUp: comments, who is to be told when it is not taken, and what is to be read anew then.

-- Comments that were said here and are at ClickUp by now, so that a reading does not bring them back as somebody else's.
create table clickup_said (
    organisation_id  uuid not null references organisations on delete cascade,
    external_id      text not null,  -- ClickUp's
    comment_id       uuid not null references task_comments on delete cascade,
    primary key (organisation_id, external_id)
);
create index clickup_said_comment on clickup_said (comment_id);

alter table clickup_writes add column by_id uuid references users on delete set null;

-- Where ClickUp did not take a change, its own value is to be here again, though nothing changed there.
alter table clickup_tasks add column again boolean not null default false;
create index clickup_tasks_again on clickup_tasks (mirror_id) where again;
