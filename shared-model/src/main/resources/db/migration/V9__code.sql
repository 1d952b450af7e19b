-- Whether all code is committed and pushed is looked at each day, after the night's backup.
insert into schedule (name, cron, type) values ('daily-code-check', '45 3 * * *', 'code-check');
