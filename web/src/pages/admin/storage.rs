//! What fills the disk: database, reports, search index, and what retention removed. Must not know how sizes are
//! found out.

use super::top;
use crate::api::{Client, admin};
use crate::components::async_view::AsyncView;
use crate::components::when::Ago;
use crate::logic::days::told;
use crate::logic::number::{bytes, count, thousands};
use crate::state::remote::{Meanwhile, Remote};
use casemate_shared::api::storage::{Retention, RetentionRun, Storage, TableStorage};
use leptos::prelude::*;

/// What fills the disk.
#[component]
pub fn StoragePage() -> impl IntoView {
    let client = expect_context::<Client>();
    let storage: Remote<Storage> = Remote::new(Meanwhile::Keep, || Some(()), move |()| admin::storage(client));
    view! {
        {top("Storage", "What is in the data directory, and what retention took away.")}
        <div class="space"></div>
        <AsyncView remote=storage what="The sizes could not be loaded" ready=|storage| shown(storage).into_any()/>
    }
}

fn shown(storage: Storage) -> impl IntoView {
    let all = storage.database.file_bytes + storage.artifacts_bytes + storage.index_bytes + storage.spool_bytes;
    let free = format!("{} of it free for new data", bytes(storage.database.free_bytes));
    let cell = |size: u64, word: &'static str, about: String| {
        view! { <li class="cell" data-bytes=size.to_string()><b>{bytes(size)}</b><span>{word}</span><small>{about}</small></li> }
    };
    let (empty, tables): (Vec<_>, Vec<_>) = storage.database.tables.into_iter().partition(|table| table.rows == 0);
    let of_empty = (!empty.is_empty()).then(|| format!(", and {} without an entry", thousands(empty.len() as u64)));
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
