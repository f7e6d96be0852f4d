-- How often in a row a job had to wait for something that was short, so that the pause before the next attempt grows.
-- These attempts count neither as failures nor as crashes.
ALTER TABLE packaging.packaging_jobs ADD COLUMN wait_count integer NOT NULL DEFAULT 0;
