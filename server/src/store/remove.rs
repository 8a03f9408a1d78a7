//! Taking away a project for good: every row of it, in an order in which the rest agrees after every
//! transaction. What was cut off is found again from what is left.
//!
//! Must not know: files, threads, who asked for it. The caller sees to it that nothing of the project is being
//! ingested meanwhile.

use super::catalog::{
    ARTIFACTS, ARTIFACTS_BY_EXPIRY, ARTIFACTS_BY_HASH, ARTIFACTS_BY_JOB, BODY_SAMPLES, BRANCHES, COMMITS, COVERAGE, EVENTS,
    FINDINGS, FINDINGS_BY_UUID, FINDINGS_UNPLACED, HOOKS, IDENTIFIERS, IDENTIFIERS_BY_FINGERPRINT, INGESTION_QUEUE, JOBS,
    JOBS_BY_PIPELINE, JOBS_BY_PROJECT, LAST_REPORTS, NAMESPACES, NO_LONGER_DETECTED, PIPELINES, PROJECT_SIZES, PROJECTS,
    PROMOTED_PIPELINES, PROMOTIONS, PROTECTED_BRANCHES, RETENTION_SWEEPS, SBOM_CHUNKS, SBOMS, SCAN_CHUNKS, SCAN_RULES, SCANNERS,
    SCANNERS_BY_EXTERNAL_ID, SCANS, SCANS_BY_PIPELINE, SCANS_KEPT, SECURITY_SETTINGS, TRANSITIONS, Table, UNDO_JOURNAL, UNDOS,
    UNLISTED_CHUNKS, VULNERABILITIES, VULNERABILITY_COUNTERS,
};
use super::changes::index_entries;
use super::counts::Difference;
use super::key::{Key, id_at};
use super::purge::ChunkUses;
use super::{
    Reads, StoreError, WriteTx, accounts, codec, expire, findings, labels, lists, marks, members, meta, pipelines, prefixed,
    project_sizes, projects, reads, redirects, scans, undo,
};
use crate::domain::account::TokenKind;
use crate::domain::member::Source;
use crate::domain::pipeline::Pipeline;
use crate::domain::retention::RetentionRun;
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

/// Tables that hold, by project, nothing but what goes with the last transaction.
const LAST: [Table; 11] = [
    LAST_REPORTS,
    FINDINGS_UNPLACED,
    VULNERABILITY_COUNTERS,
    PROJECT_SIZES,
    UNLISTED_CHUNKS,
    RETENTION_SWEEPS,
    SECURITY_SETTINGS,
    HOOKS,
    PROTECTED_BRANCHES,
    BRANCHES,
    COMMITS,
];

/// Projects that are to be removed.
pub fn projects_to_go(tx: &impl Reads) -> Result<Vec<u64>, StoreError> {
    Ok(projects::projects(tx)?.into_iter().filter(|project| project.deleted_at.is_some()).map(|project| project.id).collect())
}

/// Groups that are to be removed and hold nothing any more.
pub fn empty_groups_to_go(tx: &impl Reads) -> Result<Vec<u64>, StoreError> {
    let (groups, projects) = (projects::namespaces(tx)?, projects::projects(tx)?);
    let is_empty = |id: u64| {
        !groups.iter().any(|below| below.parent_id == Some(id)) && !projects.iter().any(|inside| inside.namespace_id == id)
    };
    Ok(groups.iter().filter(|group| group.deleted_at.is_some() && is_empty(group.id)).map(|group| group.id).collect())
}

/// All keys of a table with a project before them.
pub fn keys(tx: &impl Reads, table: Table, project: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    keys_below(tx, table, &Key::id(project).done())
}

