//! Sizes on the disk and runs of retention on the wire. Must not know: how they came about.

use crate::clock::iso;
use crate::domain::project::Project;
use crate::domain::retention::{DiskSizes, ProjectSizes, RetentionRun, RetentionSettings, TableSize};
use crate::store::{ReadTx, StoreError, project_sizes, projects as stored, reads};
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

/// What projects are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeOrder {
    /// Bytes of reports.
    ReportBytes,
    /// Reports.
    Reports,
    /// Findings of pipelines.
    Findings,
    /// Pipelines.
    Pipelines,
    /// Vulnerabilities.
    Vulnerabilities,
    /// Number.
    Id,
}

impl SizeOrder {
    /// Reads the API's word.
    pub fn parse(word: &str) -> Option<SizeOrder> {
        Some(match word {
            "report_bytes" => SizeOrder::ReportBytes,
            "reports" => SizeOrder::Reports,
            "findings" => SizeOrder::Findings,
            "pipelines" => SizeOrder::Pipelines,
            "vulnerabilities" => SizeOrder::Vulnerabilities,
            "id" => SizeOrder::Id,
            _ => return None,
        })
    }

    const fn of(self, one: &wire::ProjectStorage) -> u64 {
        match self {
            SizeOrder::ReportBytes => one.report_bytes,
            SizeOrder::Reports => one.reports,
            SizeOrder::Findings => one.findings,
            SizeOrder::Pipelines => one.pipelines,
            SizeOrder::Vulnerabilities => one.vulnerabilities,
            SizeOrder::Id => one.id,
        }
    }
}

/// What is kept of every project that is there, in order; of two that are alike the older one comes first.
///
/// # Errors
/// When the store fails.
pub fn projects(rtx: &ReadTx, order: SizeOrder, is_descending: bool) -> Result<Vec<wire::ProjectStorage>, StoreError> {
    let sizes = project_sizes::all(rtx)?;
    let there = stored::projects(rtx)?.into_iter().filter(|project| project.deleted_at.is_none());
    let kept = |project: Project| sized(rtx, &project, sizes.get(&project.id).copied().unwrap_or_default());
    let mut all = there.map(kept).collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|one| if is_descending { u64::MAX - order.of(one) } else { order.of(one) });
    Ok(all)
}

/// What is kept of a project.
///
/// # Errors
/// When the store fails.
pub fn project(rtx: &ReadTx, project: &Project) -> Result<wire::ProjectStorage, StoreError> {
    sized(rtx, project, project_sizes::of_project(rtx, project.id)?)
}

fn sized(rtx: &ReadTx, project: &Project, sizes: ProjectSizes) -> Result<wire::ProjectStorage, StoreError> {
    Ok(wire::ProjectStorage {
        id: project.id,
        name: project.name.clone(),
        path_with_namespace: project.full_path.clone(),
        archived: project.archived,
        pipelines: sizes.pipelines,
        reports: sizes.reports,
        report_bytes: sizes.report_bytes,
        findings: sizes.findings,
        vulnerabilities: reads::counters(rtx, project.id)?.total(),
    })
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
