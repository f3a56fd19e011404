DROP TABLE import_runs;
DROP TABLE audit_logs;
DROP TABLE scrape_month_checkpoints;
DROP TABLE coverage_calculations;
