//! check-db, second half: what findings, their history, their bodies and the search index's queue name. Must not
//! know: search, files.

use super::bodies::StoredBody;
use super::catalog::{self, Table};
use super::check::Findings;
use super::check_ids::Ids;
use super::check_links::Links;
use super::key::id_at;
use super::marks::Mark;
use super::meta::{self, Sequence};
use super::{Reads, StoreError, findings, outbox, pack, places};
use crate::domain::finding::{VulnerabilityEvent, VulnerabilityFinding};
use crate::domain::triage::StateTransition;
use casemate_shared::ReportType;
use std::ops::ControlFlow;

impl<R: Reads> Links<'_, R> {
    /// Findings, events, transitions.
    pub fn findings(&mut self) -> Result<(), StoreError> {
        self.rows(catalog::FINDINGS, |links, _, finding: VulnerabilityFinding| {
            let owner = format!("finding {}", finding.id);
            links.need(&owner, catalog::PROJECTS, finding.project_id);
            links.need(&owner, catalog::SCANNERS, finding.scanner_id);
            links.need(&owner, catalog::IDENTIFIERS, finding.primary_identifier_id);
            links.need(&owner, catalog::PIPELINES, finding.initial_pipeline_id);
            links.need(&owner, catalog::PIPELINES, finding.latest_pipeline_id);
            for id in &finding.identifier_ids {
                links.need(&owner, catalog::IDENTIFIERS, *id);
            }
            for id in &finding.remediation_ids {
                links.need(&owner, catalog::REMEDIATIONS, *id);
            }
            if let Some(id) = finding.evidence_body_id {
                links.need(&owner, catalog::BODIES, id);
            }
            Ok(())
        })?;
        self.own_rows(catalog::NO_LONGER_DETECTED, |links, key, mark: Mark| {
            let owner = format!("the mark of vulnerability {}", id_at(key, 8));
            links.need(&owner, catalog::PIPELINES, mark.latest_pipeline_id);
            let of = findings::find_vulnerability(links.tx, id_at(key, 8)).unwrap_or_default();
            if of.is_none_or(|vulnerability| vulnerability.project_id != id_at(key, 0)) {
                links.found.problem(format!("{owner}: it has none of that project"));
            }
            Ok(())
        })?;
        self.own_rows(catalog::EVENTS, |links, key, event: VulnerabilityEvent| {
            links.below(catalog::EVENTS.name, Sequence::Event, id_at(key, 8))?;
            let owner = format!("event {}", id_at(key, 8));
            links.need(&owner, catalog::VULNERABILITIES, id_at(key, 0));
            links.need(&owner, catalog::PIPELINES, event.pipeline_id);
            links.need(&owner, catalog::SCANS, event.scan_id);
            Ok(())
        })?;
        self.own_rows(catalog::TRANSITIONS, |links, key, transition: StateTransition| {
            let owner = format!("state transition {}", transition.id);
            links.below(catalog::TRANSITIONS.name, Sequence::Event, transition.id)?;
            if (id_at(key, 0), id_at(key, 8)) != (transition.vulnerability_id, transition.id) {
                links.found.problem(format!("{owner}: its key names others"));
            }
            links.need(&owner, catalog::VULNERABILITIES, transition.vulnerability_id);
            if let Some(user) = transition.author_id {
                links.need(&owner, catalog::USERS, user);
            }
            if let Some(pipeline) = transition.pipeline_id {
                links.need(&owner, catalog::PIPELINES, pipeline);
            }
            Ok(())
        })
    }

    /// Findings that are still to be put into the indexes by place.
    pub fn unplaced(&mut self) -> Result<(), StoreError> {
        let mut projects = Vec::new();
        self.tx.walk(catalog::FINDINGS_UNPLACED, &[], None, false, &mut |key, _| {
            projects.push(id_at(key, 0));
            Ok(ControlFlow::Continue(()))
        })?;
        let next = meta::last_id(self.tx, Sequence::Finding)? + 1;
        for project in projects {
            self.need("findings to be indexed", catalog::PROJECTS, project);
            match places::unplaced(self.tx, project) {
                Ok(Some(unplaced)) if unplaced.first > next => {
                    self.found
                        .problem(format!("project {project}: finding {} is to be indexed and was never made", unplaced.first));
                }
                Ok(_) => {}
                Err(error) => self.found.problem(error.to_string()),
            }
        }
        Ok(())
    }

    /// What bodies are packed with.
    pub fn samples(&mut self) -> Result<(), StoreError> {
        let mut all = Vec::new();
        self.tx.walk(catalog::BODY_SAMPLES, &[], None, false, &mut |key, _| {
            all.push((id_at(key, 0), id_at(key, 8), key.get(16).copied().and_then(ReportType::from_number)));
            Ok(ControlFlow::Continue(()))
        })?;
        for (project, scanner, report_type) in all {
            self.need("a sample of bodies", catalog::PROJECTS, project);
            self.need("a sample of bodies", catalog::SCANNERS, scanner);
            let read = report_type.map(|report_type| pack::sample(self.tx, (project, scanner, report_type)));
            match read {
                Some(Ok(_)) => {}
                Some(Err(error)) => self.found.problem(error.to_string()),
                None => self.found.problem("a sample of bodies is of no report type".to_owned()),
            }
        }
        Ok(())
    }

    /// What waits for the search index.
    pub fn outbox(&mut self) -> Result<(), StoreError> {
        let newest = outbox::newest_seq(self.tx)?;
        match outbox::entries_behind(self.tx, 0, usize::MAX) {
            Ok(entries) => {
                for entry in entries.iter().filter(|entry| entry.seq > newest) {
                    self.found.problem(format!(
                        "{}: entry {} is above the sequence {newest}",
                        catalog::SEARCH_OUTBOX.name,
                        entry.seq
                    ));
                }
            }
            Err(error) => self.found.problem(error.to_string()),
        }
        Ok(())
    }
}

/// What a body names.
pub(super) fn check_body(ids: &Ids, owner: u64, body: &StoredBody, found: &mut Findings) {
    let mut need = |table: Table, id: u64| {
        if !ids.has(table, id) {
            found.problem(format!("body {owner}: row {id} of {} is missing", table.name));
        }
    };
    need(catalog::PROJECTS, body.project_id);
    need(catalog::SCANNERS, body.scanner_id);
    body.remediation_ids.iter().for_each(|id| need(catalog::REMEDIATIONS, *id));
    body.texts.iter().for_each(|id| need(catalog::TEXTS, u64::from_be_bytes(*id)));
    if !body.has_places() {
        found.problem(format!("body {owner}: it says wrongly where its texts stand"));
    }
}
