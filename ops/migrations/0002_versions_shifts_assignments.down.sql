DROP TABLE assignments;
DROP TABLE coverage_rules;
DROP TABLE worklists;
DROP TABLE shift_instances;
ALTER TABLE schedule_versions DROP CONSTRAINT schedule_versions_scrape_batch_id_fkey;
DROP TABLE scrape_batches;
DROP TABLE schedule_versions;
DROP TABLE shift_types;
