-- How often the job was claimed, counted and not: unlike attempt it is never lowered, so that no two attempts of a
-- job share a number, and what a lost one left behind is never taken for its successor's.
alter table job add column claims integer not null default 0;
update job set claims = attempt;
