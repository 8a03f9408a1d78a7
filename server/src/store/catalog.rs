//! Every table, once: name, key, value, invariant. Nothing else names a redb table.
//!
//! Must not know: what the values mean. Keys are plain bytes made by `key.rs`, integers big-endian, so
//! that byte order is logical order; values are versioned rows (`codec.rs`) unless said otherwise.

use redb::TableDefinition;

/// A table of byte strings.
#[derive(Clone, Copy)]
pub struct Table {
    /// Name inside the file; part of the format.
    pub name: &'static str,
    /// Key layout, for people.
    pub key: &'static str,
    /// Value, for people.
    pub value: &'static str,
    /// What has to hold, checked by `check.rs`.
    pub invariant: &'static str,
    /// Its place among all.
    pub(super) number: usize,
}

impl Table {
    pub(super) fn definition(self) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
        TableDefinition::new(self.name)
    }
}

macro_rules! catalog {
    ($($constant:ident $name:literal [$key:literal] => [$value:literal] $invariant:literal;)*) => {
        $(#[doc = concat!("`", $name, "`: ", $key, " -> ", $value, ". ", $invariant)]
        pub const $constant: Table =
            Table { name: $name, key: $key, value: $value, invariant: $invariant, number: Number::$constant as usize };)*
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "named as the tables are")]
        enum Number { $($constant),* }
        /// All tables; created when the store is opened.
        pub const ALL: &[Table] = &[$($constant),*];
    };
}

