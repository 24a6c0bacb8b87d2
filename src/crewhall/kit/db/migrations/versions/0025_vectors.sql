-- Vectors: lists of numbers that stand for texts, found again by how near they are.

create table vector_collections (
    id               uuid primary key,
    organisation_id  uuid not null references organisations on delete cascade,
    name             text not null,
    dimension        integer not null check (dimension between 1 and 4096),
    created_at       timestamptz not null,
    updated_at       timestamptz not null,
    unique (organisation_id, name)
);

create table vector_embeddings (
    collection_id  uuid not null references vector_collections on delete cascade,
    key            text not null,
    embedding      real[] not null,  -- of length one, so that the sum of products is the cosine; pgvector reads it as its own type
    scale          double precision not null,  -- how long it was when it came
    document       text,
    metadata       jsonb not null default '{}',
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    primary key (collection_id, key)
);
alter table vector_embeddings alter column embedding set storage external;  -- such numbers do not become shorter
create index vector_embeddings_metadata on vector_embeddings using gin (metadata jsonb_path_ops);
