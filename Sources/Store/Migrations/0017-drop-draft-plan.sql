-- Nobody reads the plan that a batch was made with: what is built is the final plan.

-- In a database of commit 89512b2 the trigger names the column. The file of its function makes it again.
DROP TRIGGER IF EXISTS refuse_to_replan ON packaging.batches;
ALTER TABLE packaging.batches DROP COLUMN draft_plan;
