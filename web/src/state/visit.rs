//! The report somebody left to look at one vulnerability: its address, rows and scroll, so that going back
//! shows the same place and the vulnerability page knows what is next. Must not know views.

use crate::api::Page;
use casemate_shared::api::vulnerability::Vulnerability;
use leptos::prelude::*;

/// A report as it was left.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Full path of the project.
    pub project: String,
    /// Path and query of the report.
    pub href: String,
    /// How far it was scrolled.
    pub scroll: f64,
    /// The vulnerability that was opened.
    pub opened: u64,
    /// The rows that were shown.
    pub page: Page<Vulnerability>,
}

/// The last report that was left.
#[derive(Clone, Copy)]
pub struct LastVisit(RwSignal<Option<Visit>>);

impl LastVisit {
    /// None yet.
    pub fn new() -> LastVisit {
        LastVisit(RwSignal::new(None))
    }

    /// Keeps a visit.
    pub fn keep(self, visit: Visit) {
        self.0.set(Some(visit));
    }

    /// Notes that another vulnerability of the same list is open now.
    pub fn moved_to(self, id: u64) {
        self.0.update(|visit| {
            if let Some(visit) = visit {
                visit.opened = id;
            }
        });
    }

    /// The visit of that very address.
    pub fn of(self, href: &str) -> Option<Visit> {
        self.0.get_untracked().filter(|visit| visit.href == href)
    }

    /// The address of the project's report as last seen; tracked.
    pub fn href_of(self, project: &str) -> Option<String> {
        self.0.with(|visit| visit.as_ref().filter(|visit| visit.project == project).map(|visit| visit.href.clone()))
    }

    /// The vulnerabilities before and after one in the list it was opened from; tracked.
    pub fn neighbours(self, project: &str, id: u64) -> (Option<u64>, Option<u64>) {
        self.0.with(|visit| {
            let Some(visit) = visit.as_ref().filter(|visit| visit.project == project) else {
                return (None, None);
            };
            let ids: Vec<u64> = visit.page.rows.iter().map(|row| row.id).collect();
            let Some(at) = ids.iter().position(|other| *other == id) else {
                return (None, None);
            };
            let before = at.checked_sub(1).and_then(|at| ids.get(at)).copied();
            (before, ids.get(at + 1).copied())
        })
    }
}
