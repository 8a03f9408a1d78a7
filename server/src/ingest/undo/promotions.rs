//! What scanners are compared with after an import was taken back: what they reported before it. Must not know:
//! vulnerabilities.

use super::later::Later;
use crate::domain::pipeline::Pipeline;
use crate::domain::scan::{FullScan, Promotion};
use crate::store::undo::{self, PromotionBefore};
use crate::store::{StoreError, WriteTx, scans};
use casemate_shared::ReportType;

/// Sets one scanner back, and what later pipelines remember of it.
///
/// # Errors
/// When the store fails.
pub(super) fn restore(
    wtx: &mut WriteTx,
    pipeline: &Pipeline,
    later: &Later,
    (report_type, scanner): (ReportType, u64),
    before: Option<Promotion>,
) -> Result<(), StoreError> {
    let project = pipeline.project_id;
    let full_before = before.as_ref().and_then(last_full);
    // A later pipeline's memory of this one becomes a memory of the one before.
    for id in &later.pipelines {
        let Some(mut noted) = undo::find_promotion_before(wtx, *id, report_type, scanner)? else { continue };
        let Some(promotion) = &mut noted.before else { continue };
        if promotion.pipeline_id == pipeline.id {
            noted = PromotionBefore { before: before.clone() };
        } else if !forget(promotion, pipeline.id, full_before.as_ref()) {
            continue;
        }
        undo::put_promotion_before(wtx, *id, report_type, scanner, &noted)?;
    }
    let Some(mut current) = scans::find_promotion(wtx, project, report_type, scanner)? else { return Ok(()) };
    if current.pipeline_id == pipeline.id {
        return match &before {
            Some(before) => scans::put_promotion(wtx, project, report_type, scanner, before),
            None => scans::remove_promotion(wtx, project, report_type, scanner),
        };
    }
    if forget(&mut current, pipeline.id, full_before.as_ref()) {
        scans::put_promotion(wtx, project, report_type, scanner, &current)?;
    }
    Ok(())
}

/// The last time that the scanner looked at everything, as of a promotion.
fn last_full(promotion: &Promotion) -> Option<FullScan> {
    let own = || FullScan { pipeline_id: promotion.pipeline_id, chunks: promotion.chunks.clone() };
    if promotion.full { Some(own()) } else { promotion.last_full.clone() }
}

/// Whether the promotion remembered the pipeline as its last full one; it then remembers the one before.
fn forget(promotion: &mut Promotion, pipeline: u64, before: Option<&FullScan>) -> bool {
    let remembers = promotion.last_full.as_ref().is_some_and(|full| full.pipeline_id == pipeline);
    if remembers {
        promotion.last_full = before.cloned();
    }
    remembers
}
