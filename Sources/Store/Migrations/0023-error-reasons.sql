-- A constant word beside the text that tells why a job failed, so that programs can tell a quota from a broken book.
ALTER TABLE packaging.packaging_jobs
    ADD COLUMN error_reason text CHECK (error_reason <> ''),
    ADD CONSTRAINT reason_has_message CHECK (error_reason IS NULL OR error_message IS NOT NULL);

ALTER TABLE packaging.job_events
    ADD COLUMN error_reason text CHECK (error_reason <> '');
