-- Notes and transcripts of meetings: of files that people handed in, and of what was read at a platform.

create table notes (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    source           text not null,  -- where it was taken: otter, granola, loom, ...
    external_id      text not null,  -- its name there; of a file without one, a hash of what it says
    title            text not null,
    started_at       timestamptz,
    minutes          double precision,
    attendees        text[] not null default '{}',
    action_items     text[] not null default '{}',
    summary          text not null default '',
    text             text not null,
    link             text,
    folder           text,
    created_by_id    uuid references users on delete set null,  -- null: read at the platform
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    -- A word index takes no text of any length: what lies behind is looked through as it is (notes/store.py).
    words            tsvector generated always as (to_tsvector('simple', left(title || ' ' || summary || ' ' || text, 100000))) stored,
    unique (organisation_id, source, external_id)
);
create index notes_newest on notes (organisation_id, id);
create index notes_words on notes using gin (words);

-- What an organisation counts in its notes, beside what is always counted.
create table note_metrics (
    organisation_id  uuid not null references organisations on delete cascade,
    source           text not null,
    name             text not null,
    title            text not null,
    measure          text not null check (measure in ('meetings', 'minutes', 'attendees', 'action_items')),
    word             text,  -- only notes with this word
    attendee         text,  -- only notes with this attendee
    created_at       timestamptz not null,
    primary key (organisation_id, source, name)
);
