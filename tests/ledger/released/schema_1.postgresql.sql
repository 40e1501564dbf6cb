CREATE FUNCTION remediate_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$;
CREATE TABLE approvals (
    plan_id text NOT NULL COLLATE pg_catalog."C",
    approver text NOT NULL COLLATE pg_catalog."C",
    at text NOT NULL COLLATE pg_catalog."C",
    utc_offset text NOT NULL COLLATE pg_catalog."C",
    system_account text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE batches (
    batch_id text NOT NULL COLLATE pg_catalog."C",
    plan_id text NOT NULL COLLATE pg_catalog."C",
    opened_at text NOT NULL COLLATE pg_catalog."C",
    closed_at text COLLATE pg_catalog."C",
    stopped_because text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    counts text DEFAULT '{}'::text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE buckets (
    name text NOT NULL COLLATE pg_catalog."C",
    rate double precision NOT NULL,
    capacity double precision NOT NULL,
    tokens double precision NOT NULL,
    filled_at text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT ck_buckets_capacity CHECK ((capacity > (0)::double precision)),
    CONSTRAINT ck_buckets_rate CHECK ((rate > (0)::double precision))
);
CREATE TABLE chain_head (
    id integer NOT NULL,
    seq bigint NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT ck_chain_head_one_row CHECK ((id = 1))
);
CREATE SEQUENCE chain_head_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE chain_head_id_seq OWNED BY chain_head.id;
CREATE TABLE checkpoints (
    seq bigint NOT NULL,
    text text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE control (
    id integer NOT NULL,
    mode text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT ck_control_mode CHECK (((mode = 'run'::text) OR (mode = 'pause'::text) OR (mode = 'stop'::text))),
    CONSTRAINT ck_control_one_row CHECK ((id = 1))
);
CREATE SEQUENCE control_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE control_id_seq OWNED BY control.id;
CREATE TABLE counters (
    name text NOT NULL COLLATE pg_catalog."C",
    value integer NOT NULL
);
CREATE TABLE data_keys (
    batch_id text NOT NULL COLLATE pg_catalog."C",
    wrapped bytea,
    created_at text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE epd_numbers (
    id bigint NOT NULL,
    authority text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    points_to bigint,
    merged integer NOT NULL,
    standing_at bigint NOT NULL,
    refused text NOT NULL,
    live integer NOT NULL,
    record bytea,
    content text NOT NULL,
    bsn text,
    namesake text,
    CONSTRAINT ck_epd_numbers_live_has_record CHECK (((live = 0) OR ((points_to IS NULL) AND (record IS NOT NULL)))),
    CONSTRAINT ck_epd_numbers_not_itself CHECK (((points_to IS NULL) OR (points_to <> id)))
);
CREATE TABLE epd_registry (
    id integer NOT NULL,
    revision bigint NOT NULL,
    digest text NOT NULL,
    digest_revision bigint NOT NULL,
    rule text NOT NULL,
    default_issuer text NOT NULL,
    CONSTRAINT ck_epd_registry_one_row CHECK ((id = 1))
);
CREATE SEQUENCE epd_registry_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE epd_registry_id_seq OWNED BY epd_registry.id;
CREATE TABLE epd_rejected (
    file text NOT NULL,
    line bigint NOT NULL,
    reason text NOT NULL,
    loaded_at text NOT NULL
);
CREATE TABLE events (
    seq bigint NOT NULL,
    at text NOT NULL COLLATE pg_catalog."C",
    utc_offset text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    actor text NOT NULL COLLATE pg_catalog."C",
    study text NOT NULL COLLATE pg_catalog."C",
    patient text NOT NULL COLLATE pg_catalog."C",
    batch text NOT NULL COLLATE pg_catalog."C",
    plan text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    reason text NOT NULL COLLATE pg_catalog."C",
    details text NOT NULL COLLATE pg_catalog."C",
    system_account text NOT NULL COLLATE pg_catalog."C",
    software text NOT NULL COLLATE pg_catalog."C",
    config_digest text NOT NULL COLLATE pg_catalog."C",
    previous bytea NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT ck_events_state CHECK (((state = ''::text) OR (state = 'surveyed'::text) OR (state = 'correct'::text) OR (state = 'planned'::text) OR (state = 'review'::text) OR (state = 'excluded'::text) OR (state = 'intent'::text) OR (state = 'stored'::text) OR (state = 'verified'::text) OR (state = 'failed'::text) OR (state = 'quarantined'::text) OR (state = 'drifted'::text) OR (state = 'rolled_back'::text))),
    CONSTRAINT ck_events_type CHECK (((type = 'ledger-created'::text) OR (type = 'survey'::text) OR (type = 'survey-import'::text) OR (type = 'header-probe'::text) OR (type = 'epd-loaded'::text) OR (type = 'probe'::text) OR (type = 'plan-made'::text) OR (type = 'state'::text) OR (type = 'review-decision'::text) OR (type = 'approved'::text) OR (type = 'batch-opened'::text) OR (type = 'batch-closed'::text) OR (type = 'retrieved'::text) OR (type = 'intent'::text) OR (type = 'stored'::text) OR (type = 'verified'::text) OR (type = 'verify'::text) OR (type = 'rollback'::text) OR (type = 'control'::text) OR (type = 'export'::text) OR (type = 'key-use'::text) OR (type = 'config-changed'::text) OR (type = 'checkpoint'::text)))
);
CREATE TABLE facts (
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE intent_objects (
    intent_id bigint NOT NULL,
    sop_instance_uid text NOT NULL COLLATE pg_catalog."C",
    "position" integer NOT NULL,
    sop_class_uid text NOT NULL COLLATE pg_catalog."C",
    transfer_syntax_uid text NOT NULL COLLATE pg_catalog."C",
    before_sha256 text NOT NULL COLLATE pg_catalog."C",
    intended_sha256 text NOT NULL COLLATE pg_catalog."C",
    correction bytea NOT NULL
);
CREATE TABLE intents (
    intent_id bigint NOT NULL,
    study_instance_uid text NOT NULL COLLATE pg_catalog."C",
    plan_id text NOT NULL COLLATE pg_catalog."C",
    batch_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    spool_folder text NOT NULL COLLATE pg_catalog."C",
    at text NOT NULL COLLATE pg_catalog."C",
    outcome text DEFAULT 'open'::text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT ck_intents_kind CHECK (((kind = 'correct'::text) OR (kind = 'rollback'::text))),
    CONSTRAINT ck_intents_outcome CHECK (((outcome = 'open'::text) OR (outcome = 'replaced'::text) OR (outcome = 'verified'::text) OR (outcome = 'undone'::text) OR (outcome = 'undo'::text) OR (outcome = 'dropped'::text)))
);
CREATE SEQUENCE intents_intent_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE intents_intent_id_seq OWNED BY intents.intent_id;
CREATE TABLE ledger_meta (
    id integer NOT NULL,
    schema_version integer NOT NULL,
    ledger_id text NOT NULL COLLATE pg_catalog."C",
    key_id text NOT NULL COLLATE pg_catalog."C",
    public_key text NOT NULL COLLATE pg_catalog."C",
    created_at text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT ck_ledger_meta_one_row CHECK ((id = 1))
);
CREATE SEQUENCE ledger_meta_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE ledger_meta_id_seq OWNED BY ledger_meta.id;
CREATE TABLE plan_items (
    plan_id text NOT NULL COLLATE pg_catalog."C",
    study_instance_uid text NOT NULL COLLATE pg_catalog."C",
    patient_key text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    batch_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    item bytea NOT NULL,
    CONSTRAINT ck_plan_items_state CHECK (((state = 'surveyed'::text) OR (state = 'correct'::text) OR (state = 'planned'::text) OR (state = 'review'::text) OR (state = 'excluded'::text) OR (state = 'intent'::text) OR (state = 'stored'::text) OR (state = 'verified'::text) OR (state = 'failed'::text) OR (state = 'quarantined'::text) OR (state = 'drifted'::text) OR (state = 'rolled_back'::text)))
);
CREATE TABLE plans (
    plan_id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    digest text NOT NULL COLLATE pg_catalog."C",
    path text NOT NULL COLLATE pg_catalog."C",
    created_at text NOT NULL COLLATE pg_catalog."C",
    created_by text NOT NULL COLLATE pg_catalog."C",
    planned integer NOT NULL,
    superseded integer DEFAULT 0 NOT NULL,
    CONSTRAINT ck_plans_kind CHECK (((kind = 'correct'::text) OR (kind = 'rollback'::text)))
);
CREATE TABLE reviews (
    study_instance_uid text NOT NULL COLLATE pg_catalog."C",
    sealed bytea NOT NULL
);
CREATE TABLE studies (
    study_instance_uid text NOT NULL COLLATE pg_catalog."C",
    state text NOT NULL COLLATE pg_catalog."C",
    reason text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    study_date text NOT NULL COLLATE pg_catalog."C",
    modalities text NOT NULL COLLATE pg_catalog."C",
    institution_name text NOT NULL COLLATE pg_catalog."C",
    station_name text NOT NULL COLLATE pg_catalog."C",
    referring_department text NOT NULL COLLATE pg_catalog."C",
    accession_number bytea NOT NULL,
    instances integer,
    attempts integer DEFAULT 0 NOT NULL,
    plan_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL COLLATE pg_catalog."C",
    evidence bytea NOT NULL,
    index_digest text NOT NULL COLLATE pg_catalog."C",
    patient_key text NOT NULL COLLATE pg_catalog."C",
    changed_at text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT ck_studies_source CHECK (((source = 'index'::text) OR (source = 'probe'::text) OR (source = 'objects'::text))),
    CONSTRAINT ck_studies_state CHECK (((state = 'surveyed'::text) OR (state = 'correct'::text) OR (state = 'planned'::text) OR (state = 'review'::text) OR (state = 'excluded'::text) OR (state = 'intent'::text) OR (state = 'stored'::text) OR (state = 'verified'::text) OR (state = 'failed'::text) OR (state = 'quarantined'::text) OR (state = 'drifted'::text) OR (state = 'rolled_back'::text)))
);
CREATE TABLE survey_windows (
    survey text NOT NULL COLLATE pg_catalog."C",
    span text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE work_units (
    unit_id bigint NOT NULL,
    plan_id text NOT NULL COLLATE pg_catalog."C",
    patient_key text NOT NULL COLLATE pg_catalog."C",
    state text DEFAULT 'done'::text NOT NULL COLLATE pg_catalog."C",
    owner text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    fence integer DEFAULT 0 NOT NULL,
    lease_until text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT ck_work_units_state CHECK (((state = 'free'::text) OR (state = 'claimed'::text) OR (state = 'done'::text)))
);
CREATE SEQUENCE work_units_unit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE work_units_unit_id_seq OWNED BY work_units.unit_id;
ALTER TABLE ONLY chain_head ALTER COLUMN id SET DEFAULT nextval('chain_head_id_seq'::regclass);
ALTER TABLE ONLY control ALTER COLUMN id SET DEFAULT nextval('control_id_seq'::regclass);
ALTER TABLE ONLY epd_registry ALTER COLUMN id SET DEFAULT nextval('epd_registry_id_seq'::regclass);
ALTER TABLE ONLY intents ALTER COLUMN intent_id SET DEFAULT nextval('intents_intent_id_seq'::regclass);
ALTER TABLE ONLY ledger_meta ALTER COLUMN id SET DEFAULT nextval('ledger_meta_id_seq'::regclass);
ALTER TABLE ONLY work_units ALTER COLUMN unit_id SET DEFAULT nextval('work_units_unit_id_seq'::regclass);
INSERT INTO approvals VALUES ('plan-0001', 'A. Reviewer', '2026-11-23T21:15:00.123456Z', '+01:00', 'remediate');
INSERT INTO batches VALUES ('batch-0001', 'plan-0001', '2026-11-23T21:15:00.123456Z', '2026-11-23T21:15:00.123456Z', '', '{"verified": 2}');
INSERT INTO chain_head VALUES (1, 17, '\x7c30f7709d414bf414e4e563615e91ebe7b65b10bd99c8b8c204ed988f90a43a');
INSERT INTO checkpoints VALUES (16, 'remediate-checkpoint-1
ledger: slywtkk5rwosybm5
events: 16
head: bzwy3nvvlogndhcciydkcbi4cmf7z37q3gh4wgpfbuygtq3z5fka
at: 2026-11-23T21:15:00.123456Z
key: fgwlvykbxtfpbmrodkkngtily43b4utnbp7bfsexss6jgiuwnxlq
signature: wsvao5os5an4gs6pqs5nfvnwzfi6xcq26aua5johgycvqnrhmqqpml4hzvqkz4wguhstyuvuwa6aigkr5b6nqactmocgiv4sro3xsaq
');
INSERT INTO control VALUES (1, 'run');
INSERT INTO counters VALUES ('plan', 1);
INSERT INTO counters VALUES ('batch', 1);
INSERT INTO data_keys VALUES ('batch-0001', '\x0173916d1df17c80a6ad580ea6c070025d820a0a8dfee33fc74356305a9b94f0facb77fb6a35058b247a175477a3c366936b4ed465e3338acb2763fb66', '2026-11-23T21:15:00.123456Z');
INSERT INTO events VALUES (1, '2026-11-23T21:15:00.123456Z', '+01:00', 'ledger-created', '', '', '', '', '', '', '', '{"key":"wg7owdggk5u5vcaiyvomde7gna","ledger":"slywtkk5rwosybm5","schema":1}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x14904e3f34b0f7f900f6dbc9cbdafc274e4663efb79423771b4dfdf6f08817cd', '\xfd3630d1b327bb40a5e8a6ba7d6b3bd65ad886db3bde77f672d5ff1f4de0c00f');
INSERT INTO events VALUES (2, '2026-11-23T21:15:00.123456Z', '+01:00', 'plan-made', '', '', '', '', 'plan-0001', '', '', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\xfd3630d1b327bb40a5e8a6ba7d6b3bd65ad886db3bde77f672d5ff1f4de0c00f', '\x3b82c61358eb4f49d066ed59ab72f0a39277020f3b958777afa0b949f15d75e2');
INSERT INTO events VALUES (3, '2026-11-23T21:15:00.123456Z', '+01:00', 'approved', 'A. Reviewer', '', '', '', 'plan-0001', '', '', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x3b82c61358eb4f49d066ed59ab72f0a39277020f3b958777afa0b949f15d75e2', '\xa1d10dc9e7dabb75ef06abdedef14ddd1a13ad08ceeafc9c727906c0a84993f6');
INSERT INTO events VALUES (4, '2026-11-23T21:15:00.123456Z', '+01:00', 'batch-opened', '', '', '', 'batch-0001', 'plan-0001', '', '', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\xa1d10dc9e7dabb75ef06abdedef14ddd1a13ad08ceeafc9c727906c0a84993f6', '\x5972f7eb784731bec3e24ae44313ef1d94a7a9c6edecf5a419f84f8351e1167f');
INSERT INTO events VALUES (5, '2026-11-23T21:15:00.123456Z', '+01:00', 'intent', '', '1.2.826.0.1.3680043.8.498.000000', 'whh2mznzr6t2ckqfqb63hc6z4q', 'batch-0001', 'plan-0001', 'intent', '', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x5972f7eb784731bec3e24ae44313ef1d94a7a9c6edecf5a419f84f8351e1167f', '\x7773707580e28817c56529a02d3046da894610912c84aca2ccfe9141406b4705');
INSERT INTO events VALUES (6, '2026-11-23T21:15:00.123456Z', '+01:00', 'state', '', '1.2.826.0.1.3680043.8.498.000000', 'whh2mznzr6t2ckqfqb63hc6z4q', 'batch-0001', 'plan-0001', 'stored', 'to-stored', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x7773707580e28817c56529a02d3046da894610912c84aca2ccfe9141406b4705', '\x9963cc0b8c11d1e8a2f7184975d62b4c477a0e699b622fb1cd3d5c04188a6600');
INSERT INTO events VALUES (7, '2026-11-23T21:15:00.123456Z', '+01:00', 'state', '', '1.2.826.0.1.3680043.8.498.000000', 'whh2mznzr6t2ckqfqb63hc6z4q', 'batch-0001', 'plan-0001', 'verified', 'to-verified', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x9963cc0b8c11d1e8a2f7184975d62b4c477a0e699b622fb1cd3d5c04188a6600', '\xe20466027cec36eb130370506ac0bebc8d4dd388c3ff2d5034fcade0df34a297');
INSERT INTO events VALUES (8, '2026-11-23T21:15:00.123456Z', '+01:00', 'intent', '', '1.2.826.0.1.3680043.8.498.000001', 'whh2mznzr6t2ckqfqb63hc6z4q', 'batch-0001', 'plan-0001', 'intent', '', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\xe20466027cec36eb130370506ac0bebc8d4dd388c3ff2d5034fcade0df34a297', '\xa0d4c6aaa69df3ae08210cf679814b120b3eecf9bc3371476d6e89b243d895e7');
INSERT INTO events VALUES (9, '2026-11-23T21:15:00.123456Z', '+01:00', 'state', '', '1.2.826.0.1.3680043.8.498.000001', 'whh2mznzr6t2ckqfqb63hc6z4q', 'batch-0001', 'plan-0001', 'stored', 'to-stored', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\xa0d4c6aaa69df3ae08210cf679814b120b3eecf9bc3371476d6e89b243d895e7', '\xcda16b4c492dfee66944226c7efc6bb8eaf39f0ab13f527b142d2534cedffcab');
INSERT INTO events VALUES (10, '2026-11-23T21:15:00.123456Z', '+01:00', 'state', '', '1.2.826.0.1.3680043.8.498.000001', 'whh2mznzr6t2ckqfqb63hc6z4q', 'batch-0001', 'plan-0001', 'verified', 'to-verified', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\xcda16b4c492dfee66944226c7efc6bb8eaf39f0ab13f527b142d2534cedffcab', '\x4b79dc95f5d77bb79992c60b3169444d7e7593c1206699f9faf7b07413af7aec');
INSERT INTO events VALUES (11, '2026-11-23T21:15:00.123456Z', '+00:00', 'stored', '', '1.2.826.0.1.3680043.8.498.0', 'pseudonym0', 'batch-0001', 'plan-0001', 'stored', 'read-back', '{"bytes":0,"instances":0,"note":"é \"quoted\" \\ €","odd":null,"share":0.5}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x4b79dc95f5d77bb79992c60b3169444d7e7593c1206699f9faf7b07413af7aec', '\xb36b8f2862de0eb6633c6df11443149f7c580096e71325c9805adbb9ee9ba063');
INSERT INTO events VALUES (12, '2026-11-23T21:15:01.123456Z', '+00:00', 'verified', '', '1.2.826.0.1.3680043.8.498.1', 'pseudonym0', 'batch-0001', 'plan-0001', 'verified', 'read-back', '{"bytes":524288,"instances":1,"note":"é \"quoted\" \\ €","odd":null,"share":0.5}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\xb36b8f2862de0eb6633c6df11443149f7c580096e71325c9805adbb9ee9ba063', '\x286318545ebce31a210785cbb44e50d3b59b886668f41712ea372610f37a64de');
INSERT INTO events VALUES (13, '2026-11-23T21:15:02.123456Z', '+00:00', 'verified', '', '1.2.826.0.1.3680043.8.498.2', 'pseudonym0', 'batch-0001', 'plan-0001', 'verified', 'read-back', '{"bytes":1048576,"instances":2,"note":"é \"quoted\" \\ €","odd":null,"share":0.5}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x286318545ebce31a210785cbb44e50d3b59b886668f41712ea372610f37a64de', '\x0ea6cc4680c6e98f82e66325e90549957bbc75aa752bd6bbc39374166a3e4105');
INSERT INTO events VALUES (14, '2026-11-23T21:15:03.123456Z', '+00:00', 'stored', '', '1.2.826.0.1.3680043.8.498.3', 'pseudonym1', 'batch-0001', 'plan-0001', 'stored', 'read-back', '{"bytes":1572864,"instances":3,"note":"é \"quoted\" \\ €","odd":null,"share":0.5}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x0ea6cc4680c6e98f82e66325e90549957bbc75aa752bd6bbc39374166a3e4105', '\xfffe928324f19cc4ca8f20458753c7d20949d63bbce975f6100f00197f850221');
INSERT INTO events VALUES (15, '2026-11-23T21:15:04.123456Z', '+00:00', 'verified', '', '1.2.826.0.1.3680043.8.498.4', 'pseudonym1', 'batch-0001', 'plan-0001', 'verified', 'read-back', '{"bytes":2097152,"instances":4,"note":"é \"quoted\" \\ €","odd":null,"share":0.5}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\xfffe928324f19cc4ca8f20458753c7d20949d63bbce975f6100f00197f850221', '\xcb26277abc4c03c91d2fb946591c784f17b0d87012a76ca739325db7d6705b5b');
INSERT INTO events VALUES (16, '2026-11-23T21:15:00.123456Z', '+01:00', 'batch-closed', '', '', '', 'batch-0001', 'plan-0001', '', '', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\xcb26277abc4c03c91d2fb946591c784f17b0d87012a76ca739325db7d6705b5b', '\x0e6d8db6b55b8cd19c424606a1051c130bfceff0d98fcb19e50d3069c379e954');
INSERT INTO events VALUES (17, '2026-11-23T21:15:00.123456Z', '+01:00', 'probe', '', '', '', '', '', '', '', '{}', 'remediate', 'remediate 0.1.0', 'cccccccccccccccccccccccccccccccccccccccccccccccccccc', '\x0e6d8db6b55b8cd19c424606a1051c130bfceff0d98fcb19e50d3069c379e954', '\x7c30f7709d414bf414e4e563615e91ebe7b65b10bd99c8b8c204ed988f90a43a');
INSERT INTO facts VALUES ('probe', 'x');
INSERT INTO intent_objects VALUES (1, '1.2.826.0.1.3680043.8.498.000000.1.0', 0, '1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.1.2.1', '0000000000000000000000000000000000000000000000000000000000000000', '0000000000000000000000000000000000000000000000000000000000000001', '\x017616a90459ae4ff2b0bca0464a41269b4fdd87530dde28491e79b208f434a0a5ed325979ecd0e37d6820491481665ce5768248192b52b7d37501796f7406a937e6bb867292c3a08fc79d5cb6ddbae4e5d059259164ab32fa279674d1fd729b259e92b696810970aaa8b41c1ec7ab0bb539375b11b79f23816b4abe566be4d90e101aff9f8bb941a4f4f8cb03ffb3df814604e0a6e83a6be8f24512fc8bf77c67b089f8');
INSERT INTO intent_objects VALUES (1, '1.2.826.0.1.3680043.8.498.000000.1.1', 1, '1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.1.2.1', '0000000000000000000000000000000000000000000000000000000000000001', '0000000000000000000000000000000000000000000000000000000000000002', '\x017ac1ae760a0745cf87939836b65dd073b18bc249c8d25b027e5dd903be733dfa16c0f6da13d47e785007f538211d998c9d9534445a059e96517748c4a7689630bf49afdb732e6b30bc331d315853f1105976358ad9b5ceb0aef99bcd6e69e73703f7b8db6315b66515218c137d0d4ef91164dcea7e688aeffc2ce40e4eb4ad6636493f907eee875b6831e0889095a7696d4b9fd81c22ec3073f2095397775540f0d1f3');
INSERT INTO intent_objects VALUES (2, '1.2.826.0.1.3680043.8.498.000001.1.0', 0, '1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.1.2.1', '0000000000000000000000000000000000000000000000000000000000000000', '0000000000000000000000000000000000000000000000000000000000000001', '\x01c794ac69707f8a9e02096b1d144d4150aa59d9e9d204a9d9c6a95bf13f42666ea64f4e502816e85e92a4bf5eb6b85336cfb1b858a6e0a165a54863f2bedc80ecde61a28636e338d2106c03fd52c5d8779436de45881cd4fc38c201370398df2a1869942d685a484e6309bf937a03edf871b5ef8a3d96480d8dbdfefd3ee3e31790c2ccbc2a230ded69a5bf921d1c0770ab147584722e4eb4f5d04695e0f51b2264c210');
INSERT INTO intent_objects VALUES (2, '1.2.826.0.1.3680043.8.498.000001.1.1', 1, '1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.1.2.1', '0000000000000000000000000000000000000000000000000000000000000001', '0000000000000000000000000000000000000000000000000000000000000002', '\x01811bb06024c8fd37ab9bbfcb920b3d5608dd483ef4291d25de31126c13b10ab6cb2842804875fe6811963ad792c9885d0ba54eb7b09bf039a45239847583e51e00fca195f865b44b89be9d0043e812d69ebd708f48130fae5668abfad79630b91921bab24d720517afc5bb452530ad08a108a124bf9d3086418f8a80195642bc14f0e1a1bc75e6427de9eb3602e741500bf7ba26b497bf0a0177335fe5b46b85a270cc');
INSERT INTO intents VALUES (1, '1.2.826.0.1.3680043.8.498.000000', 'plan-0001', 'batch-0001', 'correct', 'original', '2026-11-23T21:15:00.123456Z', 'verified');
INSERT INTO intents VALUES (2, '1.2.826.0.1.3680043.8.498.000001', 'plan-0001', 'batch-0001', 'correct', 'original', '2026-11-23T21:15:00.123456Z', 'verified');
INSERT INTO ledger_meta VALUES (1, 1, 'slywtkk5rwosybm5', 'wg7owdggk5u5vcaiyvomde7gna', 'fgwlvykbxtfpbmrodkkngtily43b4utnbp7bfsexss6jgiuwnxlq', '2026-11-23T21:15:00.123456Z');
INSERT INTO plan_items VALUES ('plan-0001', '1.2.826.0.1.3680043.8.498.000002', 'r6aeutj3vnqoatebqqcifvsm6e', 'planned', '', '\x01d6aab7e14f9ab4cf42dea35243a412eb406a6af4f050eb0acf77246a5b74e42d4390cee07ae6844fe8730d56a691b5adebf73d7e781c7bfc93582f4c4c7663771956b69dd9e2470112003133be525d55afde8daeb3a734a60dad3f30f61b0d8046e716b47ffa9e50bb60cff10a3f5c7ba420bde2653cbc5b1bfd00758d6fb8390cbaeeeff0ffe8d5f59198cc9159a8185d715ffce5fe5b1de2b09c8bb3a8d92d04ef35b32b41c1c2');
INSERT INTO plan_items VALUES ('plan-0001', '1.2.826.0.1.3680043.8.498.000003', 'r6aeutj3vnqoatebqqcifvsm6e', 'planned', '', '\x0135dfed0a568fe215dd1631869d3ce5b94930d3602fbf6ce7b4bffb361505026c36e4103ac9b480557a000c5af3dcdd4b4c0ecfbfdaf0ddb1f3f1b846421b0e01f98a0c867d5b31325b7678f3faef2a712707eee86f43fd02785704afc0a3211ef20d76807c57583218a2b4a61b02ed6ba203a1ea6451dd2aed8f5090fb4f9fe52f091fbb91d7ceaea796a507e6d241dc9341e2ceef798767c296784ca7c33b8c114be8bd77ebe6fc');
INSERT INTO plan_items VALUES ('plan-0001', '1.2.826.0.1.3680043.8.498.000000', 'whh2mznzr6t2ckqfqb63hc6z4q', 'verified', 'batch-0001', '\x0140b18b76761cf344f46c67d08b9f1779354059511055648dfb4e96660e1198ca1bf34c800ed4c610594cdf795adf7367d31c3f90eccd927ea17cc3cf69a2175810faddf8ca89abc272e151fc8fcbbdc1403945daa434ec45c4a801bd9c998a60cfd255e8f304cf817d6d5a2e3508bdb9c92249d05862f7bc676ac1368a92ba921dce27c54493085c7b210e16a05ed92f533b7cc1199809a1e695fa82bc98cff6fe0228f2d6c3fb5c');
INSERT INTO plan_items VALUES ('plan-0001', '1.2.826.0.1.3680043.8.498.000001', 'whh2mznzr6t2ckqfqb63hc6z4q', 'verified', 'batch-0001', '\x01f6c87ea12ce83a9d5555077d3cae75f35b99b86a77475bac45e8b52f806e4f62642c86e39698d23a63b5a2692b9d06fe32957411609e0da869cd8ce4d413495e878aabdf2e0797a3b765b2b95470e527c05ea45b8599d11a801fc6cfdcc2de4a98839a2c33f1d40b331fe51567d69b4f264c20fbb7bf517987bf9f32bb9f1fa3539b605a7cba6dae21be020e5f2862d5667f892563893925dcc107d26264cb1fb8b16efc577e5019');
INSERT INTO plans VALUES ('plan-0001', 'correct', 'dddddddddddddddddddddddddddddddddddddddddddddddddddd', 'plan.json', '2026-11-23T21:15:00.123456Z', 'Planner', 4, 0);
INSERT INTO studies VALUES ('1.2.826.0.1.3680043.8.498.000002', 'planned', '', '20190304', 'CT\SR', 'Ziekenhuis', 'CT1', 'RAD', '\x0103e4c53e7c9886ead15a0b0c0a7c3f3034757903589d9d1dc3edbb2a2174', 3, 0, 'plan-0001', 'index', '\x01060376b626be82f5aad9d0157589fc8979b75402ecb4363ed6859fa2565883beb6a2238bcddddbd79c0051075be6e775f5b6aef7931b93d2c3c24beb8bc25fd6cb51e6de795098936aac748bf83aa4e94cd3ee90ccd8e57405b70e1034c6dd7126280d7c422bee1552cab6c3aad936f3cf98cd1ac2d89a18d1449b33f0426675dff7243bb430bb797763f6603db43248ad78fb2487be8a80fd09970026dfb976a66680e3aaaf8a70d836d9f2f2771b8c1767a8be97698687d585b7e4de6408491439627dd2a130c90dd9ce7e703f90597d9aa830f71075038c8bd2c428d6a5e91cd0fefbbf138a669ceff9ec9029a27be6dfe5e25fc45fb4f53b56a45f3a0fca73ad8866d1e83339b10880d65d5d3d04af2ffc64d275310677478c681dfa614c5db2c33a1e828bcca1954dbeb6ba', 'x3wy2fforxvr4tmoto7qekdt3vwiyzbuihul4e7tgxd6ev3y3gjq', 'r6aeutj3vnqoatebqqcifvsm6e', '2026-11-23T21:15:00.123456Z');
INSERT INTO studies VALUES ('1.2.826.0.1.3680043.8.498.000003', 'planned', '', '20190304', 'CT\SR', 'Ziekenhuis', 'CT1', 'RAD', '\x01c819985e65fa1c82293350b582ede8f7fb054ad04db1af49c0984bdb37f2', 3, 0, 'plan-0001', 'index', '\x010f6482a04d06af4043a465ab89d05930b4fac46369366c889782fe6d4024d42ce1de716dd2a10b86575663ef7bfa56da25cab25afcbc633ebad52ce258ba49c86503119a827f200aba8e5c68b88358881ce822b38901761887ad32c80cf84e51811834484f33914e1989651ee125d3889cb9e3adca5168cbe99e0e09566731a10beb563b0e00300b982481465ad603ae031c9fad27066e30b81ce89252eeedb36fa269bf46b31a38ce6e5c71f16f3969e5ea7cdeab485285e46f1701fcf080db949daafdf80c7ebb174f7bf3f776d7fb72fbcb8fa56f31deabdf4b6d2da440b7a8fd60ff18c6b6e5910fc1f0baa7308a886a9d5b240bdcbb5375392e8dd47725245c4acd3d234ee1fdc06b1ec88945086d5c7d0800ef2df54dd7690c63c9f29aecc85294d9164088dcbc9ea2ac46', '2rw3hayyfs3iam5fwoqcrlfwi62ct3dfkbpifq24rgwcqi5tmcbq', 'r6aeutj3vnqoatebqqcifvsm6e', '2026-11-23T21:15:00.123456Z');
INSERT INTO studies VALUES ('1.2.826.0.1.3680043.8.498.000000', 'verified', 'to-verified', '20190304', 'CT\SR', 'Ziekenhuis', 'CT1', 'RAD', '\x01a920be3145e1597699063236bf620a73ceb609342df836226061de23dc1f', 3, 0, 'plan-0001', 'index', '\x01eeddc03b2081adca490164249d797a76665bfac77245882b5e75bcf2f7a7a2b86b9f5822ece9ef92231638e1ceab3efa49a1166a45e8fca68bf35f73257838981314fbfdab1717e43de64b72d5f34c0c448c9f2a068ef9dde885e2087deec1509b7b36327fe8b875ea6dec1f5314e4f16a819590ace51c9730240b513f53f266daf41ca36b1e86441f170ca723549f1e8f07acaccad38822d46c3714efff8313b5bacbd7ae75a26b6709fb3429f21e68d825d777f4f4a0b9f23130aeadbe6fa54e2c2b8e50e1d5a735a63eb00b7220253c20d9ae4c28b6662eac3a1ef30b2fde84eb59b5e23447c2727803b8b0aba9c7d105195735d0367d08627277541ff43f527c9284e93b3ba18a08cf66bf672ac40c03c488716c3eed01f6f879449bbcd10897560f4458a457345e91461108', 'dgjjzxynec4j45xp5xwepyz6iru2tqsdnkgovtv6a7rwdsdjd4za', 'whh2mznzr6t2ckqfqb63hc6z4q', '2026-11-23T21:15:00.123456Z');
INSERT INTO studies VALUES ('1.2.826.0.1.3680043.8.498.000001', 'verified', 'to-verified', '20190304', 'CT\SR', 'Ziekenhuis', 'CT1', 'RAD', '\x0104906fbaa67c62cd3a86e5cd9b4fa727f22310e1517ae33c936c7e717515', 3, 0, 'plan-0001', 'index', '\x01fd96ccb6b433d02423a1a2dc8a4a25663b8a5e5dccb5ac7587b838244a9555f97921fb4b7be97ba66f0735d898067a6daf6ed3716b3dc202427ff2e37a93e67ae8e89ba7d931f5a2291a0288cdd87cc93b8fa31c8da4b19c11a369b04aac50fb9be99d5c9db61199102608423b240612a1ecc071e7526af63830d3e2ec8bb6f58e536c58d0b333c15b7738b9a153c5baa4f8b04ec64af464e9754ae4307287b8574362eb5500daed81386cd7ed71a1cfbcf8e989b95b532e43071e40752f02f00a1cdea10c1a125a7dc4cbf42dfe6c92e35c70d25be8baa9b2a49fb2176c5c4b07d87cc46f9ce87769a5135a21583e72bf335bea4fbc7d28be13d92466d1a7094e2c8b789627c900f713ba57d1bae1428477284d78eb6d48576f906f5fced8773a823ca337117af9e69fb4c11268', 'anrylkcc6dnriogoj5od7sjpdh22a24jctf4zqgqh74azlvso2oq', 'whh2mznzr6t2ckqfqb63hc6z4q', '2026-11-23T21:15:00.123456Z');
INSERT INTO work_units VALUES (1, 'plan-0001', 'r6aeutj3vnqoatebqqcifvsm6e', 'free', '', 1, '');
INSERT INTO work_units VALUES (2, 'plan-0001', 'whh2mznzr6t2ckqfqb63hc6z4q', 'done', '', 1, '');
SELECT pg_catalog.setval('chain_head_id_seq', 1, false);
SELECT pg_catalog.setval('control_id_seq', 1, false);
SELECT pg_catalog.setval('epd_registry_id_seq', 1, false);
SELECT pg_catalog.setval('intents_intent_id_seq', 2, true);
SELECT pg_catalog.setval('ledger_meta_id_seq', 1, false);
SELECT pg_catalog.setval('work_units_unit_id_seq', 2, true);
ALTER TABLE ONLY approvals
    ADD CONSTRAINT pk_approvals PRIMARY KEY (plan_id, approver);
ALTER TABLE ONLY batches
    ADD CONSTRAINT pk_batches PRIMARY KEY (batch_id);
ALTER TABLE ONLY buckets
    ADD CONSTRAINT pk_buckets PRIMARY KEY (name);
ALTER TABLE ONLY chain_head
    ADD CONSTRAINT pk_chain_head PRIMARY KEY (id);
ALTER TABLE ONLY checkpoints
    ADD CONSTRAINT pk_checkpoints PRIMARY KEY (seq);
ALTER TABLE ONLY control
    ADD CONSTRAINT pk_control PRIMARY KEY (id);
ALTER TABLE ONLY counters
    ADD CONSTRAINT pk_counters PRIMARY KEY (name);
ALTER TABLE ONLY data_keys
    ADD CONSTRAINT pk_data_keys PRIMARY KEY (batch_id);
ALTER TABLE ONLY epd_numbers
    ADD CONSTRAINT pk_epd_numbers PRIMARY KEY (id);
ALTER TABLE ONLY epd_registry
    ADD CONSTRAINT pk_epd_registry PRIMARY KEY (id);
ALTER TABLE ONLY events
    ADD CONSTRAINT pk_events PRIMARY KEY (seq);
ALTER TABLE ONLY facts
    ADD CONSTRAINT pk_facts PRIMARY KEY (name);
ALTER TABLE ONLY intent_objects
    ADD CONSTRAINT pk_intent_objects PRIMARY KEY (intent_id, sop_instance_uid);
ALTER TABLE ONLY intents
    ADD CONSTRAINT pk_intents PRIMARY KEY (intent_id);
ALTER TABLE ONLY ledger_meta
    ADD CONSTRAINT pk_ledger_meta PRIMARY KEY (id);
ALTER TABLE ONLY plan_items
    ADD CONSTRAINT pk_plan_items PRIMARY KEY (plan_id, study_instance_uid);
ALTER TABLE ONLY plans
    ADD CONSTRAINT pk_plans PRIMARY KEY (plan_id);
ALTER TABLE ONLY reviews
    ADD CONSTRAINT pk_reviews PRIMARY KEY (study_instance_uid);
ALTER TABLE ONLY studies
    ADD CONSTRAINT pk_studies PRIMARY KEY (study_instance_uid);
ALTER TABLE ONLY survey_windows
    ADD CONSTRAINT pk_survey_windows PRIMARY KEY (survey, span);
ALTER TABLE ONLY work_units
    ADD CONSTRAINT pk_work_units PRIMARY KEY (unit_id);
ALTER TABLE ONLY epd_numbers
    ADD CONSTRAINT uq_epd_numbers_authority UNIQUE (authority, value);
CREATE INDEX ix_epd_numbers_bsn ON epd_numbers USING btree (bsn) WHERE (bsn IS NOT NULL);
CREATE INDEX ix_epd_numbers_live ON epd_numbers USING btree (live);
CREATE INDEX ix_epd_numbers_namesake ON epd_numbers USING btree (namesake) WHERE (namesake IS NOT NULL);
CREATE INDEX ix_epd_numbers_points_to ON epd_numbers USING btree (points_to) WHERE (points_to IS NOT NULL);
CREATE INDEX ix_epd_rejected_file ON epd_rejected USING btree (file);
CREATE INDEX ix_events_batch ON events USING btree (batch, seq) WHERE (batch <> ''::text);
CREATE INDEX ix_events_patient ON events USING btree (patient, seq) WHERE (patient <> ''::text);
CREATE INDEX ix_events_study ON events USING btree (study, seq) WHERE (study <> ''::text);
CREATE INDEX ix_intents_study ON intents USING btree (study_instance_uid, intent_id);
CREATE INDEX ix_plan_items_patient_key ON plan_items USING btree (plan_id, patient_key);
CREATE INDEX ix_studies_state ON studies USING btree (state, reason);
CREATE INDEX ix_work_units_free ON work_units USING btree (plan_id, fence, unit_id) WHERE (state = 'free'::text);
CREATE UNIQUE INDEX uq_work_units_one_worker_a_patient ON work_units USING btree (patient_key) WHERE (state = 'claimed'::text);
CREATE UNIQUE INDEX uq_work_units_plan_patient ON work_units USING btree (plan_id, patient_key);
CREATE TRIGGER checkpoints_no_truncate BEFORE TRUNCATE ON checkpoints FOR EACH STATEMENT EXECUTE FUNCTION remediate_append_only();
CREATE TRIGGER checkpoints_no_update BEFORE DELETE OR UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION remediate_append_only();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION remediate_append_only();
CREATE TRIGGER events_no_update BEFORE DELETE OR UPDATE ON events FOR EACH ROW EXECUTE FUNCTION remediate_append_only();
ALTER TABLE ONLY approvals
    ADD CONSTRAINT fk_approvals_plan_id_plans FOREIGN KEY (plan_id) REFERENCES plans(plan_id);
ALTER TABLE ONLY batches
    ADD CONSTRAINT fk_batches_plan_id_plans FOREIGN KEY (plan_id) REFERENCES plans(plan_id);
ALTER TABLE ONLY data_keys
    ADD CONSTRAINT fk_data_keys_batch_id_batches FOREIGN KEY (batch_id) REFERENCES batches(batch_id);
ALTER TABLE ONLY epd_numbers
    ADD CONSTRAINT fk_epd_numbers_points_to_epd_numbers FOREIGN KEY (points_to) REFERENCES epd_numbers(id);
ALTER TABLE ONLY intent_objects
    ADD CONSTRAINT fk_intent_objects_intent_id_intents FOREIGN KEY (intent_id) REFERENCES intents(intent_id);
ALTER TABLE ONLY intents
    ADD CONSTRAINT fk_intents_batch_id_data_keys FOREIGN KEY (batch_id) REFERENCES data_keys(batch_id);
ALTER TABLE ONLY intents
    ADD CONSTRAINT fk_intents_study_instance_uid_studies FOREIGN KEY (study_instance_uid) REFERENCES studies(study_instance_uid);
ALTER TABLE ONLY plan_items
    ADD CONSTRAINT fk_plan_items_plan_id_plans FOREIGN KEY (plan_id) REFERENCES plans(plan_id);
ALTER TABLE ONLY reviews
    ADD CONSTRAINT fk_reviews_study_instance_uid_studies FOREIGN KEY (study_instance_uid) REFERENCES studies(study_instance_uid);
ALTER TABLE ONLY work_units
    ADD CONSTRAINT fk_work_units_plan_id_plans FOREIGN KEY (plan_id) REFERENCES plans(plan_id);
