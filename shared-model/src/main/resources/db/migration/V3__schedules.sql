-- Which job removed a backup's files, and why: a retention run that died in the middle is finished by its next attempt,
-- which then still tells the whole.
alter table backup add column expired_by uuid, add column expired_because text;
create index backup_expired_by on backup (expired_by) where expired_by is not null;
