-- Folders and mirror are compared each hour, away from the full one when much else begins.
insert into schedule (name, cron, type) values ('hourly-files-check', '20 * * * *', 'files-check');
