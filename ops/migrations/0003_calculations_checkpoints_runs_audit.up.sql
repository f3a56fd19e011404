-- Results, checkpoints, the ledger of runs and the audit trail (domain.md 7, tables 13-16).

CREATE TABLE coverage_calculations (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    schedule_version_id uuid NOT NULL,
    hospital_id uuid NOT NULL,
    task_id varchar(255),
    calculation_date date NOT NULL,
    calculation_period_start_date date NOT NULL,
    calculation_period_end_date date NOT NULL,
    coverage_by_position jsonb NOT NULL,
    coverage_summary jsonb NOT NULL,
    validation_errors jsonb,
    overall_percentage numeric(5, 2) NOT NULL,
    acceptable bool NOT NULL,
    query_count int,
    data_revision bigint NOT NULL,
    index_format smallint,
    index_data bytea,
    calculated_at timestamptz NOT NULL DEFAULT now(),
    calculated_by uuid NOT NULL,
    CONSTRAINT coverage_calculations_pkey PRIMARY KEY (id),
    CONSTRAINT coverage_calculations_schedule_version_id_fkey
        FOREIGN KEY (schedule_version_id) REFERENCES schedule_versions (id) ON DELETE CASCADE,
    CONSTRAINT coverage_calculations_hospital_id_fkey
        FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE CASCADE,
    CONSTRAINT coverage_calculations_calculated_by_fkey FOREIGN KEY (calculated_by) REFERENCES users (id)
);

CREATE INDEX coverage_calculations_version_calculated_at_idx ON coverage_calculations
    (schedule_version_id, calculated_at DESC);
CREATE INDEX coverage_calculations_hospital_calculation_date_idx ON coverage_calculations
    (hospital_id, calculation_date DESC);
CREATE INDEX coverage_calculations_period_idx ON coverage_calculations
    (calculation_period_start_date, calculation_period_end_date);

CREATE TABLE scrape_month_checkpoints (
    hospital_id uuid NOT NULL,
    source_name varchar(50) NOT NULL,
    month date NOT NULL,
    state varchar(50) NOT NULL,
    checksum char(64),
    row_count int NOT NULL DEFAULT 0,
    rows jsonb,
    etag varchar(255),
    last_modified varchar(255),
    fetched_at timestamptz,
    final bool NOT NULL DEFAULT false,
    last_error varchar(255),
    scrape_batch_id uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT scrape_month_checkpoints_pkey PRIMARY KEY (hospital_id, source_name, month),
    CONSTRAINT scrape_month_checkpoints_month_check CHECK (extract(day FROM month) = 1),
    CONSTRAINT scrape_month_checkpoints_state_check CHECK (state IN ('COMPLETE', 'FAILED')),
    CONSTRAINT scrape_month_checkpoints_hospital_id_fkey
        FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE CASCADE,
    CONSTRAINT scrape_month_checkpoints_scrape_batch_id_fkey
        FOREIGN KEY (scrape_batch_id) REFERENCES scrape_batches (id)
);

CREATE TABLE audit_logs (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    hospital_id uuid,
    action varchar(255) NOT NULL,
    resource varchar(255) NOT NULL,
    resource_id uuid,
    old_values jsonb,
    new_values jsonb,
    timestamp timestamptz NOT NULL DEFAULT now(),
    ip_address inet,
    task_id varchar(255),
    CONSTRAINT audit_logs_pkey PRIMARY KEY (id),
    CONSTRAINT audit_logs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT audit_logs_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id)
);

CREATE INDEX audit_logs_user_id_idx ON audit_logs (user_id);
CREATE INDEX audit_logs_action_idx ON audit_logs (action);
CREATE INDEX audit_logs_resource_resource_id_idx ON audit_logs (resource, resource_id);
CREATE INDEX audit_logs_timestamp_idx ON audit_logs (timestamp DESC);

CREATE TABLE import_runs (
    -- Task ids are unique in a queue only, so the queue is part of the key.
    queue varchar(255) NOT NULL,
    task_id varchar(255) NOT NULL,
    phase varchar(20) NOT NULL,
    task_type varchar(64) NOT NULL,
    hospital_id uuid NOT NULL,
    schedule_version_id uuid,
    scrape_batch_id uuid,
    workflow_id varchar(255),
    status varchar(20) NOT NULL DEFAULT 'RUNNING',
    outcome varchar(20),
    attempt int NOT NULL DEFAULT 1,
    payload_sha256 char(64) NOT NULL,
    source_sha256 char(64),
    progress jsonb NOT NULL DEFAULT '{}',
    result jsonb,
    error_code varchar(64),
    error_message text,
    worker varchar(255),
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    created_by uuid NOT NULL,
    CONSTRAINT import_runs_pkey PRIMARY KEY (queue, task_id, phase),
    CONSTRAINT import_runs_phase_check CHECK (phase IN ('ods', 'amion', 'coverage')),
    CONSTRAINT import_runs_status_check CHECK (status IN ('RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    CONSTRAINT import_runs_outcome_check CHECK (outcome IN ('SUCCESS', 'PARTIAL', 'FAILED')),
    CONSTRAINT import_runs_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id),
    CONSTRAINT import_runs_schedule_version_id_fkey
        FOREIGN KEY (schedule_version_id) REFERENCES schedule_versions (id),
    CONSTRAINT import_runs_scrape_batch_id_fkey FOREIGN KEY (scrape_batch_id) REFERENCES scrape_batches (id),
    CONSTRAINT import_runs_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id)
);

CREATE INDEX import_runs_hospital_id_started_at_idx ON import_runs (hospital_id, started_at DESC);
CREATE INDEX import_runs_status_idx ON import_runs (status) WHERE status = 'RUNNING';
CREATE INDEX import_runs_workflow_id_idx ON import_runs (workflow_id);
