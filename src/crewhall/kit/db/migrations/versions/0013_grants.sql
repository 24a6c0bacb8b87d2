-- Programs that people let in: clients and grants of OAuth 2.1.

-- A program that registered itself. It belongs to no organisation: it says who it is before anybody has signed in.
create table oauth_clients (
    id             text primary key,
    name           text not null,     -- what it calls itself; nobody has checked it
    uri            text,
    redirect_uris  text[] not null,
    origin         bytea not null,    -- a keyed hash of the address that it registered from, so that floods can be counted
    created_at     timestamptz not null default now(),
    granted_at     timestamptz        -- when somebody last let it in
);
create index oauth_clients_created on oauth_clients (created_at);

-- What one person let one program do. All codes and tokens that come of it are one family, and end together.
create table grants (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    user_id          uuid not null references users on delete cascade,
    client_id        text not null references oauth_clients on delete cascade,
    client_name      text not null,
    scopes           text[] not null,
    redirect_uri     text not null,   -- where its code was sent
    resource         text not null,   -- the only address that its tokens open, with those below it
    created_at       timestamptz not null default now(),
    opened_at        timestamptz,     -- when its code became tokens
    last_used_at     timestamptz,
    revoked_at       timestamptz
);
create index grants_user on grants (user_id);
create index grants_client on grants (client_id);

create table grant_secrets (
    hash          bytea primary key,  -- salted, as those of keys are
    grant_id      uuid not null references grants on delete cascade,
    kind          text not null check (kind in ('code', 'access', 'refresh')),
    scopes        text[],             -- of an access token that was asked for with less; null: all of the grant's
    challenge     text,               -- a code's: what its verifier must hash to
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    used_at       timestamptz,        -- codes and refresh tokens are good once
    check ((kind = 'code') = (challenge is not null))
);
create index grant_secrets_grant on grant_secrets (grant_id);
create index grant_secrets_expires on grant_secrets (expires_at);
