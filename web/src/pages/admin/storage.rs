//! What fills the disk: database, reports, search index; whose it is; and what retention removed. Must not know how sizes are
//! found out.

use super::top;
use crate::api::{Client, Page, admin};
use crate::components::async_view::AsyncView;
use crate::components::empty::Empty;
use crate::components::list::{List, ListChoice, ListSearch, NoMatch};
use crate::components::when::Ago;
use crate::logic::days::told;
use crate::logic::number::{bytes, count, thousands};
use crate::state::listing::Listing;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::Place;
use casemate_shared::api::storage::{ProjectStorage, Retention, RetentionRun, Storage, TableStorage};
use leptos::prelude::*;

/// What projects are sorted by.
const ORDERS: &[(&str, &str)] = &[
    ("", "Largest reports first"),
    ("findings", "Most findings first"),
    ("vulnerabilities", "Most vulnerabilities first"),
    ("pipelines", "Most pipelines first"),
];
/// Heads of the table of projects.
const HEADS: &[&str] = &["Project", "Reports", "Findings of pipelines", "Vulnerabilities", "Pipelines"];

/// What fills the disk.
#[component]
pub fn StoragePage() -> impl IntoView {
    let client = expect_context::<Client>();
    let storage: Remote<Storage> = Remote::new(Meanwhile::Keep, || Some(()), move |()| admin::storage(client));
    view! {
        {top("Storage", "What is in the data directory, whose it is, and what retention took away.")}
        <div class="space"></div>
        <AsyncView remote=storage what="The sizes could not be loaded" ready=|storage| shown(storage).into_any()/>
        <h2 class="above">"By project"</h2>
        <Projects/>
        {move || storage.get().map(|storage| tables(storage.database.tables))}
    }
}

/// What is kept of each project.
#[component]
fn Projects() -> impl IntoView {
    let client = expect_context::<Client>();
    let listing = Listing::here(&["search", "order_by"]);
    let list: Remote<Page<ProjectStorage>> =
        Remote::new(Meanwhile::Keep, move || Some(listing.wish()), move |wish| admin::project_sizes(client, wish.request(&[])));
    let empty = move |_| match listing.get("search").is_empty() {
        true => view! { <Empty title="No project yet">""</Empty> }.into_any(),
        false => view! { <NoMatch listing title="No project matches"/> }.into_any(),
    };
    view! {
        <p class="muted">"Reports have sizes. Findings share their texts within the database, so they are counted. A report that was handed in twice is on the disk once and counts twice."</p>
        <div class="bar">
            <ListSearch listing label="Search by name or path"/>
            <ListChoice listing name="order_by" label="Order" options=ORDERS/>
        </div>
        <List listing remote=list what="The sizes of projects could not be loaded" words=("project", "projects") class="sizes" heads=HEADS
            ends=&["Reports", "Findings of pipelines", "Vulnerabilities", "Pipelines"] row=project empty/>
    }
}

fn project(one: ProjectStorage) -> AnyView {
    let path = one.path_with_namespace;
    let archived = one.archived.then(|| view! { " "<span class="tag">"archived"</span> });
    view! {
        <tr data-testid="project-size" data-path=path.clone() data-bytes=one.report_bytes.to_string()>
            <td class="desc"><a class="t" href=Place::Report.path(&path)>{one.name}</a>{archived}<span class="p mono">{path.clone()}</span></td>
            <td class="end nowrap"><span class="narrow-label">"Reports "</span>{bytes(one.report_bytes)}<small>{count(one.reports, "report", "reports")}</small></td>
            <td class="end"><span class="narrow-label">"Findings of pipelines "</span>{thousands(one.findings)}</td>
            <td class="end"><span class="narrow-label">"Vulnerabilities "</span>{thousands(one.vulnerabilities)}</td>
            <td class="end"><span class="narrow-label">"Pipelines "</span>{thousands(one.pipelines)}</td>
        </tr>
    }
    .into_any()
}

fn shown(storage: Storage) -> impl IntoView {
    let all = storage.database.file_bytes + storage.artifacts_bytes + storage.index_bytes + storage.spool_bytes;
    let free = format!("{} of it free for new data", bytes(storage.database.free_bytes));
    let cell = |size: u64, word: &'static str, about: String| {
        view! { <li class="cell" data-bytes=size.to_string()><b>{bytes(size)}</b><span>{word}</span><small>{about}</small></li> }
    };
    view! {
        <section class="box">
            <h2>"On the disk: " {bytes(all)}</h2>
            <ul class="tally" data-testid="storage-sizes">
                {cell(storage.database.file_bytes, "database", free)}
                {cell(storage.artifacts_bytes, "reports", "as uploaded, packed".to_owned())}
                {cell(storage.index_bytes, "search index", "can be made again at any time".to_owned())}
                {cell(storage.spool_bytes, "under way", "files that are being received or read".to_owned())}
            </ul>
        </section>
        {retention(storage.retention)}
    }
}

fn tables(all: Vec<TableStorage>) -> impl IntoView {
    let (empty, tables): (Vec<_>, Vec<_>) = all.into_iter().partition(|table| table.rows == 0);
    let of_empty = (!empty.is_empty()).then(|| format!(", and {} without an entry", thousands(empty.len() as u64)));
    view! {
        <h2 class="above">"Tables of the database"</h2>
        <p class="count">{count(tables.len() as u64, "table", "tables")}", the largest first"{of_empty}</p>
        <div class="sheet">
            <table class="sizes">
                <caption class="sr">"Tables of the database"</caption>
                <thead><tr><th scope="col">"Table"</th><th scope="col" class="end">"Entries"</th><th scope="col" class="end">"Size"</th></tr></thead>
                <tbody>{tables.into_iter().map(table).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn table(one: TableStorage) -> impl IntoView {
    view! { <tr><td class="mono">{one.name}</td><td class="end">{thousands(one.rows)}</td><td class="end nowrap">{bytes(one.bytes)}</td></tr> }
}

fn retention(retention: Retention) -> impl IntoView {
    let limit = retention.artifacts_bytes.map_or_else(|| "no limit".to_owned(), bytes);
    let last = match retention.last_run {
        Some(run) => last_run(run).into_any(),
        None => view! { <p class="muted">"It has not run yet."</p> }.into_any(),
    };
    view! {
        <section class="box space">
            <h2>"Retention"</h2>
            <dl>
                <dt>"Findings of pipelines"</dt><dd>"kept "{told(retention.findings_days)}</dd>
                <dt>"Reports as uploaded"</dt><dd>"kept "{told(retention.artifacts_days)}", room for them: "{limit}</dd>
                <dt>"Runs"</dt><dd>"every "{count(u64::from(retention.interval_hours), "hour", "hours")}</dd>
            </dl>
            <h3>"Last run"</h3>
            {last}
            <p class="muted">{count(retention.runs.len() as u64, "run", "runs")}" remembered."</p>
        </section>
    }
}

fn last_run(run: RetentionRun) -> impl IntoView {
    let findings = count(run.findings, "finding", "findings");
    let pipelines = count(run.pipelines, "pipeline", "pipelines");
    let reports = count(run.artifacts, "report", "reports");
    view! {
        <p data-testid="last-run">
            <Ago at=run.finished_at/>": "{findings}" of "{pipelines}" and "{reports}" removed, "{bytes(run.file_bytes)}" of files freed."
        </p>
    }
}
