//! Sizes on the disk and runs of retention on the wire. Must not know: how they came about.

use crate::clock::iso;
use crate::domain::retention::{DiskSizes, RetentionRun, RetentionSettings, TableSize};
use casemate_shared::api::storage as wire;

/// Everything in the data directory.
pub fn storage(sizes: &DiskSizes, settings: RetentionSettings) -> wire::Storage {
    let database = &sizes.database;
    let table = |table: &TableSize| wire::TableStorage { name: table.name.to_owned(), rows: table.rows, bytes: table.bytes };
    let runs: Vec<wire::RetentionRun> = sizes.runs.iter().map(run).collect();
    wire::Storage {
        database: wire::DatabaseStorage {
            file_bytes: database.file_bytes,
            used_bytes: database.used_bytes,
            free_bytes: database.free_bytes(),
            tables: database.tables.iter().map(table).collect(),
        },
        artifacts_bytes: sizes.artifacts,
        index_bytes: sizes.index,
        spool_bytes: sizes.spool,
        retention: wire::Retention {
            findings_days: (settings.findings_days > 0).then_some(settings.findings_days),
            artifacts_days: (settings.artifacts_days > 0).then_some(settings.artifacts_days),
            artifacts_bytes: (settings.artifacts_bytes > 0).then_some(settings.artifacts_bytes),
            interval_hours: settings.interval_hours,
            last_run: runs.first().cloned(),
            runs,
        },
    }
}

fn run(run: &RetentionRun) -> wire::RetentionRun {
    wire::RetentionRun {
        started_at: iso(run.started_at),
        finished_at: iso(run.finished_at),
        pipelines: run.pipelines,
        scans: run.scans,
        findings: run.findings,
        bodies: run.bodies,
        remediations: run.remediations,
        artifacts: run.artifacts,
        files: run.files,
        file_bytes: run.file_bytes,
        database_bytes: run.database_bytes,
    }
}
