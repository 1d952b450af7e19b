-- Which job removed a backup's files, and why: a retention run that died in the middle is finished by its next attempt,
-- which then still tells the whole.
alter table backup add column expired_by uuid, add column expired_because text;
create index backup_expired_by on backup (expired_by) where expired_by is not null;

-- What happens by itself, and when. The API fires it; the job that comes of it is like any other.
create table schedule (
    name             text primary key check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    cron             text        not null,
    -- null: the zone of the service (TZ)
    zone             text,
    type             text        not null,
    parameters       jsonb       not null default '{}',
    enabled          boolean     not null default true,
    catch_up_seconds integer     not null default 86400 check (catch_up_seconds >= 0),
    created_at       timestamptz not null default now(),
    -- since when cron, zone and enabled are as they are: nothing that was due before counts as missed
    effective_from   timestamptz not null default now(),
    last_due_at      timestamptz,
    last_fire_at     timestamptz,
    last_job_id      uuid
);

-- One row for each due time that was answered: it is what lets any number of APIs fire a run once.
create table schedule_run (
    schedule text        not null references schedule on delete cascade,
    due_at   timestamptz not null,
    fired_at timestamptz not null default now(),
    -- null when the schedule's parameters are not valid any more
    job_id   uuid,
    problem  text,
    primary key (schedule, due_at)
);
create index schedule_run_by_age on schedule_run (fired_at);

-- Those that a worker of this version can run. A migration runs once: what somebody deletes does not come back.
insert into schedule (name, cron, type) values ('nightly-backup', '0 3 * * *', 'postgres-backup');
