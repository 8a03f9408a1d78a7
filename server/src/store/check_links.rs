//! check-db, second half: does everything exist that a row names, are ids below their sequences, does
//! nothing wait that nobody will take up? Must not know: search, files.

use super::catalog::{self, Table};
use super::check::Findings;
use super::check_ids::{Ids, NUMBERED};
use super::key::id_at;
use super::meta::{self, Sequence};
use super::{Reads, StoreError, accounts, codec, last_reports, members};
use crate::domain::account::{AccessToken, SecondFactor, Session, User};
use crate::domain::member::{Member, Source};
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::domain::project::{Namespace, Project};
use crate::domain::retention::RetentionRun;
use crate::domain::sbom::StoredSbom;
use crate::domain::scan::{Coverage, Promotion, RuleSet, Scan};
use crate::domain::settings::SecuritySettings;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Looks at what rows name.
pub(super) fn check(tx: &impl Reads, ids: &Ids, found: &mut Findings) -> Result<(), StoreError> {
    let mut links = Links { tx, ids, found };
    links.facts()?;
    links.sequences()?;
    links.accounts()?;
    links.pipelines()?;
    links.coverage()?;
    links.sboms()?;
    links.queue()?;
    links.findings()?;
    links.unplaced()?;
    links.last_reports()?;
    links.samples()?;
    links.outbox()
}

/// What is looked at, and what was found.
pub(super) struct Links<'a, R: Reads> {
    pub tx: &'a R,
    pub ids: &'a Ids,
    pub found: &'a mut Findings,
}

