//! check-db: does every table agree with every other? Must not know: search, files.
//!
//! Reads a snapshot; reports what is wrong as sentences, at most [`MOST`] of them.

use super::bodies::StoredBody;
use super::catalog::{self, Table};
use super::changes::index_entries;
use super::check_audit;
use super::check_findings;
use super::check_forge;
use super::check_ids::Ids;
use super::check_index::Expected;
use super::check_links;
use super::check_tree;
use super::check_undo;
use super::counts::Difference;
use super::key::{Key, folded, id_at};
use super::pack::Samples;
use super::reads;
use super::{Reads, StoreError, accounts, codec, expire, lists, members, places, project_sizes, scans, texts};
use crate::domain::account::{AccessToken, Session, User};
use crate::domain::finding::{Identifier, Remediation, Scanner, Vulnerability, VulnerabilityFinding};
use crate::domain::member::Member;
use crate::domain::pipeline::{Artifact, Job, Pipeline};
use crate::domain::project::{Namespace, Project};
use crate::domain::scan::Scan;
use casemate_shared::ScanStatus;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

/// Most problems that are told.
pub const MOST: usize = 100;

/// What was looked at and what is wrong.
#[derive(Debug, Default)]
pub struct Findings {
    /// Rows looked at.
    pub rows: u64,
    /// Problems, as sentences.
    pub problems: Vec<String>,
    /// Problems beyond the ones told.
    pub more: u64,
    /// Files that artifacts need: hash and size.
    pub files: BTreeMap<[u8; 32], u64>,
}

impl Findings {
    pub(super) fn problem(&mut self, text: String) {
        if self.problems.len() < MOST {
            self.problems.push(text);
        } else {
            self.more += 1;
        }
    }
}

/// Looks at everything.
///
/// # Errors
/// When the engine fails; damaged rows are problems, not errors.
pub fn check(tx: &impl Reads) -> Result<Findings, StoreError> {
    let mut found = Findings::default();
    let mut expected = Expected::new(tx);
    let ids = Ids::read(tx)?;
    check_places(tx, &mut found, &mut expected)?;
    check_forge::check(tx, &mut found, &mut expected, &ids)?;
    check_texts(tx, &mut found, &mut expected)?;
    check_bodies(tx, &mut found, &ids)?;
    check_pipelines(tx, &mut found, &mut expected, &ids)?;
    check_vulnerabilities(tx, &mut found, &mut expected, &ids)?;
    project_sizes::check(tx, &mut found)?;
    check_links::check(tx, &ids, &mut found)?;
    check_undo::check(tx, &ids, &mut found)?;
    check_tree::check(tx, &mut found, &mut expected)?;
    check_audit::check(tx, &mut found, &mut expected)?;
    expected.compare(INDEXES, &mut found)?;
    Ok(found)
}

/// Calls `visit` for each readable row of a table; an unreadable one is a problem.
fn rows<R: codec::Record>(
    tx: &impl Reads,
    table: Table,
    found: &mut Findings,
    mut visit: impl FnMut(&mut Findings, u64, R) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    tx.walk(table, &[], None, false, &mut |key, bytes| {
        found.rows += 1;
        match codec::decode::<R>(table.name, bytes) {
            Ok(row) => visit(found, id_at(key, 0), row)?,
            Err(error) => found.problem(error.to_string()),
        }
        Ok(ControlFlow::Continue(()))
    })
}

/// Calls `visit` for each readable row of a table whose keys are hashes; what can't be read is told with the
/// links.
fn own_hashes<R: codec::Record>(tx: &impl Reads, table: Table, mut visit: impl FnMut(R, &[u8])) -> Result<(), StoreError> {
    tx.walk(table, &[], None, false, &mut |key, bytes| {
        if let Ok(row) = codec::decode::<R>(table.name, bytes) {
            visit(row, key);
        }
        Ok(ControlFlow::Continue(()))
    })
}

