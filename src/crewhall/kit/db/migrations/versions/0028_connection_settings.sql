-- What people set of a connection: the platform's own settings, and whether it is tried again and again.

alter table integrations add column settings jsonb not null default '{}';
alter table integrations add column health_checks boolean not null default true;
create index integration_checks_days on integration_checks (integration_id, checked_at);