impl<R: Reads> Links<'_, R> {
    /// Tells when a row that `owner` names is missing.
    pub fn need(&mut self, owner: &str, table: Table, id: u64) {
        if !self.ids.has(table, id) {
            self.found.problem(format!("{owner}: row {id} of {} is missing", table.name));
        }
    }

    /// Calls `visit` with the rows of a table that nobody looked at before; unreadable ones are problems.
    pub fn own_rows<T: codec::Record>(
        &mut self,
        table: Table,
        visit: impl FnMut(&mut Self, &[u8], T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each(table, true, visit)
    }

    /// Calls `visit` with the rows that can be read; the others were told before.
    pub fn rows<T: codec::Record>(
        &mut self,
        table: Table,
        visit: impl FnMut(&mut Self, &[u8], T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each(table, false, visit)
    }

    fn each<T: codec::Record>(
        &mut self,
        table: Table,
        tells: bool,
        mut visit: impl FnMut(&mut Self, &[u8], T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.tx.walk(table, &[], None, false, &mut |key, bytes| {
            match codec::decode(table.name, bytes) {
                Ok(row) => visit(self, key, row)?,
                Err(error) if tells => self.found.problem(error.to_string()),
                Err(_) => {}
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    fn facts(&mut self) -> Result<(), StoreError> {
        let format = super::value(self.tx, catalog::META, b"format_version".to_vec())?;
        if format.as_deref() != Some(meta::FORMAT.to_be_bytes().as_slice()) {
            self.found.problem("meta: format_version is not the one of this program".to_owned());
        }
        for (name, fact) in [("database_id", meta::database_id(self.tx)), ("secret", meta::secret(self.tx))] {
            if fact.is_err() {
                self.found.problem(format!("meta: {name} is missing"));
            }
        }
        Ok(())
    }

    fn sequences(&mut self) -> Result<(), StoreError> {
        for (table, sequence) in NUMBERED {
            self.below(table.name, sequence, self.ids.newest(table))?;
        }
        Ok(())
    }

    /// Tells when an id is above its sequence.
    pub fn below(&mut self, what: &str, sequence: Sequence, newest: u64) -> Result<(), StoreError> {
        let last = meta::last_id(self.tx, sequence)?;
        if newest > last {
            self.found.problem(format!("{what}: id {newest} is in use, the sequence stands at {last}"));
        }
        Ok(())
    }

    fn accounts(&mut self) -> Result<(), StoreError> {
        self.own_rows(catalog::TOKENS, |links, _, token: AccessToken| {
            links.below(catalog::TOKENS.name, Sequence::Token, token.id)?;
            links.need(&format!("token {}", token.id), catalog::USERS, token.user_id);
            Ok(())
        })?;
        self.own_rows(catalog::SESSIONS, |links, _, session: Session| {
            links.below(catalog::SESSIONS.name, Sequence::Session, session.id)?;
            links.need("a session", catalog::USERS, session.user_id);
            Ok(())
        })?;
        self.own_rows(catalog::SECOND_FACTORS, |links, _, factor: SecondFactor| {
            links.need("a second factor", catalog::USERS, factor.user_id);
            Ok(())
        })?;
        self.rows(catalog::USERS, |links, _, user: User| {
            // One that can't be read was told above.
            let factor = accounts::find_second_factor(links.tx, user.id).unwrap_or_default();
            if user.two_factor != factor.is_some_and(|factor| factor.is_confirmed) {
                links.found.problem(format!("user {}: its second factor is not what its row says", user.id));
            }
            Ok(())
        })?;
        self.rows(catalog::NAMESPACES, |links, _, namespace: Namespace| {
            if let Some(parent) = namespace.parent_id {
                links.need(&format!("namespace {}", namespace.id), catalog::NAMESPACES, parent);
            }
            Ok(())
        })?;
        self.rows(catalog::PROJECTS, |links, _, project: Project| {
            links.need(&format!("project {}", project.id), catalog::NAMESPACES, project.namespace_id);
            Ok(())
        })?;
        self.rows(catalog::MEMBERS, |links, key, member: Member| {
            let owner = format!("member {} of {:?}", member.user_id, member.source);
            links.need(&owner, catalog::USERS, member.user_id);
            match member.source {
                Source::Project(id) => links.need(&owner, catalog::PROJECTS, id),
                Source::Group(id) => links.need(&owner, catalog::NAMESPACES, id),
            }
            if key != members::source_key(member.source).then_id(member.user_id).done() {
                links.found.problem(format!("{owner}: its key says otherwise"));
            }
            Ok(())
        })?;
        self.own_rows(catalog::SECURITY_SETTINGS, |links, key, settings: SecuritySettings| {
            let owner = format!("settings of project {}", id_at(key, 0));
            links.need(&owner, catalog::PROJECTS, id_at(key, 0));
            links.need(&owner, catalog::USERS, settings.updated_by);
            if id_at(key, 0) != settings.project_id {
                links.found.problem(format!("{owner}: the key says otherwise"));
            }
            Ok(())
        })
    }

    fn pipelines(&mut self) -> Result<(), StoreError> {
        self.rows(catalog::PIPELINES, |links, _, pipeline: Pipeline| {
            links.below("iid of a pipeline", Sequence::PipelineOf(pipeline.project_id), pipeline.iid)?;
            let owner = format!("pipeline {}", pipeline.id);
            links.need(&owner, catalog::PROJECTS, pipeline.project_id);
            if let (Some(parent), Some(root)) = (pipeline.parent_id, pipeline.root_id) {
                links.need(&owner, catalog::PIPELINES, parent);
                links.need(&owner, catalog::PIPELINES, root);
            }
            let is_above = |id: Option<u64>| id.is_none_or(|id| id < pipeline.id);
            if pipeline.parent_id.is_some() != pipeline.root_id.is_some()
                || !is_above(pipeline.parent_id)
                || !is_above(pipeline.root_id)
            {
                links.found.problem(format!("{owner}: its parent or root is none that can be"));
            }
            Ok(())
        })?;
        self.rows(catalog::JOBS, |links, _, job: Job| {
            links.need(&format!("job {}", job.id), catalog::PIPELINES, job.pipeline_id);
            Ok(())
        })?;
        self.rows(catalog::ARTIFACTS, |links, _, artifact: Artifact| {
            links.need(&format!("artifact {}", artifact.id), catalog::JOBS, artifact.job_id);
            Ok(())
        })?;
        self.rows(catalog::SCANS, |links, _, scan: Scan| {
            let owner = format!("scan {}", scan.id);
            links.need(&owner, catalog::PIPELINES, scan.pipeline_id);
            links.need(&owner, catalog::JOBS, scan.job_id);
            links.need(&owner, catalog::ARTIFACTS, scan.artifact_id);
            for scanner in &scan.scanner_ids {
                links.need(&owner, catalog::SCANNERS, *scanner);
            }
            if let Err(error) = super::scans::list(links.tx, &scan.duplicate_chunks) {
                links.found.problem(format!("{owner}: {error}"));
            }
            let waits = super::value(links.tx, catalog::INGESTION_QUEUE, scan.pipeline_id.to_be_bytes().to_vec())?.is_some();
            if !scan.status.is_terminal() && !waits {
                links.found.problem(format!("{owner}: it is {} and its pipeline is not in the queue", scan.status.as_str()));
            }
            Ok(())
        })?;
        self.own_rows(catalog::SCAN_RULES, |links, _, rules: RuleSet| {
            links.need("a set of rules", catalog::SCANS, rules.scan_id);
            Ok(())
        })?;
        self.own_rows(catalog::PROMOTIONS, |links, key, promotion: Promotion| {
            links.need("a promotion", catalog::PROJECTS, id_at(key, 0));
            links.need("a promotion", catalog::SCANNERS, id_at(key, 9));
            links.need("a promotion", catalog::PIPELINES, promotion.pipeline_id);
            let full = promotion.last_full.iter().map(|full| (full.pipeline_id, &full.chunks));
            for (pipeline, chunks) in std::iter::once((promotion.pipeline_id, &promotion.chunks)).chain(full) {
                if let Err(error) = super::scans::list(links.tx, chunks) {
                    links.found.problem(format!("a promotion of pipeline {pipeline}: {error}"));
                }
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Each record adds up, and all of a final scan add up to its numbers.
    fn coverage(&mut self) -> Result<(), StoreError> {
        let mut sums: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        self.own_rows(catalog::COVERAGE, |links, key, record: Coverage| {
            let owner = format!("coverage by scan {}", record.scan_id);
            links.need(&owner, catalog::SCANS, record.scan_id);
            links.need(&owner, catalog::PIPELINES, record.pipeline_id);
            links.need(&owner, catalog::PROJECTS, record.project_id);
            if record.scanner_id != 0 {
                links.need(&owner, catalog::SCANNERS, record.scanner_id);
            }
            if id_at(key, 9) != record.scanner_id || id_at(key, 25) != record.scan_id {
                links.found.problem(format!("{owner}: its key names others"));
            }
            if record.candidates != record.reported + record.marked + record.kept_open + record.settled {
                links.found.problem(format!("{owner}: its numbers don't add up"));
            }
            let sum = sums.entry(record.scan_id).or_default();
            sum.0 += record.marked;
            sum.1 += if record.reason.is_some() { record.kept_open } else { 0 };
            Ok(())
        })?;
        self.rows(catalog::SCANS, |links, _, scan: Scan| {
            if !scan.tally.is_final {
                return Ok(());
            }
            let kept_open = scan.tally.kept_open.iter().map(|(_, count)| count).sum();
            let told = (scan.tally.no_longer_detected, kept_open);
            let sum = sums.get(&scan.id).copied().unwrap_or_default();
            if sum != told {
                let id = scan.id;
                links.found.problem(format!("scan {id}: it marked and left open {told:?}, its coverage says {sum:?}"));
            }
            Ok(())
        })
    }

    fn sboms(&mut self) -> Result<(), StoreError> {
        self.own_rows(catalog::SBOMS, |links, key, sbom: StoredSbom| {
            let owner = format!("the bill of scan {}", sbom.scan_id);
            links.need(&owner, catalog::PIPELINES, id_at(key, 8));
            links.need(&owner, catalog::SCANS, sbom.scan_id);
            match super::sboms::components(links.tx, id_at(key, 0), &sbom) {
                Ok(components) if components.len() as u64 == sbom.components => {}
                Ok(components) => {
                    links.found.problem(format!("{owner}: {} components, told are {}", components.len(), sbom.components));
                }
                Err(error) => links.found.problem(format!("{owner}: {error}")),
            }
            Ok(())
        })?;
        let mut problems = Vec::new();
        self.tx.walk(catalog::SBOM_CHUNKS, &[], None, false, &mut |key, bytes| {
            if key.get(8..) != Some(&super::scans::chunk_hash(bytes)) {
                problems.push(format!("{}: a chunk is not what its name says", catalog::SBOM_CHUNKS.name));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        problems.into_iter().for_each(|problem| self.found.problem(problem));
        Ok(())
    }

    fn queue(&mut self) -> Result<(), StoreError> {
        for id in super::pipelines::queued(self.tx)? {
            self.need("the queue", catalog::PIPELINES, id);
        }
        for id in super::purge::unswept(self.tx)? {
            self.need("retention", catalog::PROJECTS, id);
        }
        self.own_rows(catalog::RETENTION_RUNS, |_, _, _: RetentionRun| Ok(()))?;
        let mut projects = Vec::new();
        self.tx.walk(catalog::VULNERABILITY_COUNTERS, &[], None, false, &mut |key, _| {
            projects.push(id_at(key, 0));
            Ok(ControlFlow::Continue(()))
        })?;
        for id in projects {
            self.need("counters", catalog::PROJECTS, id);
        }
        Ok(())
    }

    /// A scan that is gone makes an entry useless, not wrong.
    fn last_reports(&mut self) -> Result<(), StoreError> {
        let mut entries = Vec::new();
        self.tx.walk(catalog::LAST_REPORTS, &[], None, false, &mut |key, bytes| {
            entries.push((id_at(key, 0), last_reports::read(bytes)));
            Ok(ControlFlow::Continue(()))
        })?;
        for (project, entry) in entries {
            self.need("a report that was read last", catalog::PROJECTS, project);
            match entry {
                Ok(last) if last.matching > last_reports::matching(self.tx, project)? => {
                    let text = format!("project {project}: a report was matched with findings that were never made");
                    self.found.problem(text);
                }
                Ok(_) => {}
                Err(error) => self.found.problem(error.to_string()),
            }
        }
        Ok(())
    }
}
