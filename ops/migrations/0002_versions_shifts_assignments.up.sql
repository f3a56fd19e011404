-- Vocabulary, versions, scrape batches and what a version holds (domain.md 7, tables 6-12).

CREATE TABLE shift_types (
    hospital_id uuid NOT NULL,
    code varchar(50) NOT NULL,
    label varchar(255) NOT NULL,
    start_time time NOT NULL,
    end_time time NOT NULL,
    start_day_offset smallint NOT NULL DEFAULT 0,
    end_day_offset smallint NOT NULL DEFAULT 0,
    study_type varchar(50) NOT NULL,
    specialty_constraint varchar(50) NOT NULL,
    default_desired int NOT NULL DEFAULT 1,
    mandatory bool NOT NULL DEFAULT false,
    slot_code varchar(50),
    effective_body_code varchar(50),
    effective_neuro_code varchar(50),
    synonyms text[] NOT NULL,
    synonym_keys text[] NOT NULL,
    active bool NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT shift_types_pkey PRIMARY KEY (hospital_id, code),
    CONSTRAINT shift_types_start_day_offset_check CHECK (start_day_offset BETWEEN 0 AND 1),
    CONSTRAINT shift_types_end_day_offset_check CHECK (end_day_offset BETWEEN 0 AND 2),
    CONSTRAINT shift_types_study_type_check CHECK (study_type IN ('GENERAL', 'BODY', 'NEURO')),
    CONSTRAINT shift_types_specialty_constraint_check
        CHECK (specialty_constraint IN ('BODY_ONLY', 'NEURO_ONLY', 'BOTH')),
    CONSTRAINT shift_types_default_desired_check CHECK (default_desired >= 0),
    CONSTRAINT shift_types_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE CASCADE,
    CONSTRAINT shift_types_slot_code_fkey FOREIGN KEY (hospital_id, slot_code) REFERENCES shift_types (hospital_id, code),
    CONSTRAINT shift_types_effective_body_code_fkey
        FOREIGN KEY (hospital_id, effective_body_code) REFERENCES shift_types (hospital_id, code),
    CONSTRAINT shift_types_effective_neuro_code_fkey
        FOREIGN KEY (hospital_id, effective_neuro_code) REFERENCES shift_types (hospital_id, code)
);

CREATE TABLE schedule_versions (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    hospital_id uuid NOT NULL,
    version_no int NOT NULL,
    status varchar(50) NOT NULL DEFAULT 'STAGING',
    effective_start_date date NOT NULL,
    effective_end_date date NOT NULL,
    scrape_batch_id uuid,
    validation_results jsonb,
    source varchar(50) NOT NULL DEFAULT 'ODS',
    source_name varchar(255),
    source_sha256 char(64),
    layout char(1),
    data_revision bigint NOT NULL DEFAULT 0,
    data_changed_at timestamptz NOT NULL DEFAULT now(),
    notes text,
    promoted_at timestamptz,
    promoted_by uuid,
    archived_at timestamptz,
    archived_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    updated_by uuid NOT NULL,
    deleted_at timestamptz,
    deleted_by uuid,
    CONSTRAINT schedule_versions_pkey PRIMARY KEY (id),
    CONSTRAINT schedule_versions_hospital_id_version_no_key UNIQUE (hospital_id, version_no),
    CONSTRAINT schedule_versions_status_check CHECK (status IN ('STAGING', 'PRODUCTION', 'ARCHIVED')),
    CONSTRAINT schedule_versions_source_check CHECK (source IN ('ODS', 'AMION', 'MANUAL')),
    CONSTRAINT schedule_versions_layout_check CHECK (layout IN ('A', 'B')),
    CONSTRAINT schedule_versions_effective_dates_check CHECK (effective_start_date <= effective_end_date),
    CONSTRAINT schedule_versions_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id),
    CONSTRAINT schedule_versions_promoted_by_fkey FOREIGN KEY (promoted_by) REFERENCES users (id),
    CONSTRAINT schedule_versions_archived_by_fkey FOREIGN KEY (archived_by) REFERENCES users (id),
    CONSTRAINT schedule_versions_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT schedule_versions_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES users (id),
    CONSTRAINT schedule_versions_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id),
    -- At most one version of a hospital is in force on any date.
    CONSTRAINT schedule_versions_production_excl EXCLUDE USING gist (
        hospital_id WITH =, daterange(effective_start_date, effective_end_date, '[]') WITH &&
    ) WHERE (status = 'PRODUCTION' AND deleted_at IS NULL)
);

CREATE INDEX schedule_versions_hospital_id_status_idx ON schedule_versions (hospital_id, status)
    WHERE deleted_at IS NULL;
CREATE INDEX schedule_versions_effective_dates_idx ON schedule_versions (effective_start_date, effective_end_date);
CREATE INDEX schedule_versions_hospital_id_source_sha256_idx ON schedule_versions (hospital_id, source_sha256)
    WHERE status = 'STAGING' AND deleted_at IS NULL;
