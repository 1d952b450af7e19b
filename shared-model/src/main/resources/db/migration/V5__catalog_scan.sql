-- The catalogue is made equal to the disk each day, after the night's backup.
insert into schedule (name, cron, type) values ('daily-catalog-scan', '30 3 * * *', 'catalog-scan');