fn check_places(tx: &impl Reads, found: &mut Findings, expected: &mut Expected<'_, impl Reads>) -> Result<(), StoreError> {
    rows(tx, catalog::NAMESPACES, found, |_, id, namespace: Namespace| {
        if namespace.deleted_at.is_none() {
            expected.add(catalog::NAMESPACES_BY_PATH, folded(&namespace.full_path), id.to_be_bytes().to_vec());
        }
        Ok(())
    })?;
    rows(tx, catalog::PROJECTS, found, |_, id, project: Project| {
        if project.deleted_at.is_none() {
            expected.add(catalog::PROJECTS_BY_PATH, folded(&project.full_path), id.to_be_bytes().to_vec());
        }
        Ok(())
    })?;
    rows(tx, catalog::USERS, found, |_, id, user: User| {
        accounts::user_entries(&User { id, ..user }).into_iter().for_each(|(table, key, value)| expected.add(table, key, value));
        Ok(())
    })?;
    rows(tx, catalog::MEMBERS, found, |_, _, member: Member| {
        expected.add(catalog::MEMBERS_BY_USER, members::index_key(member.source, member.user_id), Vec::new());
        Ok(())
    })?;
    own_hashes(tx, catalog::TOKENS, |token: AccessToken, hash| {
        accounts::token_entries(&token).into_iter().for_each(|(table, key)| expected.add(table, key, hash.to_vec()));
    })?;
    own_hashes(tx, catalog::SESSIONS, |session: Session, hash| {
        expected.add(catalog::SESSIONS_BY_USER, accounts::session_key(&session), hash.to_vec());
    })?;
    rows(tx, catalog::REMEDIATIONS, found, |_, id, remediation: Remediation| {
        let key = Key::id(remediation.project_id).then_bytes(&remediation.checksum).done();
        expected.add(catalog::REMEDIATIONS_BY_CHECKSUM, key, id.to_be_bytes().to_vec());
        Ok(())
    })?;
    rows(tx, catalog::SCANNERS, found, |_, id, scanner: Scanner| {
        let key = Key::id(scanner.project_id).then_bytes(scanner.external_id.as_bytes()).done();
        expected.add(catalog::SCANNERS_BY_EXTERNAL_ID, key, id.to_be_bytes().to_vec());
        Ok(())
    })?;
    rows(tx, catalog::IDENTIFIERS, found, |_, id, identifier: Identifier| {
        let key = Key::id(identifier.project_id).then_bytes(&identifier.fingerprint).done();
        expected.add(catalog::IDENTIFIERS_BY_FINGERPRINT, key, id.to_be_bytes().to_vec());
        Ok(())
    })
}

fn check_texts(tx: &impl Reads, found: &mut Findings, expected: &mut Expected<'_, impl Reads>) -> Result<(), StoreError> {
    tx.walk(catalog::TEXTS, &[], None, false, &mut |key, value| {
        found.rows += 1;
        let (project, literal) = value.split_at(value.len().min(8));
        let name = Key::bytes(project).then_bytes(&texts::text_hash(literal)).done();
        expected.add(catalog::TEXTS_BY_HASH, name, key.to_vec());
        Ok(ControlFlow::Continue(()))
    })
}