CREATE INDEX schedule_versions_scrape_batch_id_idx ON schedule_versions (scrape_batch_id);
CREATE INDEX schedule_versions_created_at_idx ON schedule_versions (created_at DESC);

CREATE TABLE scrape_batches (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    hospital_id uuid NOT NULL,
    schedule_version_id uuid,
    task_id varchar(255),
    source_system varchar(20) NOT NULL DEFAULT 'AMION',
    state varchar(50) NOT NULL DEFAULT 'PENDING',
    window_start_date date NOT NULL,
    window_end_date date NOT NULL,
    scraped_at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    last_scraped_date date,
    row_count int NOT NULL DEFAULT 0,
    ingest_checksum varchar(255),
    rate_policy varchar(64),
    metrics jsonb NOT NULL DEFAULT '{}',
    error_message text,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    deleted_at timestamptz,
    deleted_by uuid,
    archived_at timestamptz,
    archived_by uuid,
    CONSTRAINT scrape_batches_pkey PRIMARY KEY (id),
    CONSTRAINT scrape_batches_source_system_check CHECK (source_system IN ('AMION', 'ODS', 'MANUAL')),
    CONSTRAINT scrape_batches_state_check CHECK (state IN ('PENDING', 'COMPLETE', 'FAILED')),
    CONSTRAINT scrape_batches_window_check CHECK (window_start_date <= window_end_date),
    CONSTRAINT scrape_batches_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id),
    CONSTRAINT scrape_batches_schedule_version_id_fkey
        FOREIGN KEY (schedule_version_id) REFERENCES schedule_versions (id),
    CONSTRAINT scrape_batches_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT scrape_batches_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id),
    CONSTRAINT scrape_batches_archived_by_fkey FOREIGN KEY (archived_by) REFERENCES users (id)
);

-- The two tables name each other, so this key comes after both.
ALTER TABLE schedule_versions ADD CONSTRAINT schedule_versions_scrape_batch_id_fkey
    FOREIGN KEY (scrape_batch_id) REFERENCES scrape_batches (id);

CREATE INDEX scrape_batches_hospital_id_state_idx ON scrape_batches (hospital_id, state);
CREATE INDEX scrape_batches_hospital_id_ingest_checksum_idx ON scrape_batches (hospital_id, ingest_checksum)
    WHERE state = 'COMPLETE';
CREATE INDEX scrape_batches_state_created_at_idx ON scrape_batches (state, created_at) WHERE state = 'PENDING';
CREATE INDEX scrape_batches_window_idx ON scrape_batches (window_start_date, window_end_date);

CREATE TABLE shift_instances (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    schedule_version_id uuid NOT NULL,
    hospital_id uuid NOT NULL,
    shift_type varchar(50) NOT NULL,
    schedule_date date NOT NULL,
    start_time time NOT NULL,
    end_time time NOT NULL,
    start_day_offset smallint NOT NULL DEFAULT 0,
    end_day_offset smallint NOT NULL DEFAULT 0,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    study_type varchar(50) NOT NULL,
    specialty_constraint varchar(50) NOT NULL,
    desired_coverage int NOT NULL DEFAULT 1,
    is_mandatory bool NOT NULL DEFAULT false,
    source_key varchar(255) NOT NULL DEFAULT '',
    source_label varchar(255),
    source_study varchar(255),
    source_specialty varchar(255),
    source_row int,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    deleted_at timestamptz,
    deleted_by uuid,
    CONSTRAINT shift_instances_pkey PRIMARY KEY (id),
    CONSTRAINT shift_instances_ends_at_check CHECK (ends_at > starts_at),
    CONSTRAINT shift_instances_study_type_check CHECK (study_type IN ('GENERAL', 'BODY', 'NEURO')),
    CONSTRAINT shift_instances_specialty_constraint_check
        CHECK (specialty_constraint IN ('BODY_ONLY', 'NEURO_ONLY', 'BOTH')),
    CONSTRAINT shift_instances_desired_coverage_check CHECK (desired_coverage >= 0),
    CONSTRAINT shift_instances_schedule_version_id_fkey
        FOREIGN KEY (schedule_version_id) REFERENCES schedule_versions (id) ON DELETE CASCADE,
    CONSTRAINT shift_instances_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE CASCADE,
    CONSTRAINT shift_instances_shift_type_fkey
        FOREIGN KEY (hospital_id, shift_type) REFERENCES shift_types (hospital_id, code),
    CONSTRAINT shift_instances_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT shift_instances_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id)
);

CREATE UNIQUE INDEX shift_instances_slot_key ON shift_instances
    (schedule_version_id, schedule_date, shift_type, study_type, specialty_constraint, source_key)
    WHERE deleted_at IS NULL;
