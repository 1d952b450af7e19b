-- The truth about work: one row a job. Written by the API when it is asked for, by the worker that holds its lease,
-- and by nobody else.
create table job (
    id                  uuid primary key,
    position            bigint generated always as identity unique,
    type                text        not null,
    state               text        not null default 'QUEUED'
        check (state in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    target              text,
    exclusive_key       text,
    request             jsonb       not null,
    requested_by        text        not null,
    reason              text,
    attempt             integer     not null default 0,
    max_attempts        integer     not null default 3,
    created_at          timestamptz not null default now(),
    available_at        timestamptz not null default now(),
    started_at          timestamptz,
    finished_at         timestamptz,
    cancel_requested_at timestamptz,
    cancel_requested_by text,
    progress            jsonb,
    result              jsonb,
    failure             jsonb,
    worker              text,
    lease_token         uuid,
    lease_until         timestamptz,
    file                text,
    -- the dump is published whole, but no attempt could say so: the next one does
    adoption_due        boolean     not null default false,
    check ((state = 'RUNNING') = (lease_token is not null and lease_until is not null)),
    check ((state in ('SUCCEEDED', 'FAILED', 'CANCELLED')) = (finished_at is not null))
);

-- One writer per target, whatever number of APIs and workers run.
create unique index job_one_writer on job (exclusive_key) where state = 'RUNNING';
-- Two unfinished jobs never aim at the same file.
create unique index job_one_file on job (file) where state in ('QUEUED', 'RUNNING');
create index job_queue on job (position) where state = 'QUEUED';
create index job_queue_of_writer on job (exclusive_key, position) where state = 'QUEUED';
create index job_leases on job (lease_until) where state = 'RUNNING';
create index job_by_type on job (type, position);
create index job_by_target on job (target, position);

-- Wakes who waits. Everything also works without: each listener asks again after a moment.
create function job_notify() returns trigger language plpgsql as $$
begin
    if new.state = 'QUEUED' and (tg_op = 'INSERT' or old.state <> 'QUEUED') then
        perform pg_notify('job_queued', '');
    end if;
    if tg_op = 'UPDATE' then
        -- whoever waited for this writer's end may start now
        if old.state = 'RUNNING' and new.state <> 'RUNNING' and new.exclusive_key is not null then
            perform pg_notify('job_queued', '');
        end if;
        if new.cancel_requested_at is not null and old.cancel_requested_at is null then
            perform pg_notify('job_cancel', new.id::text);
        end if;
        if (new.state, new.progress, new.attempt) is distinct from (old.state, old.progress, old.attempt) then
            perform pg_notify('job_changed', new.id::text);
        end if;
    end if;
    return null;
end
$$;
create trigger job_notify after insert or update on job for each row execute function job_notify();

-- What the tools of a job said, secrets already taken out.
create table job_log (
    job_id  uuid        not null references job on delete cascade,
    line    bigint generated always as identity,
    attempt integer     not null,
    at      timestamptz not null default clock_timestamp(),
    text    text        not null,
    primary key (job_id, line)
);

create table idempotency_key (
    token      text        not null,
    method     text        not null,
    path       text        not null,
    key        text        not null,
    body_hash  text        not null,
    -- deferred: the key is claimed first, the job is written when the key is ours
    job_id     uuid        not null references job on delete cascade deferrable initially deferred,
    created_at timestamptz not null default now(),
    primary key (token, method, path, key)
);
create index idempotency_key_by_age on idempotency_key (created_at);
create index idempotency_key_by_job on idempotency_key (job_id);

-- Who asked for which change, from where, and what became of it.
create table audit (
    id       bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    token    text        not null,
    role     text        not null,
    remote   text        not null,
    method   text        not null,
    path     text        not null,
    status   integer     not null,
    code     text,
    job_id   uuid
);

create table worker (
    instance     uuid primary key,
    name         text        not null,
    version      text        not null,
    concurrency  integer     not null,
    started_at   timestamptz not null default now(),
    last_seen_at timestamptz not null default now()
);

-- What workers last saw of the targets.
create table target (
    name           text primary key,
    database       text        not null,
    host           text        not null,
    port           integer     not null,
    server_version text,
    reachable      boolean     not null,
    problem        text,
    checked_at     timestamptz not null default now()
);

-- An index of the manifests beside the dumps; those are the truth.
create table backup (
    id                   uuid primary key,
    job_id               uuid,
    target               text        not null,
    kind                 text        not null check (kind in ('scheduled', 'manual', 'safety', 'imported')),
    label                text,
    state                text        not null check (state in ('AVAILABLE', 'CORRUPT', 'MISSING', 'EXPIRED')),
    format               text        not null check (format in ('plain', 'custom')),
    file_name            text        not null,
    size_bytes           bigint      not null,
    sha256               text        not null,
    database_name        text        not null,
    server_version       text        not null,
    database_size_bytes  bigint,
    snapshot_at          timestamptz not null,
    created_at           timestamptz not null,
    duration_ms          bigint      not null,
    tables               integer     not null,
    rows                 bigint      not null,
    contents             jsonb       not null,
    verification         jsonb,
    pinned               boolean     not null,
    expires_at           timestamptz,
    reason               text
);
create unique index backup_one_per_file on backup (file_name) where state <> 'EXPIRED';
create unique index backup_one_per_job on backup (job_id);
create index backup_newest on backup (snapshot_at desc, id desc);
create index backup_newest_of_target on backup (target, snapshot_at desc, id desc);
