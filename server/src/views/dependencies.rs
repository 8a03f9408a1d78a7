//! Dependencies of a pipeline or of the default branch: components of its bills of materials, with the open
//! vulnerabilities of the project. Must not know: HTTP, formats.

use crate::domain::project::Project;
use crate::domain::raw;
use crate::domain::report_finding::ReportFinding;
use crate::domain::sbom::{Component, DIRECT, StoredSbom, TRANSITIVE};
use crate::domain::scan::Scan;
use crate::store::{ReadTx, StoreError, bodies, findings, pipelines, reads, sboms, scans};
use casemate_shared::api::dependency as wire;
use casemate_shared::{ReportType, ScanStatus, Severity, VulnerabilityState};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

/// Bodies that are held at a time.
const GROUP: usize = 500;
/// Most steps of a path that are shown.
const MOST_STEPS: usize = 100;

/// Which dependencies are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these package managers; empty means all.
    pub package_managers: Vec<String>,
    /// Only those with an open vulnerability.
    pub only_vulnerable: bool,
}

/// The newest pipeline of the default branch that has, or a descendant of which has, a bill which counts.
///
/// # Errors
/// When the store fails.
pub fn newest(rtx: &ReadTx, project: u64) -> Result<Option<u64>, StoreError> {
    let mut found = None;
    let mut looked_at = None;
    sboms::newest_pipelines(rtx, project, |id| {
        if looked_at.replace(id) == Some(id) {
            return Ok(ControlFlow::Continue(()));
        }
        let of = pipelines::find_pipeline(rtx, id)?.filter(|of| of.on_default_branch);
        if let Some(root) = of.map(|of| of.root())
            && !bills(rtx, project, root)?.is_empty()
        {
            found = Some(root);
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

/// One page of the dependencies of a pipeline, by name, and how many there are.
///
/// # Errors
/// When the store fails or a row is missing.
pub fn list(
    rtx: &ReadTx,
    project: &Project,
    pipeline: u64,
    filter: &Filter,
    (offset, limit): (u64, usize),
    origin: &str,
) -> Result<(Vec<wire::Dependency>, u64), StoreError> {
    let mut all = BTreeMap::new();
    for bill in bills(rtx, project.id, pipeline)? {
        all.extend(sboms::components(rtx, project.id, &bill)?.into_iter().map(|component| (component.id, component)));
    }
    let fits = |component: &&Component| {
        filter.package_managers.is_empty() || filter.package_managers.contains(&component.package_manager)
    };
    let mut rows: Vec<&Component> = all.values().filter(fits).collect();
    let of_all = filter.only_vulnerable.then(|| open(rtx, project.id, &rows)).transpose()?;
    if let Some(open) = &of_all {
        rows.retain(|component| open.get(&place(component)).is_some_and(|found| found.iter().any(|one| one.is_of(component))));
    }
    let key = |component: &Component| (component.name.clone(), component.version.clone(), component.file.clone(), component.id);
    rows.sort_by_cached_key(|component| key(component));
    let total = rows.len() as u64;
    let begin = usize::try_from(offset).unwrap_or(usize::MAX).min(rows.len());
    let page: Vec<&Component> = rows.into_iter().skip(begin).take(limit).collect();
    let open = match of_all {
        Some(open) => open,
        None => open(rtx, project.id, &page)?,
    };
    let base = format!("{origin}/{}/-/security/vulnerabilities", project.full_path);
    let rows = page.into_iter().map(|component| dependency(rtx, component, &all, &open, &base));
    Ok((rows.collect::<Result<_, StoreError>>()?, total))
}

/// The bills of scans that count, of a pipeline and its descendants.
fn bills(rtx: &ReadTx, project: u64, pipeline: u64) -> Result<Vec<StoredSbom>, StoreError> {
    let mut bills = Vec::new();
    if let Some(of) = pipelines::find_pipeline(rtx, pipeline)? {
        for member in pipelines::descent(rtx, &of)? {
            bills.extend(sboms::of_pipeline(rtx, project, member.id)?);
        }
    }
    // A purged scan lost its findings; its bill stays as long as it tells what the project consists of.
    let counts = |scan: &Scan| scan.counts() || (scan.latest && scan.status == ScanStatus::Purged);
    let counting: HashSet<u64> = scans::of_descent(rtx, pipeline)?.into_iter().filter(counts).map(|scan| scan.id).collect();
    bills.retain(|bill| counting.contains(&bill.scan_id));
    Ok(bills)
}

/// File and name: what a dependency finding is told apart by.
type Place = (String, String);

fn place(component: &Component) -> Place {
    (component.file.clone(), component.name.clone())
}

/// Open vulnerabilities by the place of their package.
type Open = HashMap<Place, Vec<Found>>;

struct Found {
    version: String,
    id: u64,
    severity: Severity,
}

impl Found {
    /// Whether it is about that version; a finding that names none is about every one.
    fn is_of(&self, component: &Component) -> bool {
        self.version.is_empty() || self.version == component.version
    }
}

/// The open vulnerabilities of the packages in `wanted`.
fn open(rtx: &ReadTx, project: u64, wanted: &[&Component]) -> Result<Open, StoreError> {
    let mut open = Open::new();
    if wanted.is_empty() {
        return Ok(open);
    }
    let wanted: HashSet<Place> = wanted.iter().map(|component| place(component)).collect();
    let mut ids = Vec::new();
    reads::each(rtx, project, |read| {
        let is_open = matches!(read.state, VulnerabilityState::Detected | VulnerabilityState::Confirmed);
        if read.report_type == ReportType::DependencyScanning && is_open && !read.resolved_on_default_branch {
            ids.push(read);
        }
    })?;
    for group in ids.chunks(GROUP) {
        let body_ids: Vec<u64> = group.iter().map(|read| read.body_id).collect();
        for (body, read) in bodies::get_bodies(rtx, &body_ids)?.into_iter().zip(group) {
            let members = raw::stored_members(&body.raw, &["location"]);
            let Some(location) = ReportFinding(&members).location() else { continue };
            let place = (location.text("file").to_owned(), location.package().to_owned());
            if wanted.contains(&place) {
                let version = location.package_version().to_owned();
                open.entry(place).or_default().push(Found { version, id: read.id, severity: read.severity });
            }
        }
    }
    Ok(open)
}

fn dependency(
    rtx: &ReadTx,
    component: &Component,
    all: &BTreeMap<u64, Component>,
    open: &Open,
    base: &str,
) -> Result<wire::Dependency, StoreError> {
    let mut vulnerabilities = Vec::new();
    for found in open.get(&place(component)).into_iter().flatten().filter(|found| found.is_of(component)) {
        let title = findings::find_vulnerability(rtx, found.id)?.map(|vulnerability| vulnerability.title).unwrap_or_default();
        let url = format!("{base}/{}", found.id);
        vulnerabilities.push(wire::DependencyVulnerability { name: title, severity: found.severity, id: found.id, url });
    }
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let licenses = component.licenses.iter();
    let licenses = licenses.map(|one| wire::DependencyLicense { name: one.name.clone(), url: some(&one.url) }).collect();
    let relationship = match component.relation {
        DIRECT => Some("direct".to_owned()),
        TRANSITIVE => Some("transitive".to_owned()),
        _ => None,
    };
    Ok(wire::Dependency {
        name: component.name.clone(),
        version: component.version.clone(),
        package_manager: component.package_manager.clone(),
        dependency_file_path: component.file.clone(),
        vulnerabilities,
        licenses,
        purl: some(&component.purl),
        relationship,
        dependency_path: path(component, all),
    })
}

/// From the project to the component. The parents of one bill form a tree; of several bills they need not, so the
/// steps are bounded.
fn path(component: &Component, all: &BTreeMap<u64, Component>) -> Vec<wire::PathStep> {
    let step = |component: &Component| wire::PathStep { name: component.name.clone(), version: component.version.clone() };
    let mut steps = vec![step(component)];
    let mut at = component.parent;
    while let Some(parent) = at.and_then(|id| all.get(&id)).filter(|_| steps.len() < MOST_STEPS) {
        steps.push(step(parent));
        at = parent.parent;
    }
    steps.reverse();
    steps
}
