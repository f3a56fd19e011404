ALTER TABLE scrape_month_checkpoints DROP COLUMN messages;
