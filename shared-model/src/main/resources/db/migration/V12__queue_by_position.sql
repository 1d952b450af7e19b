-- Without fresh statistics the planner read all that is queued by the other index and sorted it, for each claim. Now only
-- the index by position holds jobs that need no writer's place.
drop index job_queue_of_writer;
create index job_queue_of_writer on job (exclusive_key, position) where state = 'QUEUED' and exclusive_key is not null;
