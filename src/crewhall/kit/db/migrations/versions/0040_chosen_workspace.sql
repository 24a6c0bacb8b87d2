-- What people set of a connection says which of a token's workspaces is mirrored.
create or replace view connection as
select i.organisation_id, i.id as integration_id, i.platform, i.credentials_enc is not null and not i.needs_reconnect as is_usable,
       i.credentials_enc is not null as is_connected, i.metadata ? 'stand_in' as stand_in, i.settings
  from integrations i;
