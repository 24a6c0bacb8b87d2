-- Invitations, and what an audit line is about.

-- An invitation lets one person in. Of its token only a salted hash is kept.
create table invitations (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    role             text not null check (role in ('owner', 'admin', 'member', 'viewer')),
    email            text,  -- whom it is bound to; null: whoever has the link
    token_hash       bytea not null unique,
    invited_by       uuid references users on delete set null,
    created_at       timestamptz not null,
    expires_at       timestamptz not null,
    used_at          timestamptz,
    used_by          uuid references users on delete set null,
    revoked_at       timestamptz
);
create index invitations_open on invitations (organisation_id, id) where used_at is null and revoked_at is null;

-- What people call the thing that a line is about: CH-12, a key's name. A failed log-in has no credential yet, and what the
-- operator does at the machine has no member behind it.
alter table audit add column subject text;
alter table audit alter column credential_id drop not null;
alter table audit alter column actor_id drop not null;
create index audit_actor on audit (organisation_id, actor_id, id);
create index audit_subject on audit (organisation_id, subject, id) where subject is not null;