fn keys_below(tx: &impl Reads, table: Table, prefix: &[u8]) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut keys = Vec::new();
    prefixed(tx, table, prefix, &mut |key, _| {
        keys.push(key.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(keys)
}

fn wipe(wtx: &mut WriteTx, table: Table, prefix: &[u8]) -> Result<(), StoreError> {
    let keys = keys_below(wtx, table, prefix)?;
    wtx.remove_all(table, &keys)
}

/// The project's pipelines, deleted ones too, family by family, root first.
pub fn families(tx: &impl Reads, project: u64) -> Result<Vec<Vec<u64>>, StoreError> {
    let mut families: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    tx.walk(PIPELINES, &[], None, false, &mut |_, bytes| {
        let pipeline: Pipeline = codec::decode(PIPELINES.name, bytes)?;
        if pipeline.project_id == project {
            families.entry(pipeline.root()).or_default().push(pipeline.id);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(families.into_values().collect())
}

/// Keys of what would be needed to take imports back: the first to go, because it names all else.
pub fn journal(tx: &impl Reads, families: &[Vec<u64>]) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut keys = Vec::new();
    for pipeline in families.iter().flatten() {
        keys.extend(keys_below(tx, UNDO_JOURNAL, &Key::id(*pipeline).done())?);
    }
    Ok(keys)
}

/// Ids of the project's vulnerabilities, those that are on no list too.
pub fn vulnerabilities(tx: &impl Reads, project: u64) -> Result<Vec<u64>, StoreError> {
    let mut ids = Vec::new();
    prefixed(tx, FINDINGS_BY_UUID, &Key::id(project).done(), &mut |_, value| {
        ids.push(id_at(value, 8));
        Ok(ControlFlow::Continue(()))
    })?;
    ids.sort_unstable();
    Ok(ids)
}

/// Removes vulnerabilities with their findings, history, indexes, and what they count for.
pub fn remove_vulnerabilities(wtx: &mut WriteTx, project: u64, ids: &[u64]) -> Result<(), StoreError> {
    let mut counted = Difference::default();
    let mut gone: BTreeMap<&'static str, (Table, Vec<Vec<u8>>)> = BTreeMap::new();
    for pair in findings::find_pairs(wtx, ids)? {
        let mut take = |table: Table, key: Vec<u8>| gone.entry(table.name).or_insert((table, Vec::new())).1.push(key);
        index_entries(&pair, &mut |table, key, _| take(table, key.to_vec()));
        take(FINDINGS, Key::id(pair.finding.id).done());
        take(VULNERABILITIES, Key::id(pair.vulnerability.id).done());
        if pair.vulnerability.resolved_on_default_branch {
            take(NO_LONGER_DETECTED, marks::key(project, pair.vulnerability.id).to_vec());
        }
        if let Some(read) = reads::read_of(&pair) {
            counted.add(&read, -1);
        }
        for table in [EVENTS, TRANSITIONS] {
            wipe(wtx, table, &Key::id(pair.vulnerability.id).done())?;
        }
    }
    for (table, mut keys) in gone.into_values() {
        keys.sort_unstable();
        wtx.remove_all(table, &keys)?;
    }
    counted.write(wtx, project)
}

/// What is looked up for many pipelines: uses of stretches of lists, and what scans said.
pub struct Lists {
    uses: ChunkUses,
    coverage: HashMap<u64, Vec<Vec<u8>>>,
}

impl Lists {
    /// Reads it.
    pub fn read(tx: &impl Reads, project: u64) -> Result<Lists, StoreError> {
        let mut coverage: HashMap<u64, Vec<Vec<u8>>> = HashMap::new();
        for key in keys(tx, COVERAGE, project)? {
            coverage.entry(id_at(&key, 25)).or_default().push(key);
        }
        Ok(Lists { uses: ChunkUses::read(tx, project)?, coverage })
    }
}

/// Removes what scanners are compared with, now and before each import.
pub fn remove_promotions(wtx: &mut WriteTx, project: u64, lists: &mut Lists) -> Result<(), StoreError> {
    let mut named = Vec::new();
    for pipeline in undo::promoted(wtx, project)? {
        named.extend(undo::forget(wtx, pipeline)?);
    }
    for (_, _, promotion) in scans::promotions(wtx, project)? {
        named.extend(promotion.chunks.iter().chain(promotion.last_full.iter().flat_map(|last| &last.chunks)).copied());
    }
    wtx.remove_all(SCAN_CHUNKS, &lists.uses.release(&named))?;
    for table in [PROMOTIONS, PROMOTED_PIPELINES] {
        wipe(wtx, table, &Key::id(project).done())?;
    }
    Ok(())
}

/// Removes bills of materials.
pub fn remove_bills(wtx: &mut WriteTx, keys: &[Vec<u8>]) -> Result<(), StoreError> {
    wtx.remove_all(SBOMS, keys)
}

/// Keys of the project's bills of materials.
pub fn bills(tx: &impl Reads, project: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    keys(tx, SBOMS, project)
}

/// Keys of the stretches of its bills.
pub fn bill_chunks(tx: &impl Reads, project: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    keys(tx, SBOM_CHUNKS, project)
}

/// Removes stretches of bills, after the bills.
pub fn remove_bill_chunks(wtx: &mut WriteTx, keys: &[Vec<u8>]) -> Result<(), StoreError> {
    wtx.remove_all(SBOM_CHUNKS, keys)
}

/// Removes a family of pipelines with jobs, artifacts and scans. Answers the files that no row needs any more.
pub fn remove_family(
    wtx: &mut WriteTx,
    family: &[u64],
    lists: &mut Lists,
    run: &mut RetentionRun,
) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut files = Vec::new();
    // Children first: their lists are their root's.
    for id in family.iter().rev() {
        let Some(pipeline) = pipelines::find_pipeline(wtx, *id)? else { continue };
        remove_scans(wtx, &pipeline, lists, run)?;
        files.extend(remove_jobs(wtx, &pipeline, run)?);
        project_sizes::remove(wtx, &pipeline)?;
        let (mut pipeline, key) = (pipeline, Key::id(*id).done());
        for (table, key, _) in pipelines::index_entries(&pipeline) {
            wtx.remove(table, &key)?;
        }
        pipeline.deleted_at = Some(0);
        lists::forget(wtx, &pipeline)?;
        for (hash, _) in accounts::tokens_of_place(wtx, TokenKind::Job, *id)? {
            accounts::delete_token(wtx, &hash)?;
        }
        for table in [INGESTION_QUEUE, UNDOS, PIPELINES] {
            wtx.remove(table, &key)?;
        }
        run.pipelines += 1;
    }
    let mut unneeded = Vec::new();
    for sha256 in files {
        if !pipelines::is_artifact_used(wtx, &sha256)? {
            unneeded.push(sha256);
        }
    }
    Ok(unneeded)
}

fn remove_scans(wtx: &mut WriteTx, pipeline: &Pipeline, lists: &mut Lists, run: &mut RetentionRun) -> Result<(), StoreError> {
    for scan in scans::scans(wtx, pipeline.id)? {
        project_sizes::remove(wtx, &scan)?;
        let unnamed = lists.uses.release(scan.accepted_chunks.iter().chain(&scan.duplicate_chunks));
        wtx.remove_all(SCAN_CHUNKS, &unnamed)?;
        wtx.remove_all(COVERAGE, &lists.coverage.remove(&scan.id).unwrap_or_default())?;
        wtx.remove(SCANS_KEPT, &Key::id(scan.project_id).then_id(scan.id).done())?;
        wtx.remove(SCANS_BY_PIPELINE, &Key::id(scan.pipeline_id).then_id(scan.id).done())?;
        for table in [SCAN_RULES, SCANS] {
            wtx.remove(table, &Key::id(scan.id).done())?;
        }
        (run.scans, run.findings, run.chunks) = (run.scans + 1, run.findings + scan.accepted, run.chunks + unnamed.len() as u64);
    }
    Ok(())
}

fn remove_jobs(wtx: &mut WriteTx, pipeline: &Pipeline, run: &mut RetentionRun) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut files = Vec::new();
    for job in pipelines::jobs(wtx, pipeline.id)? {
        for artifact in pipelines::artifacts(wtx, job.id)? {
            project_sizes::remove(wtx, &artifact)?;
            wtx.remove(ARTIFACTS_BY_JOB, &Key::id(job.id).then_id(artifact.id).done())?;
            wtx.remove(ARTIFACTS_BY_HASH, &Key::bytes(&artifact.sha256).then_id(artifact.id).done())?;
            if let Some(key) = expire::time_key(&artifact) {
                wtx.remove(ARTIFACTS_BY_EXPIRY, &key)?;
            }
            wtx.remove(ARTIFACTS, &Key::id(artifact.id).done())?;
            if artifact.expired_at.is_none() {
                run.artifacts += 1;
                files.push(artifact.sha256);
            }
        }
        wtx.remove(JOBS_BY_PROJECT, &lists::job_entry(&job).0)?;
        wtx.remove(JOBS_BY_PIPELINE, &Key::id(pipeline.id).then_id(job.id).done())?;
        wtx.remove(JOBS, &Key::id(job.id).done())?;
    }
    Ok(files)
}

/// Ids of the project's identifiers.
pub fn identifiers(tx: &impl Reads, project: u64) -> Result<Vec<(Vec<u8>, u64)>, StoreError> {
    named_ids(tx, IDENTIFIERS_BY_FINGERPRINT, project)
}

/// Ids of its scanners.
pub fn scanners(tx: &impl Reads, project: u64) -> Result<Vec<(Vec<u8>, u64)>, StoreError> {
    named_ids(tx, SCANNERS_BY_EXTERNAL_ID, project)
}

fn named_ids(tx: &impl Reads, table: Table, project: u64) -> Result<Vec<(Vec<u8>, u64)>, StoreError> {
    let mut ids = Vec::new();
    prefixed(tx, table, &Key::id(project).done(), &mut |key, id| {
        ids.push((key.to_vec(), id_at(id, 0)));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ids)
}

/// Removes identifiers, after the findings.
pub fn remove_identifiers(wtx: &mut WriteTx, named: &[(Vec<u8>, u64)]) -> Result<(), StoreError> {
    remove_named(wtx, IDENTIFIERS_BY_FINGERPRINT, IDENTIFIERS, named)
}

/// Removes scanners and the samples that bodies were packed with, after the bodies.
pub fn remove_scanners(wtx: &mut WriteTx, project: u64, named: &[(Vec<u8>, u64)]) -> Result<(), StoreError> {
    for (_, scanner) in named {
        wipe(wtx, BODY_SAMPLES, &Key::id(project).then_id(*scanner).done())?;
    }
    remove_named(wtx, SCANNERS_BY_EXTERNAL_ID, SCANNERS, named)
}

fn remove_named(wtx: &mut WriteTx, index: Table, table: Table, named: &[(Vec<u8>, u64)]) -> Result<(), StoreError> {
    let mut rows: Vec<Vec<u8>> = named.iter().map(|(_, id)| Key::id(*id).done()).collect();
    rows.sort_unstable();
    let names: Vec<&Vec<u8>> = named.iter().map(|(name, _)| name).collect();
    wtx.remove_all(index, &names)?;
    wtx.remove_all(table, &rows)
}

/// Removes the members of a project or group.
pub fn remove_members(wtx: &mut WriteTx, source: Source) -> Result<(), StoreError> {
    for member in members::members(wtx, source)? {
        members::remove_member(wtx, source, member.user_id)?;
    }
    Ok(())
}

/// Removes the project itself, after everything else of it.
pub fn remove_project(wtx: &mut WriteTx, project: u64) -> Result<(), StoreError> {
    for table in LAST {
        wipe(wtx, table, &Key::id(project).done())?;
    }
    remove_members(wtx, Source::Project(project))?;
    redirects::forget(wtx, Source::Project(project))?;
    labels::remove_all(wtx, Source::Project(project))?;
    meta::forget_project(wtx, project)?;
    wtx.remove(PROJECTS, &Key::id(project).done())
}

/// Removes a group that holds nothing any more.
pub fn remove_group(wtx: &mut WriteTx, group: u64) -> Result<(), StoreError> {
    remove_members(wtx, Source::Group(group))?;
    redirects::forget(wtx, Source::Group(group))?;
    labels::remove_all(wtx, Source::Group(group))?;
    wtx.remove(NAMESPACES, &Key::id(group).done())
}
