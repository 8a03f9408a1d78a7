//! Findings of a pipeline (API design, section 2.6). Must not know: how lists are made.

use super::error::ApiError;
use super::gate::Granted;
use super::page::{Page, paged};
use super::params::Params;
use super::pipelines;
use super::places::descending;
use super::state::{Shared, State, block};
use crate::domain::project::Project;
use crate::ingest::family;
use crate::store::{ReadTx, pipelines as stored};
use crate::views::findings::{self, Filter};
use crate::views::vulnerabilities::Frame;
use actix_web::{HttpRequest, HttpResponse};
use casemate_shared::{ReportType, Severity, VulnerabilityState};
use std::ops::ControlFlow;

fn filter(state: &State, project: u64, params: &Params) -> Result<Filter, ApiError> {
    let scope = |word: &str| match word {
        "all" => Some(true),
        "dismissed" => Some(false),
        _ => None,
    };
    let mut filter = Filter {
        states: params.choices("state", VulnerabilityState::parse)?,
        severities: params.choices("severity", Severity::parse)?,
        report_types: params.choices("report_type", ReportType::parse)?,
        scanners: params.list("scanner")?.into_iter().map(str::to_owned).collect(),
        with_dismissed: params.choice("scope", scope)?.unwrap_or(false),
        mildest_first: !descending(params, true)?,
        bodies: None,
    };
    filter.bodies = state.searched(project, params)?;
    Ok(filter)
}

/// `GET P/vulnerability_findings`: pipeline_id (else the newest of the default branch that has a report),
/// report_type, severity, scope, state, scanner, search, sort (by severity), page.
///
/// # Errors
/// 400, 401, 403, 404, 503 while the index is rebuilt and a text is searched.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let page = Page::from_params(&params)?;
    let origin = state.origin(&request);
    let address = origin.clone();
    let (rows, total) = block(move || {
        let project = granted.project(&state.store.read()?)?;
        let filter = filter(&state, project.id, &params)?;
        let rtx = state.store.read()?;
        let pipeline = match params.unsigned("pipeline_id")? {
            Some(id) => Some(pipelines::find(&rtx, &project, id)?.id),
            None => newest(&rtx, &project)?,
        };
        let Some(pipeline) = pipeline else { return Ok((Vec::new(), 0)) };
        Ok(findings::list(&Frame::new(&rtx, &project, &origin, &state.entries)?, pipeline, &filter, page.offset(), page.limit())?)
    })
    .await?;
    Ok(paged(&request, &address, page, total, &rows))
}

fn newest(rtx: &ReadTx, project: &Project) -> Result<Option<u64>, ApiError> {
    let mut found = None;
    stored::newest_pipelines(rtx, project.id, |pipeline| {
        if pipeline.on_default_branch
            && pipeline.parent_id.is_none()
            && pipeline.undone_at.is_none()
            && family::scans_of(rtx, &pipeline)?.iter().any(|scan| scan.counts())
        {
            found = Some(pipeline.id);
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}
