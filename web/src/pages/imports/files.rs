//! The files of an import: chosen or dropped, each with its report type. Must not know what becomes of them.

use crate::api::imports::Part;
use crate::components::icon::{Glyph, Icon};
use crate::logic::number::bytes;
use crate::state::browser;
use casemate_shared::FileType;
use leptos::html::Input;
use leptos::prelude::*;

/// One chosen file.
#[derive(Clone)]
pub struct Chosen {
    file: web_sys::File,
    file_type: RwSignal<Option<FileType>>,
}

impl Chosen {
    /// The file as it is sent.
    pub fn part(&self) -> Part {
        Part { file: self.file.clone(), file_type: self.file_type.get_untracked() }
    }
}

type Held = RwSignal<Vec<Chosen>, LocalStorage>;

/// The field for files, and the list of the chosen ones.
#[component]
pub fn Files(
    /// The chosen files.
    files: Held,
    /// Called after each change.
    changed: Callback<()>,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let is_over = RwSignal::new(false);
    let take = move |list: Option<web_sys::FileList>| {
        let Some(list) = list else { return };
        let new = (0..list.length()).filter_map(|at| list.get(at));
        let new: Vec<_> = new.map(|file| Chosen { file, file_type: RwSignal::new(None) }).collect();
        files.update(|files| files.extend(new));
        changed.run(());
    };
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            take(input.files());
            // The same file may be chosen again after it was taken away.
            input.set_value("");
        }
    };
    let drop = move |event: web_sys::DragEvent| {
        event.prevent_default();
        is_over.set(false);
        take(event.data_transfer().and_then(|data| data.files()));
    };
    let over = move |event: web_sys::DragEvent| {
        event.prevent_default();
        is_over.set(true);
    };
    let rows = move || {
        let row = |(at, one): (usize, Chosen)| view! { <File at one files changed/> };
        files.get().into_iter().enumerate().map(row).collect_view()
    };
    view! {
        <label for="import-files">"Reports (required)"</label>
        <div class="drop" class:over=move || is_over.get() on:drop=drop on:dragover=over on:dragleave=move |_| is_over.set(false)>
            <Glyph icon=Icon::Upload/>
            <input id="import-files" data-testid="import-files" type="file" multiple aria-describedby="import-files-about"
                node_ref=input on:change=choose/>
            <span class="muted">"or drop files here"</span>
        </div>
        <p class="about" id="import-files-about">"As the scanner wrote them, JSON or gzip; any number."</p>
        <ul class="rows chosen" aria-label="Chosen reports">{rows}</ul>
    }
}

#[component]
fn File(at: usize, one: Chosen, files: Held, changed: Callback<()>) -> impl IntoView {
    let name = one.file.name();
    let choose = move |event| {
        one.file_type.set(FileType::parse(&event_target_value(&event)));
        changed.run(());
    };
    let remove = move |_| {
        files.update(|files| {
            files.remove(at);
        });
        changed.run(());
        // The button goes with its file.
        browser::focus("import-files");
    };
    let option = move |kind: FileType| {
        view! { <option value=kind.as_str() selected=move || one.file_type.get() == Some(kind)>{label(kind)}</option> }
    };
    view! {
        <li data-testid="chosen-file">
            <span class="grow"><span class="mono">{name.clone()}</span><small class="muted">" · "{bytes(one.file.size() as u64)}</small></span>
            <select class="field small" aria-label=format!("Report type of {name}") on:change=choose>
                <option value="" selected=move || one.file_type.get().is_none()>"Type: as the file says"</option>
                {FileType::all().map(option).collect_view()}
            </select>
            <button class="btn quiet square" type="button" aria-label=format!("Take {name} away") on:click=remove>
                <Glyph icon=Icon::Close/>
            </button>
        </li>
    }
}

fn label(kind: FileType) -> &'static str {
    match (kind, kind.as_str()) {
        (FileType::Report(kind), _) => kind.label(),
        (_, "sarif") => "SARIF",
        (_, "cyclonedx") => "CycloneDX (SBOM)",
        (_, word) => word,
    }
}
