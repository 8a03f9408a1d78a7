//! Taking one import back: which one somebody is about to take back, the request, and asking how far it is
//! until it is done. Must not know views.

use super::browser;
use super::poll::poll_while;
use crate::api::{ApiError, Client, imports};
use casemate_shared::UndoStatus;
use casemate_shared::api::import::UndoAnswer;
use casemate_shared::api::report::ReportSummary;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;

/// Id of the dialog.
pub const DIALOG: &str = "undo-import";

/// The import that the dialog is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its pipeline.
    pub pipeline: u64,
    /// What it did.
    pub summary: ReportSummary,
}

/// Taking an import back.
#[derive(Clone, Copy)]
pub struct Undo {
    client: Client,
    project: StoredValue<String>,
    subject: RwSignal<Option<Subject>>,
    answer: RwSignal<Option<UndoAnswer>>,
    error: RwSignal<Option<ApiError>>,
    busy: RwSignal<bool>,
}

impl Undo {
    /// Nothing is about to be taken back.
    pub fn new(client: Client, project: String) -> Undo {
        let undo = Undo {
            client,
            project: StoredValue::new(project),
            subject: RwSignal::new(None),
            answer: RwSignal::new(None),
            error: RwSignal::new(None),
            busy: RwSignal::new(false),
        };
        let is_running = move || undo.answer.with(|answer| answer.as_ref().is_some_and(|one| one.status == UndoStatus::Running));
        poll_while(is_running, move || undo.look());
        undo
    }

    /// Opens the dialog: to confirm, or with what became of it.
    pub fn open(self, subject: Subject, answer: Option<UndoAnswer>) {
        self.error.set(None);
        self.subject.set(Some(subject));
        self.answer.set(answer);
        if let Some(dialog) = browser::dialog(DIALOG).filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
    }

    /// Opens the dialog with what became of an import that was taken back.
    pub fn open_done(self, subject: Subject) {
        self.busy.set(true);
        self.open(subject, None);
        self.look();
    }

    /// Takes the import back.
    pub fn confirm(self) {
        let Some(subject) = self.subject.get_untracked().filter(|_| !self.busy.get_untracked()) else { return };
        self.ask(imports::undo(self.client, self.project.get_value(), subject.pipeline));
    }

    fn look(self) {
        if let Some(subject) = self.subject.get_untracked() {
            self.ask(imports::undone(self.client, self.project.get_value(), subject.pipeline));
        }
    }

    fn ask(self, work: impl Future<Output = Result<UndoAnswer, ApiError>> + 'static) {
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            match work.await {
                Ok(answer) => {
                    self.answer.try_set(Some(answer));
                }
                Err(why) => {
                    self.error.try_set(Some(why));
                }
            }
            self.busy.try_set(false);
        });
    }

    /// The import at hand; tracked.
    pub fn subject(self) -> Option<Subject> {
        self.subject.get()
    }

    /// What became of it; tracked.
    pub fn answer(self) -> Option<UndoAnswer> {
        self.answer.get()
    }

    /// Why it failed; tracked.
    pub fn error(self) -> Option<ApiError> {
        self.error.get()
    }

    /// Whether an answer is awaited; tracked.
    pub fn is_busy(self) -> bool {
        self.busy.get()
    }
}
