-- The list of Ollama's models is written down each day, after the night's backup.
insert into schedule (name, cron, type) values ('daily-ollama-manifest', '15 3 * * *', 'ollama-manifest');