catalog! {
    META "meta" ["text"] => ["small values"] "format_version, database_id and secret are there";
    SEQUENCES "sequences" ["text"] => ["last id given, u64"] "not below any id in use";

    USERS "users" ["user 8"] => ["User"] "one row per user";
    USERS_BY_NAME "users_by_name" ["username, lower case"] => ["user 8"] "index of users";
    USERS_BY_EMAIL "users_by_email" ["mail address, lower case"] => ["user 8"] "index of users that have one";
    TOKENS "access_tokens" ["keyed hash 32"] => ["AccessToken"] "its user exists";
    TOKENS_BY_ID "access_tokens_by_id" ["token 8"] => ["keyed hash 32"] "index of access tokens";
    TOKENS_BY_USER "access_tokens_by_user" ["user 8, token 8"] => ["keyed hash 32"] "index of access tokens";
    TOKENS_BY_PLACE "access_tokens_by_place" ["kind 1, project, group or pipeline 8, token 8"] => ["keyed hash 32"] "index of access tokens that belong to one";
    SESSIONS "sessions" ["keyed hash 32"] => ["Session"] "its user exists";
    SESSIONS_BY_USER "sessions_by_user" ["user 8, session 8"] => ["keyed hash 32"] "index of sessions";
    SECOND_FACTORS "second_factors" ["user 8"] => ["SecondFactor"] "its user exists, and needs it exactly when it is confirmed";

    NAMESPACES "namespaces" ["namespace 8"] => ["Namespace"] "its parent exists; its path is below that of its parent";
    NAMESPACES_BY_PATH "namespaces_by_path" ["full path, lower case"] => ["namespace 8"] "index of namespaces";
    PROJECTS "projects" ["project 8"] => ["Project"] "its namespace exists; its path is below that of its namespace";
    PROJECTS_BY_PATH "projects_by_path" ["full path, lower case"] => ["project 8"] "index of projects";
    REDIRECTS "redirects" ["old full path, lower case"] => ["kind 1, project or group 8, number 8"] "what had the path before exists and stays; nothing has the path now";
    REDIRECTS_BY_TARGET "redirects_by_target" ["kind 1, project or group 8, number 8"] => ["old full path, lower case"] "index of redirects; a higher number is younger";

    MEMBERS "members" ["kind 1, project or group 8, user 8"] => ["Member"] "its user and its project or group exist; the key says the same as the row";
    MEMBERS_BY_USER "members_by_user" ["user 8, kind 1, project or group 8"] => ["empty"] "index of members";
    SECURITY_SETTINGS "security_settings" ["project 8"] => ["SecuritySettings"] "its project and who changed it last exist; the key says the same as the row";

    INSTANCE_SETTINGS "instance_settings" ["name"] => ["text"] "the settings of the last start that changes are told against; no secret";

    LABELS "labels" ["kind 1, project or group 8, label 8"] => ["Label"] "its project or group exists; the key says the same as the row";
    LABELS_BY_NAME "labels_by_name" ["kind 1, project or group 8, name, lower case"] => ["label 8"] "index of labels";
    HOOKS "hooks" ["project 8, hook 8"] => ["Hook"] "its project and who made it exist; the key says the same as the row";
    PROTECTED_BRANCHES "protected_branches" ["project 8, protection 8"] => ["ProtectedBranch"] "its project exists; the key says the same as the row; no two of a project have one name";
    BRANCHES "branches" ["project 8, name"] => ["Branch"] "its project exists; the key says the same as the row";
    COMMITS "commits" ["project 8, commit 20 or 32"] => ["ToldCommit"] "its project exists; the key says the same as the row";

    PIPELINES "pipelines" ["pipeline 8"] => ["Pipeline"] "its project exists";
    PIPELINES_BY_PROJECT "pipelines_by_project" ["project 8, pipeline 8"] => ["empty, 1 of a child"] "index of pipelines that are not deleted";
    PIPELINES_BY_KEY "pipelines_by_key" ["project 8, key text"] => ["pipeline 8"] "index of those that have a key";
    PIPELINES_BY_SHA "pipelines_by_sha" ["project 8, commit 20 or 32, pipeline 8"] => ["empty"] "index of pipelines that are not deleted";
    PIPELINES_BY_ROOT "pipelines_by_root" ["root 8, pipeline 8"] => ["empty"] "index of child pipelines, deleted ones too";
    PIPELINES_BY_DEADLINE "pipelines_by_deadline" ["time 8, pipeline 8"] => ["empty"] "index of pipelines that wait for jobs";
    JOBS "jobs" ["job 8"] => ["Job"] "its pipeline exists";
    JOBS_BY_PIPELINE "jobs_by_pipeline" ["pipeline 8, job 8"] => ["empty"] "index of jobs";
    JOBS_BY_PROJECT "jobs_by_project" ["project 8, job 8"] => ["retried 1, status text"] "index of jobs whose pipeline is not deleted";
    ARTIFACTS "artifacts" ["artifact 8"] => ["Artifact"] "its file is in the artifact store until it expires";
    ARTIFACTS_BY_JOB "artifacts_by_job" ["job 8, artifact 8"] => ["empty"] "index of artifacts";
    ARTIFACTS_BY_HASH "artifacts_by_hash" ["sha256 32, artifact 8"] => ["empty"] "index of the artifacts that have not expired: a file goes with its last entry";
    ARTIFACTS_BY_EXPIRY "artifacts_by_expiry" ["time 8, artifact 8"] => ["empty"] "index of artifacts that have a time of their own and have not expired";

    SCANS "scans" ["scan 8"] => ["Scan"] "its pipeline, job and artifact exist; its chunks exist";
    SCANS_BY_PIPELINE "scans_by_pipeline" ["pipeline 8, scan 8"] => ["empty"] "index of scans";
    IMPORTS_BY_PROJECT "imports_by_project" ["project 8, pipeline 8"] => ["empty"] "index of root pipelines that are not deleted and, with their descendants, have a scan";
    PROJECT_SIZES "project_sizes" ["project 8"] => ["4 counts, u64"] "counts of the pipelines that are not deleted, of the reports that have not expired and their bytes, of the entries of lists that are kept";
    SCANS_KEPT "scans_kept" ["project 8, scan 8"] => ["empty"] "index of scans that succeeded and were not purged";
    SCAN_CHUNKS "scan_chunks" ["hash 16"] => ["entries of 26 bytes"] "hash of its bytes; every body exists";
    UNLISTED_CHUNKS "unlisted_chunks" ["project 8, hash 16"] => ["empty"] "a chunk stands here while it may be named by no list";
    PROMOTIONS "promotions" ["project 8, report type 1, scanner 8"] => ["Promotion"] "its pipeline exists";
    COVERAGE "coverage" ["project 8, report type 1, scanner 8, pipeline 8, scan 8"] => ["Coverage"] "its scan exists; its numbers add up, and to the scan's";
    LAST_REPORTS "last_reports" ["project 8, report type 1, default branch 1"] => ["sha256 32, scan 8, change of findings 8, rules 8"] "the bytes read last; used only while all of it holds";
    SBOMS "sboms" ["project 8, pipeline 8, scan 8"] => ["StoredSbom"] "its scan and its chunks exist";
    SBOM_CHUNKS "sbom_chunks" ["project 8, hash 16"] => ["SbomChunk"] "hash of its bytes";
    PROMOTED_PIPELINES "promoted_pipelines" ["project 8, number 8"] => ["pipeline 8"] "order of ingestion on the default branch; its pipeline exists";
    UNDOS "undos" ["pipeline 8"] => ["Undo"] "one that runs is in the queue; one that is done is known to its pipeline";
    UNDO_JOURNAL "undo_journal" ["pipeline 8, vulnerability 8"] => ["UndoEntry"] "what was there before the pipeline; its pipeline, vulnerability and bodies exist";
    UNDO_PROMOTIONS "undo_promotions" ["pipeline 8, report type 1, scanner 8"] => ["PromotionBefore"] "what the promotion was before the pipeline; its chunks exist";
    SCAN_RULES "scan_rules" ["scan 8"] => ["RuleSet"] "its scan exists; goes when that is ingested";
    INGESTION_QUEUE "ingestion_queue" ["pipeline 8"] => ["empty"] "a pipeline stands here until its ingestion or its undo is done";

    BODIES "finding_bodies" ["body 8"] => ["StoredBody"] "never changes; its texts exist";
    BODIES_BY_HASH "finding_bodies_by_hash" ["project 8, hash 16"] => ["body 8"] "index of bodies";
    BODY_SAMPLES "finding_body_samples" ["project 8, scanner 8, report type 1"] => ["hash 8, bytes"] "hash of its bytes; never changes: bodies are packed with it";
    TEXTS "finding_texts" ["text 8"] => ["project 8, JSON string as in the report"] "never changes";
    TEXTS_BY_HASH "finding_texts_by_hash" ["project 8, hash 16"] => ["text 8"] "index of texts: the hash is that of the string";
    SCANNERS "scanners" ["scanner 8"] => ["Scanner"] "one per project and external id";
    SCANNERS_BY_EXTERNAL_ID "scanners_by_external_id" ["project 8, external id text"] => ["scanner 8"] "index of scanners";
    IDENTIFIERS "identifiers" ["identifier 8"] => ["Identifier"] "one per project and fingerprint";
    IDENTIFIERS_BY_FINGERPRINT "identifiers_by_fingerprint" ["project 8, sha1 20"] => ["identifier 8"] "index of identifiers";
    REMEDIATIONS "remediations" ["remediation 8"] => ["Remediation"] "one per project and checksum";
    REMEDIATIONS_BY_CHECKSUM "remediations_by_checksum" ["project 8, sha256 32"] => ["remediation 8"] "index of remediations";

    FINDINGS "vulnerability_findings" ["finding 8"] => ["VulnerabilityFinding"] "its vulnerability, body and records exist";
    FINDINGS_BY_UUID "vulnerability_findings_by_uuid" ["project 8, uuid 16"] => ["finding 8, vulnerability 8, body 8, status 1"] "index of findings; agrees with the vulnerability";
    FINDINGS_BY_LOCATION "vulnerability_findings_by_location" ["project 8, report type 1, sha1 20, finding 8"] => ["empty"] "index of findings";
    FINDINGS_BY_SIGNATURE "vulnerability_findings_by_signature" ["project 8, algorithm 1, sha1 20, finding 8"] => ["empty"] "index of findings";
    FINDINGS_BY_IMAGE "vulnerability_findings_by_image" ["project 8, image text, finding 8"] => ["empty"] "index of findings of containers on the default branch";
    FINDINGS_UNPLACED "vulnerability_findings_unplaced" ["project 8"] => ["first finding 8, changed findings 8 each"] "from there on those of the project are still to be indexed by location and signature, but for the changed ones";
    VULNERABILITIES "vulnerabilities" ["vulnerability 8"] => ["Vulnerability"] "its finding exists";
    NO_LONGER_DETECTED "vulnerabilities_no_longer_detected" ["project 8, vulnerability 8"] => ["Mark"] "its vulnerability, of that project, and its pipeline exist; the vulnerability's own row says nothing of it";
    VULNERABILITIES_BY_SCANNER "vulnerabilities_by_scanner" ["project 8, scanner 8, report type 1, vulnerability 8"] => ["status 1"] "index of vulnerabilities present on the default branch";
    READS "vulnerability_reads" ["project 8, severity rank 1, inverted vulnerability 8"] => ["packed list row 27"] "one per vulnerability present on the default branch";
    VULNERABILITY_COUNTERS "vulnerability_counters" ["project 8"] => ["48 counts, u64"] "counts of the reads by state, severity, no longer detected";
    SCANNER_COUNTERS "scanner_counters" ["project 8, scanner 8, report type 1"] => ["open 8, settled 8"] "counts of the reads that are still detected; none of zeros";
    EVENTS "vulnerability_events" ["vulnerability 8, event 8"] => ["VulnerabilityEvent"] "appended, never changed";
    TRANSITIONS "state_transitions" ["vulnerability 8, event 8"] => ["StateTransition"] "appended, never changed; its vulnerability, author and pipeline exist";

    RETENTION_SWEEPS "retention_sweeps" ["project 8"] => ["empty"] "a project stands here while bodies of it may be named by nothing";
    RETENTION_RUNS "retention_runs" ["started at 8"] => ["RetentionRun"] "the newest ones";

    AUDIT_EVENTS "audit_events" ["event 8"] => ["AuditEvent"] "appended, never changed: each has the hash of the one before, meta has that of the last";
    AUDIT_BY_ENTITY "audit_events_by_entity" ["kind 1, user, group or project 8, event 8"] => ["empty"] "index of audit events";
    AUDIT_BY_AUTHOR "audit_events_by_author" ["user 8, event 8"] => ["empty"] "index of audit events";
    AUDIT_BY_NAME "audit_events_by_name" ["name text, 0, event 8"] => ["empty"] "index of audit events";

    SEARCH_OUTBOX "search_outbox" ["seq 8"] => ["operation 1, its bodies and texts"] "what the index has not committed yet";
}
