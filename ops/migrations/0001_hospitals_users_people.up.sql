-- Tenants, users and the people who work the shifts (domain.md 7, tables 1-5), and the reserved system user.

-- The exclusion constraint of schedule_versions needs it. It stays when this step is taken back: others may use it.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE hospitals (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    code varchar(50) NOT NULL,
    name varchar(255) NOT NULL,
    location varchar(255),
    timezone varchar(64) NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    last_version_no int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    deleted_by uuid,
    CONSTRAINT hospitals_pkey PRIMARY KEY (id)
);

CREATE TABLE users (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    email varchar(255) NOT NULL,
    display_name varchar(255),
    password_hash varchar(255),
    role varchar(50) NOT NULL DEFAULT 'USER',
    hospital_id uuid,
    active bool NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz,
    deleted_at timestamptz,
    deleted_by uuid,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_role_check CHECK (role IN ('ADMIN', 'SCHEDULER', 'VIEWER', 'USER')),
    CONSTRAINT users_hospital_id_fkey FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE SET NULL,
    CONSTRAINT users_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id)
);

-- The two tables name each other, so this key comes after both.
ALTER TABLE hospitals ADD CONSTRAINT hospitals_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id);

CREATE UNIQUE INDEX hospitals_code_key ON hospitals (code) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE deleted_at IS NULL;
CREATE INDEX users_hospital_id_active_idx ON users (hospital_id, active) WHERE deleted_at IS NULL;
CREATE INDEX users_role_idx ON users (role);

-- Signs scheduled jobs; inactive and without a password, so it cannot log in. SCHEDULER may import, scrape, calculate.
INSERT INTO users (id, email, display_name, role, active)
VALUES ('00000000-0000-0000-0000-000000000001', 'system@schedule.invalid', 'System', 'SCHEDULER', false);

CREATE TABLE hospital_holidays (
    hospital_id uuid NOT NULL,
    day date NOT NULL,
    name varchar(255) NOT NULL,
    CONSTRAINT hospital_holidays_pkey PRIMARY KEY (hospital_id, day),
    CONSTRAINT hospital_holidays_hospital_id_fkey
        FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE CASCADE
);

CREATE TABLE persons (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    email varchar(255) NOT NULL,
    name varchar(255) NOT NULL,
    specialty varchar(50) NOT NULL,
    active bool NOT NULL DEFAULT true,
    phone varchar(50),
    aliases text[] NOT NULL DEFAULT '{}',
    alias_keys text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    deleted_by uuid,
    CONSTRAINT persons_pkey PRIMARY KEY (id),
    CONSTRAINT persons_specialty_check CHECK (specialty IN ('BODY_ONLY', 'NEURO_ONLY', 'BOTH')),
    CONSTRAINT persons_deleted_by_fkey FOREIGN KEY (deleted_by) REFERENCES users (id)
);

CREATE UNIQUE INDEX persons_email_key ON persons (lower(email)) WHERE deleted_at IS NULL;
CREATE INDEX persons_alias_keys_idx ON persons USING gin (alias_keys) WHERE deleted_at IS NULL;
CREATE INDEX persons_specialty_idx ON persons (specialty);
CREATE INDEX persons_created_at_idx ON persons (created_at DESC);

CREATE TABLE person_hospitals (
    person_id uuid NOT NULL,
    hospital_id uuid NOT NULL,
    active_from date NOT NULL DEFAULT '0001-01-01',
    active_to date,
    CONSTRAINT person_hospitals_pkey PRIMARY KEY (person_id, hospital_id, active_from),
    CONSTRAINT person_hospitals_active_check CHECK (active_to >= active_from),
    CONSTRAINT person_hospitals_person_id_fkey FOREIGN KEY (person_id) REFERENCES persons (id) ON DELETE CASCADE,
    CONSTRAINT person_hospitals_hospital_id_fkey
        FOREIGN KEY (hospital_id) REFERENCES hospitals (id) ON DELETE CASCADE
);

CREATE INDEX person_hospitals_hospital_id_idx ON person_hospitals (hospital_id);
