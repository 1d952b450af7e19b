-- What a backup holds beside the rows of its tables. The next scan fills it in for those that are there.
alter table backup add column fingerprint jsonb;