CREATE INDEX shift_instances_hospital_id_schedule_date_idx ON shift_instances (hospital_id, schedule_date)
    WHERE deleted_at IS NULL;
CREATE INDEX shift_instances_schedule_date_idx ON shift_instances (schedule_date) WHERE deleted_at IS NULL;

CREATE TABLE worklists (
    -- UUIDv5 made by the importer (domain.md 8.4), so there is no default.
    id uuid NOT NULL,
    hospital_id uuid NOT NULL,
    campus_code varchar(20) NOT NULL,
    label varchar(255) NOT NULL,
    label_key varchar(255) NOT NULL,
    modality varchar(10),
    region varchar(20),
    study_type varchar(50) NOT NULL,
    active bool NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT worklists_pkey PRIMARY KEY (id),
    CONSTRAINT worklists_hospital_id_label_key_key UNIQUE (hospital_id, label_key),
    CONSTRAINT worklists_modality_check CHECK (modality IN ('CT', 'MR', 'US', 'DX')),
    CONSTRAINT worklists_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE CASCADE
);

CREATE TABLE coverage_rules (
    -- UUIDv5 made by the importer (domain.md 8.4), so there is no default.
    id uuid NOT NULL,
    schedule_version_id uuid NOT NULL,
    hospital_id uuid NOT NULL,
    worklist_id uuid NOT NULL,
    shift_type varchar(50),
    category varchar(10) NOT NULL,
    day_type varchar(10) NOT NULL,
    scenario varchar(10) NOT NULL,
    window_start time NOT NULL,
    window_end time NOT NULL,
    start_day_offset smallint NOT NULL,
    end_day_offset smallint NOT NULL,
    sheet_name varchar(255) NOT NULL,
    source_row int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    CONSTRAINT coverage_rules_pkey PRIMARY KEY (id),
    CONSTRAINT coverage_rules_category_check CHECK (category IN ('MID', 'ON')),
    CONSTRAINT coverage_rules_day_type_check CHECK (day_type IN ('WEEKDAY', 'WEEKEND', 'ANY')),
    CONSTRAINT coverage_rules_scenario_check CHECK (scenario IN ('BODY', 'NEURO', 'ANY')),
    CONSTRAINT coverage_rules_schedule_version_id_fkey
        FOREIGN KEY (schedule_version_id) REFERENCES schedule_versions (id) ON DELETE CASCADE,
    CONSTRAINT coverage_rules_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE CASCADE,
    CONSTRAINT coverage_rules_worklist_id_fkey FOREIGN KEY (worklist_id) REFERENCES worklists (id),
    CONSTRAINT coverage_rules_shift_type_fkey
        FOREIGN KEY (hospital_id, shift_type) REFERENCES shift_types (hospital_id, code),
    CONSTRAINT coverage_rules_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id)
);

CREATE UNIQUE INDEX coverage_rules_source_key ON coverage_rules
    (schedule_version_id, sheet_name, source_row, coalesce(shift_type, ''));
CREATE INDEX coverage_rules_schedule_version_id_idx ON coverage_rules (schedule_version_id);

CREATE TABLE assignments (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    person_id uuid NOT NULL,
    shift_instance_id uuid NOT NULL,
    schedule_date date NOT NULL,
    original_shift_type varchar(255),
    source varchar(50) NOT NULL DEFAULT 'MANUAL',
    scrape_batch_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by uuid NOT NULL,
    deleted_at timestamptz,
    deleted_by uuid,
    CONSTRAINT assignments_pkey PRIMARY KEY (id),
    CONSTRAINT assignments_source_check CHECK (source IN ('AMION', 'MANUAL', 'OVERRIDE')),
    CONSTRAINT assignments_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons (id) ON DELETE CASCADE,
    CONSTRAINT assignments_shift_instance_id_fkey
        FOREIGN KEY (shift_instance_id) REFERENCES shift_instances (id) ON DELETE CASCADE,
    CONSTRAINT assignments_scrape_batch_id_fkey FOREIGN KEY (scrape_batch_id) REFERENCES scrape_batches (id),
    CONSTRAINT assignments_created_by_fkey FOREIGN KEY (created_by) REFERENCES users (id),
    CONSTRAINT assignments_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id)
);

CREATE UNIQUE INDEX assignments_person_slot_key ON assignments (person_id, shift_instance_id, schedule_date)
    WHERE deleted_at IS NULL;
CREATE INDEX assignments_shift_instance_id_idx ON assignments (shift_instance_id) WHERE deleted_at IS NULL;
CREATE INDEX assignments_person_id_schedule_date_idx ON assignments (person_id, schedule_date)
    WHERE deleted_at IS NULL;
CREATE INDEX assignments_schedule_date_original_shift_type_idx ON assignments (schedule_date, original_shift_type)
    WHERE deleted_at IS NULL;
CREATE INDEX assignments_scrape_batch_id_idx ON assignments (scrape_batch_id);
