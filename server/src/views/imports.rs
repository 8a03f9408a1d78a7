//! The history of imports and the undo of one, on the wire. Must not know: HTTP, what may be taken back.

use super::{pipelines, uploads};
use crate::clock::iso;
use crate::domain::pipeline::Pipeline;
use crate::domain::project::Project;
use crate::domain::undo::{Kept, Undo};
use crate::store::{ReadTx, StoreError, accounts, findings, pipelines as stored, scans, undo as undos};
use casemate_shared::UndoStatus;
use casemate_shared::api::import as wire;

/// One import: a pipeline with its descendants. `refused` is why it can't be taken back now.
///
/// # Errors
/// When the store fails or a row is missing.
pub fn import(
    rtx: &ReadTx,
    project: &Project,
    of: &Pipeline,
    refused: Option<String>,
    origin: &str,
) -> Result<wire::Import, StoreError> {
    let mut reports = Vec::new();
    let mut summaries = Vec::new();
    for scan in scans::of_descent(rtx, of.id)?.into_iter().filter(|scan| scan.latest) {
        summaries.push(pipelines::summary(&scan));
        reports.push(wire::ImportedReport {
            scan_id: scan.id,
            job_name: stored::find_job(rtx, scan.job_id)?.map(|job| job.name).unwrap_or_default(),
            report_type: scan.report_type,
            filename: stored::find_artifact(rtx, scan.artifact_id)?.map(|file| file.filename).unwrap_or_default(),
            status: scan.status,
        });
    }
    let undo = undos::find_undo(rtx, of.id)?;
    Ok(wire::Import {
        pipeline: pipelines::pipeline(of.clone(), project, origin),
        user: actor(rtx, of.user_id)?,
        reports,
        summary: uploads::total(summaries.iter().map(Option::as_ref)),
        undo: undo.map(|entry| self::undo(rtx, &entry)).transpose()?,
        undo_refused: refused,
    })
}

fn actor(rtx: &ReadTx, id: u64) -> Result<Option<wire::Actor>, StoreError> {
    Ok(accounts::find_user(rtx, id)?.map(|user| wire::Actor { id, username: user.username, name: user.name }))
}

/// What an undo did so far.
///
/// # Errors
/// When the store fails.
pub fn undo(rtx: &ReadTx, undo: &Undo) -> Result<wire::UndoAnswer, StoreError> {
    let kept = |(reason, count): &(casemate_shared::KeptImported, u64)| wire::KeptCount {
        reason: *reason,
        count: *count,
        text: match count {
            1 => format!("1 vulnerability was kept: {}.", reason.label()),
            _ => format!("{count} vulnerabilities were kept: {}.", reason.label()),
        },
    };
    let mut kept_reasons: Vec<wire::KeptCount> = undo.kept.iter().map(kept).collect();
    kept_reasons.sort_by_key(|entry| entry.reason);
    Ok(wire::UndoAnswer {
        pipeline_id: undo.pipeline_id,
        status: undo.status,
        user: actor(rtx, undo.user_id)?,
        created_at: iso(undo.created_at),
        finished_at: undo.finished_at.map(iso),
        undone: wire::TakenBack {
            created: undo.created,
            changed: undo.changed,
            redetected: undo.redetected,
            marked: undo.marked,
        },
        kept: undo.kept_total(),
        kept_reasons,
        kept_vulnerabilities: undo.kept_first.iter().map(|entry| kept_one(rtx, entry)).collect::<Result<_, _>>()?,
        text: sentence(rtx, undo)?,
    })
}

fn kept_one(rtx: &ReadTx, kept: &Kept) -> Result<wire::KeptVulnerability, StoreError> {
    let text = match kept.pipeline_id {
        Some(pipeline) => format!("Kept: {} (pipeline #{pipeline}).", kept.reason.label()),
        None => format!("Kept: {}.", kept.reason.label()),
    };
    Ok(wire::KeptVulnerability {
        vulnerability_id: kept.vulnerability_id,
        title: findings::find_vulnerability(rtx, kept.vulnerability_id)?.map(|row| row.title).unwrap_or_default(),
        reason: kept.reason,
        pipeline_id: kept.pipeline_id,
        text,
    })
}

fn sentence(rtx: &ReadTx, undo: &Undo) -> Result<String, StoreError> {
    if undo.status == UndoStatus::Running {
        return Ok("The import is being taken back.".to_owned());
    }
    let on_default = stored::find_pipeline(rtx, undo.pipeline_id)?.is_some_and(|pipeline| pipeline.on_default_branch);
    if !on_default {
        return Ok("Nothing had to be taken back: only imports of the default branch change vulnerabilities.".to_owned());
    }
    Ok(match (undo.taken_back(), undo.kept_total()) {
        (0, 0) => "Nothing had to be taken back: the import had changed no vulnerability.".to_owned(),
        (taken, 0) => format!("{} taken back, none was kept.", vulnerabilities(taken)),
        (taken, kept) => format!("{} taken back, {} kept.", vulnerabilities(taken), vulnerabilities(kept)),
    })
}

fn vulnerabilities(count: u64) -> String {
    if count == 1 { "1 vulnerability".to_owned() } else { format!("{count} vulnerabilities") }
}
