//! The list of projects: grade, open vulnerabilities per severity, newest pipeline; search and page in the
//! address. Must not know how counts are made.

use crate::api::{Client, Page, projects};
use crate::components::async_view::AsyncView;
use crate::components::empty::Empty;
use crate::components::frame::{Frame, Pages};
use crate::components::heading::Heading;
use crate::components::icon::{Glyph, Icon};
use crate::components::pipeline_state::IngestionMark;
use crate::components::severity::SeverityShape;
use crate::components::shell::PROJECT_SEARCH;
use crate::components::when::Ago;
use crate::logic::grade::{grade, meaning};
use crate::logic::{number, query};
use crate::state::go::{Go, use_own_search};
use crate::state::remote::{Meanwhile, Remote};
use crate::url::{Place, Route};
use casemate_shared::Severity;
use casemate_shared::api::project::Project;
use casemate_shared::api::vulnerability::SeverityCounts;
use leptos::prelude::*;
use std::time::Duration;

/// Heads of the table.
const HEADS: &[&str] = &["Grade", "Project", "Open vulnerabilities", "Last pipeline"];

/// The list of projects.
#[component]
pub fn ProjectsPage() -> impl IntoView {
    let (client, go) = (expect_context::<Client>(), expect_context::<Go>());
    let address = use_own_search();
    let wish = Memo::new(move |_| read(&address.get()));
    let list = Remote::new(Meanwhile::Keep, move || Some(wish.get()), move |(search, page)| projects::list(client, search, page));
    let visit = move |search: &str, page: u32, small: bool| {
        go.within(&query::join(&Route::Projects.path(), &write(search, page)), small);
    };
    let search = Callback::new(move |text: String| visit(&text, 1, true));
    let turn = Callback::new(move |page| visit(&wish.get_untracked().0, page, false));
    let ready = move |page: Page<Project>| {
        let (search, at) = wish.get();
        match page.rows.is_empty() {
            true => none(&search),
            false => table(page, at, turn),
        }
    };
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Projects".to_owned()/>
                <p>"Open vulnerabilities of each default branch."</p>
            </div>
            <a class="btn go" href=Route::NewProject.path() data-testid="new-project">
                <Glyph icon=Icon::Plus/>
                "New project"
            </a>
        </div>
        <Search value=Signal::derive(move || wish.get().0) search/>
        <AsyncView remote=list what="The projects could not be loaded" ready/>
    }
}

fn read(address: &str) -> (String, u32) {
    let pairs = query::pairs(address);
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let page = value("page").and_then(|page| page.parse().ok()).unwrap_or(1_u32).max(1);
    (value("search").unwrap_or_default(), page)
}

fn write(search: &str, page: u32) -> String {
    let mut pairs = Vec::new();
    if !search.trim().is_empty() {
        pairs.push(("search", search.trim().to_owned()));
    }
    if page > 1 {
        pairs.push(("page", page.to_string()));
    }
    query::write(&pairs)
}

#[component]
fn Search(value: Signal<String>, search: Callback<String>) -> impl IntoView {
    let mut typed = leptos::leptos_dom::helpers::debounce(Duration::from_millis(300), move |text| {
        search.run(text);
    });
    view! {
        <div class="bar" role="search">
            <div class="tokens">
                <Glyph icon=Icon::Search/>
                <input id=PROJECT_SEARCH data-testid="project-search" class="bare" type="search"
                    aria-label="Search projects" placeholder="Search by name or path" autocomplete="off"
                    prop:value=move || value.get()
                    on:input=move |event| typed(event_target_value(&event))/>
            </div>
        </div>
    }
}

fn none(search: &str) -> AnyView {
    if search.is_empty() {
        return view! {
            <div class="sheet space">
                <Empty title="No project yet">
                    <p>"A project takes the reports of one repository."</p>
                    <a class="btn go" href=Route::NewProject.path()>"New project"</a>
                </Empty>
            </div>
        }
        .into_any();
    }
    let title = format!("No project matches “{search}”");
    view! {
        <div class="sheet space">
            <Empty title>
                <a class="btn" href=Route::Projects.path()>"Show all projects"</a>
            </Empty>
        </div>
    }
    .into_any()
}

fn table(page: Page<Project>, at: u32, turn: Callback<u32>) -> AnyView {
    let total = page.total;
    let told = number::count(total, "project", "projects");
    let pages = Some(Pages { at, total, turn });
    view! {
        <p class="sr" role="status" data-testid="result-count">{told}</p>
        <Frame class="projects" caption="Projects" heads=HEADS pages>
            {page.rows.into_iter().map(row).collect_view()}
        </Frame>
    }
    .into_any()
}

fn row(project: Project) -> impl IntoView {
    let path = project.path_with_namespace.clone();
    let counts = project.vulnerability_counts.unwrap_or_default();
    let scanned = project.last_pipeline.is_some();
    let pipeline = match project.last_pipeline {
        Some(pipeline) => view! {
            <a class="link" href=Place::Pipeline(pipeline.id).path(&path)>{format!("#{}", pipeline.id)}</a>
            " "
            <IngestionMark ingestion=pipeline.ingestion/>
            <small><Ago at=pipeline.created_at/></small>
        }
        .into_any(),
        None => view! {
            <span class="muted">"No report yet. "</span>
            <a class="link" href=Place::Upload.path(&path)>"Upload"</a>
        }
        .into_any(),
    };
    view! {
        <tr data-testid="project-row" data-path=path.clone()>
            <td class="gradec">{grade_mark(counts, scanned)}</td>
            <td class="desc">
                <a class="t" href=Place::Report.path(&path) data-testid="project-link">{project.name}</a>
                <span class="p mono">{path.clone()}</span>
            </td>
            <td class="open">{numbers(counts)}</td>
            <td class="last">{pipeline}</td>
        </tr>
    }
}

fn grade_mark(counts: SeverityCounts, scanned: bool) -> AnyView {
    if !scanned {
        return view! { <span class="grade none" title="not scanned yet">"–"<span class="sr">"not scanned yet"</span></span> }
            .into_any();
    }
    let grade = grade(&counts);
    view! {
        <span class=format!("grade {}", grade.to_ascii_lowercase()) title=meaning(grade)>
            {grade}<span class="sr">": " {meaning(grade)}</span>
        </span>
    }
    .into_any()
}

fn numbers(counts: SeverityCounts) -> impl IntoView {
    let one = move |severity: Severity| {
        let number = counts.get(severity);
        let class = if number == 0 { "nil" } else { severity.as_str() };
        view! {
            <li class=class title=severity.label()>
                <SeverityShape severity/>
                {number::thousands(number)}
                <span class="sr">" " {severity.label()}</span>
            </li>
        }
    };
    view! { <ul class="mini">{Severity::CARDS.map(one).collect_view()}</ul> }
}
