-- Which notifications wait for an answer, and until when: they count as read once nobody has to answer any more.

alter table notifications
    add column approval_id  uuid,
    add column lapses_at    timestamptz;
create index notifications_asked on notifications (approval_id) where approval_id is not null and read_at is null;
create index notifications_lapsing on notifications (lapses_at) where lapses_at is not null and read_at is null;
