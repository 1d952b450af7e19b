-- A recovery is rehearsed each month: what was never tried does not work.
insert into schedule (name, cron, type, parameters)
values ('monthly-recovery-rehearsal', '0 5 1 * *', 'recovery', '{"rehearsal": true, "confirm": "recover"}');
