-- A trial restore of the latest backup each week, Sunday morning.
insert into schedule (name, cron, type, parameters)
values ('weekly-restore-test', '0 4 * * 0', 'backup-verification', '{"level": "restore"}');