fn check_bodies(tx: &impl Reads, found: &mut Findings, ids: &Ids) -> Result<(), StoreError> {
    let mut samples = Samples::default();
    rows(tx, catalog::BODIES, found, |found, id, body: StoredBody| {
        match body.unpacked(id, tx, &mut samples) {
            Ok(body) => check_findings::check_body(ids, id, &body, found),
            Err(error) => found.problem(error.to_string()),
        }
        Ok(())
    })?;
    let mut named = vec![false; ids.count(catalog::BODIES)];
    tx.walk(catalog::BODIES_BY_HASH, &[], None, false, &mut |_, value| {
        let id = id_at(value, 0);
        match ids.rank(catalog::BODIES, id).and_then(|rank| named.get_mut(rank)) {
            Some(named) if *named => found.problem(format!("body {id} has two hashes")),
            Some(named) => *named = true,
            None => found.problem(format!("body {id} has a hash and is missing")),
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let nameless = named.iter().filter(|named| !**named).count();
    if nameless > 0 {
        found.problem(format!("{nameless} bodies have no hash"));
    }
    Ok(())
}

fn check_pipelines(
    tx: &impl Reads,
    found: &mut Findings,
    expected: &mut Expected<'_, impl Reads>,
    ids: &Ids,
) -> Result<(), StoreError> {
    let (mut deleted, mut roots) = (BTreeSet::new(), BTreeMap::new());
    rows(tx, catalog::PIPELINES, found, |found, id, pipeline: Pipeline| {
        deleted.extend(pipeline.deleted_at.map(|_| id));
        roots.insert(id, pipeline.root());
        for (table, key, value) in super::pipelines::index_entries(&pipeline) {
            expected.add(table, key, value);
        }
        if pipeline.deadline.is_some() == pipeline.complete {
            found.problem(format!("pipeline {id}: it is complete or has a deadline, never both and never neither"));
        }
        let queued = super::value(tx, catalog::INGESTION_QUEUE, Key::id(id).done())?.is_some();
        let queued = queued && !check_undo::waits(tx, id);
        let is_odd = pipeline.ingestion.is_terminal() == queued && pipeline.complete;
        if is_odd && (queued || !waits_for_relatives(tx, &pipeline)) {
            found.problem(format!(
                "pipeline {id}: ingestion is {} and it is {} the queue",
                pipeline.ingestion.as_str(),
                if queued { "in" } else { "not in" }
            ));
        }
        Ok(())
    })?;
    rows(tx, catalog::JOBS, found, |_, id, job: Job| {
        expected.add(catalog::JOBS_BY_PIPELINE, Key::id(job.pipeline_id).then_id(id).done(), Vec::new());
        if !deleted.contains(&job.pipeline_id) {
            let (key, mark) = lists::job_entry(&job);
            expected.add(catalog::JOBS_BY_PROJECT, key, mark);
        }
        Ok(())
    })?;
    rows(tx, catalog::ARTIFACTS, found, |found, id, artifact: Artifact| {
        expected.add(catalog::ARTIFACTS_BY_JOB, Key::id(artifact.job_id).then_id(id).done(), Vec::new());
        if artifact.expired_at.is_none() {
            expected.add(catalog::ARTIFACTS_BY_HASH, Key::bytes(&artifact.sha256).then_id(id).done(), Vec::new());
            if let Some(key) = expire::time_key(&artifact) {
                expected.add(catalog::ARTIFACTS_BY_EXPIRY, key, Vec::new());
            }
            found.files.insert(artifact.sha256, artifact.size);
        }
        Ok(())
    })?;
    check_chunks(tx, found, ids)?;
    roots.retain(|id, _| !deleted.contains(id));
    check_scans(tx, found, expected, &roots)
}

/// Whether a relative waits for jobs, or is in the queue and will bring the root there: then a pipeline that is
/// read need not be in the queue itself.
fn waits_for_relatives(tx: &impl Reads, pipeline: &Pipeline) -> bool {
    // A relative that can't be read is told where its own row is looked at.
    let is_incomplete = super::pipelines::family(tx, pipeline).is_ok_and(|family| family.iter().any(|member| !member.complete));
    is_incomplete || super::pipelines::is_family_queued(tx, pipeline).is_ok_and(|is_queued| is_queued)
}

/// `roots` has the first ancestor of every pipeline that is not deleted.
fn check_scans(
    tx: &impl Reads,
    found: &mut Findings,
    expected: &mut Expected<'_, impl Reads>,
    roots: &BTreeMap<u64, u64>,
) -> Result<(), StoreError> {
    let mut imports = BTreeSet::new();
    rows(tx, catalog::SCANS, found, |found, id, scan: Scan| {
        expected.add(catalog::SCANS_BY_PIPELINE, Key::id(scan.pipeline_id).then_id(id).done(), Vec::new());
        if let Some(root) = roots.get(&scan.pipeline_id).filter(|root| imports.insert(**root)) {
            let key = lists::import_key(scan.project_id, *root);
            expected.add(catalog::IMPORTS_BY_PROJECT, key, Vec::new());
        }
        match scans::list(tx, &scan.accepted_chunks) {
            Ok(list) if scan.status == ScanStatus::Succeeded && list.len() as u64 != scan.accepted => {
                found.problem(format!("scan {id}: {} accepted, {} in its list", scan.accepted, list.len()));
            }
            Ok(_) => {}
            Err(error) => found.problem(format!("scan {id}: {error}")),
        }
        if scan.status == ScanStatus::Succeeded {
            expected.add(catalog::SCANS_KEPT, Key::id(scan.project_id).then_id(id).done(), Vec::new());
        }
        if scan.status == ScanStatus::Purged && !(scan.accepted_chunks.is_empty() && scan.duplicate_chunks.is_empty()) {
            found.problem(format!("scan {id}: it is purged and has a list"));
        }
        if scan.declared != scan.accepted + scan.duplicate + scan.rejected {
            found.problem(format!(
                "scan {id}: declared {} is not accepted {} + duplicate {} + rejected {}",
                scan.declared, scan.accepted, scan.duplicate, scan.rejected
            ));
        }
        Ok(())
    })
}

fn check_chunks(tx: &impl Reads, found: &mut Findings, ids: &Ids) -> Result<(), StoreError> {
    let mut hashes = Vec::new();
    tx.walk(catalog::SCAN_CHUNKS, &[], None, false, &mut |key, bytes| {
        if scans::chunk_hash(bytes) != *key {
            found.problem("a chunk of a list is not what its name says".to_owned());
        }
        if let Ok(hash) = key.try_into() {
            hashes.push(hash);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    for hash in hashes {
        match scans::list(tx, &[hash]) {
            Ok(entries) => {
                for entry in entries.iter().filter(|entry| !ids.has(catalog::BODIES, entry.body_id)) {
                    found.problem(format!("a list names body {}, which is missing", entry.body_id));
                }
            }
            Err(error) => found.problem(error.to_string()),
        }
    }
    Ok(())
}

fn check_vulnerabilities(
    tx: &impl Reads,
    found: &mut Findings,
    expected: &mut Expected<'_, impl Reads>,
    ids: &Ids,
) -> Result<(), StoreError> {
    let mut counted: BTreeMap<u64, Difference> = BTreeMap::new();
    rows(tx, catalog::FINDINGS, found, |found, id, finding: VulnerabilityFinding| {
        if !ids.has(catalog::BODIES, finding.body_id) {
            found.problem(format!("finding {id}: body {} is missing", finding.body_id));
        }
        // One that can't be read is told below.
        match super::findings::find_pair(tx, finding.vulnerability_id).unwrap_or_default() {
            Some(pair) if pair.finding.id == id => {
                let mut entries = Vec::new();
                index_entries(&pair, &mut |table, key, value| entries.push((table, key.to_vec(), value.to_vec())));
                for (table, key, value) in entries {
                    // One that is still to be indexed may be there already.
                    if !places::may_lack(tx, &pair, table)? || super::value(tx, table, key.clone())?.is_some() {
                        expected.add(table, key, value);
                    }
                }
                if let Some(read) = reads::read_of(&pair) {
                    counted.entry(pair.finding.project_id).or_default().add(&read, 1);
                }
            }
            _ => found.problem(format!("finding {id}: its vulnerability {} does not point back", finding.vulnerability_id)),
        }
        Ok(())
    })?;
    rows(tx, catalog::VULNERABILITIES, found, |found, id, vulnerability: Vulnerability| {
        if !matches!(super::findings::find_finding(tx, vulnerability.finding_id), Ok(Some(finding)) if finding.vulnerability_id == id)
        {
            found.problem(format!("vulnerability {id}: its finding {} does not point back", vulnerability.finding_id));
        }
        if vulnerability.resolved_on_default_branch {
            found.problem(format!("vulnerability {id}: its own row is marked"));
        }
        Ok(())
    })?;
    let mut projects = Vec::new();
    tx.walk(catalog::PROJECTS, &[], None, false, &mut |key, _| {
        projects.push(id_at(key, 0));
        Ok(ControlFlow::Continue(()))
    })?;
    for id in projects {
        let counted = counted.remove(&id).unwrap_or_default();
        counted.entries(id).for_each(|(key, value)| expected.add(catalog::SCANNER_COUNTERS, key, value));
        if reads::counters(tx, id)? != counted.counters() {
            found.problem(format!("project {id}: the kept counters differ from a recount"));
        }
    }
    Ok(())
}

/// Tables that hold nothing but what the rows imply.
const INDEXES: &[Table] = &[
    catalog::USERS_BY_NAME,
    catalog::MEMBERS_BY_USER,
    catalog::USERS_BY_EMAIL,
    catalog::TOKENS_BY_ID,
    catalog::TOKENS_BY_USER,
    catalog::TOKENS_BY_PLACE,
    catalog::SESSIONS_BY_USER,
    catalog::REMEDIATIONS_BY_CHECKSUM,
    catalog::NAMESPACES_BY_PATH,
    catalog::PROJECTS_BY_PATH,
    catalog::REDIRECTS_BY_TARGET,
    catalog::LABELS_BY_NAME,
    catalog::SCANNERS_BY_EXTERNAL_ID,
    catalog::IDENTIFIERS_BY_FINGERPRINT,
    catalog::TEXTS_BY_HASH,
    catalog::PIPELINES_BY_PROJECT,
    catalog::PIPELINES_BY_KEY,
    catalog::PIPELINES_BY_SHA,
    catalog::PIPELINES_BY_ROOT,
    catalog::PIPELINES_BY_DEADLINE,
    catalog::JOBS_BY_PIPELINE,
    catalog::JOBS_BY_PROJECT,
    catalog::IMPORTS_BY_PROJECT,
    catalog::ARTIFACTS_BY_JOB,
    catalog::ARTIFACTS_BY_HASH,
    catalog::ARTIFACTS_BY_EXPIRY,
    catalog::SCANS_BY_PIPELINE,
    catalog::SCANS_KEPT,
    catalog::FINDINGS_BY_UUID,
    catalog::FINDINGS_BY_LOCATION,
    catalog::FINDINGS_BY_SIGNATURE,
    catalog::FINDINGS_BY_IMAGE,
    catalog::VULNERABILITIES_BY_SCANNER,
    catalog::READS,
    catalog::SCANNER_COUNTERS,
    catalog::AUDIT_BY_ENTITY,
    catalog::AUDIT_BY_AUTHOR,
    catalog::AUDIT_BY_NAME,
];
