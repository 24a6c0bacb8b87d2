-- Connections to platforms.

create table integrations (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    platform         text not null,
    connection_type  text not null check (connection_type in ('oauth', 'token')),
    name             text not null,
    status           text not null check (status in ('pending', 'connected', 'error', 'revoked')),
    needs_reconnect  boolean not null default false,  -- only a person can bring it back
    error_code       text,
    error_message    text,
    credentials_enc  bytea,  -- all tokens as one JSON object, encrypted (kit/secrets.py); null: it was disconnected
    generation       bigint not null default 0,  -- grows with every new credentials: who holds older ones reads anew
    token_ends_at    timestamptz,  -- when the first of the tokens ends; null: not known to end
    can_renew        boolean not null default false,
    renewed_at       timestamptz,
    renewing_until   timestamptz,  -- a worker asks for new tokens now, or, without a renewing_by, nobody shall before then
    renewing_by      uuid,
    scopes           text[],  -- granted; null: the platform did not say
    account_id       text not null,
    account_name     text not null,
    metadata         jsonb not null default '{}',  -- what is no secret
    connected_by_id  uuid references users on delete set null,
    connected_at     timestamptz,
    last_used_at     timestamptz,
    is_healthy       boolean,  -- null: never tried
    health_since     timestamptz,
    last_checked_at  timestamptz,
    last_ok_at       timestamptz,
    next_check_at    timestamptz not null,
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    unique (organisation_id, platform, account_id)
);
create index integrations_due on integrations (next_check_at) where credentials_enc is not null;

create table integration_checks (
    id                uuid primary key,
    integration_id    uuid not null references integrations on delete cascade,
    checked_at        timestamptz not null,
    source            text not null check (source in ('schedule', 'person', 'traffic')),
    is_healthy        boolean not null,
    response_time_ms  integer not null,
    error_code        text,
    error_message     text
);
create index integration_checks_newest on integration_checks (integration_id, id);
create index integration_checks_age on integration_checks (checked_at);

-- What is left to ask of a platform through one connection; part '' holds for all of it.
create table integration_budgets (
    integration_id  uuid not null references integrations on delete cascade,
    part            text not null,
    closed_until    timestamptz,
    failures        integer not null default 0,
    resting_until   timestamptz,
    primary key (integration_id, part)
);

-- Somebody was sent to a platform to say yes. Used once, within minutes, by the same person in the same browser.
create table oauth_states (
    id               uuid primary key,
    state_hash       bytea not null unique,
    organisation_id  uuid not null references organisations on delete cascade,
    user_id          uuid not null references users on delete cascade,
    session_id       uuid,  -- the log-in that it began in; null: it began with a key, which no browser holds
    platform         text not null,
    redirect_uri     text not null,
    verifier_enc     bytea,  -- PKCE's, encrypted
    created_at       timestamptz not null,
    expires_at       timestamptz not null,
    used_at          timestamptz
);
create index oauth_states_age on oauth_states (expires_at);

-- An outward call takes its key before it begins: answer null means that it is under way, or was cut off.
alter table idempotency alter column answer drop not null;
alter table idempotency add column reserved_until timestamptz;
