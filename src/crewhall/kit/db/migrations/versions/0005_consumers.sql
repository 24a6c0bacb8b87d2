-- A consumer's place in the middle of a batch: of what became visible between `cursor` and `reading`, the rows up to `position`.
alter table consumers
    add column reading  pg_snapshot,
    add column position bigint not null default 0;
