-- What each check last came to. A change is written here by compare-and-set, in one transaction with its notice.
create table health_status (
    check_id text primary key,
    status   text        not null check (status in ('OK', 'WARNING', 'CRITICAL')),
    summary  text        not null,
    since    timestamptz not null default now()
);

-- Which instance watches: the others leave it alone until its time is over. One row at most.
create table health_watch (
    single      boolean primary key default true check (single),
    instance    uuid        not null,
    until       timestamptz not null
);

-- The outbox: what somebody is to be told. Written once, whoever sends it.
create table notice (
    id         bigint generated always as identity primary key,
    written_at timestamptz not null default now(),
    -- notices of one subject arrive in their order
    subject    text        not null,
    -- what may be said only once, whoever sees it: for example that a job has begun
    once       text unique,
    body       jsonb       not null
);
create index notice_by_age on notice (written_at);

-- One row for each way that a notice goes.
create table notice_delivery (
    notice_id       bigint      not null references notice on delete cascade,
    channel         text        not null check (channel in ('email', 'webhook', 'heartbeat')),
    attempts        integer     not null default 0,
    next_attempt_at timestamptz not null default now(),
    outcome         text check (outcome in ('DELIVERED', 'LOST')),
    ended_at        timestamptz,
    -- what kept it from arriving, the last time
    problem         text,
    primary key (notice_id, channel),
    check ((outcome is null) = (ended_at is null))
);
create index notice_delivery_due on notice_delivery (next_attempt_at) where outcome is null;
