-- What the reader said of a month, so that a month that is not fetched again keeps its row errors.
ALTER TABLE scrape_month_checkpoints ADD COLUMN messages jsonb;
