-- Somebody in two organisations has the same key twice: what was answered in one is not the other's to read.
alter table idempotency
    drop constraint idempotency_pkey,
    add primary key (organisation_id, actor_id, key);
-- Whoever is deleted takes the keys along.
create index idempotency_actor on idempotency (actor_id);
