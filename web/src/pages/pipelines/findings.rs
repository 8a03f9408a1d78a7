//! The findings of a pipeline, with filter and pages; their filter is the page's address. Must not know
//! scans.

use crate::api::{Client, Page, vulnerabilities};
use crate::components::alert::Failure;
use crate::components::async_view::Bars;
use crate::components::empty::Empty;
use crate::components::filter_bar::{Change, FilterBar};
use crate::components::frame::Frame;
use crate::components::pager::Pager;
use crate::components::severity::SeverityMark;
use crate::components::status::StatusMark;
use crate::logic::filters::{Dimension, Filters};
use crate::logic::list_query::{Defaults, ListQuery};
use crate::logic::scans;
use crate::logic::suggest::ScannerChoice;
use crate::logic::{number, query};
use crate::state::go::{Go, use_own_search};
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::Place;
use casemate_shared::Ingestion;
use casemate_shared::api::finding::Finding;
use leptos::prelude::*;

const DIMENSIONS: [Dimension; 4] = [Dimension::State, Dimension::Severity, Dimension::ReportType, Dimension::Scanner];

/// Heads of the table.
const HEADS: &[&str] = &["Status", "Severity", "Description", "Identifier", "Report type"];

/// The findings of a pipeline.
#[component]
pub fn Findings(
    /// The pipeline.
    id: u64,
    /// How far it is; the findings are asked for again when that changes.
    stage: Signal<Option<Ingestion>>,
    /// Whether retention took findings away.
    expired: Signal<bool>,
) -> impl IntoView {
    let (here, client) = (expect_context::<Here>(), expect_context::<Client>());
    let go = expect_context::<Go>();
    let of = StoredValue::new(untrack(|| here.full_path()));
    let address = use_own_search();
    let now = Memo::new(move |_| ListQuery::parse(&address.get(), &Defaults::default()));
    let list = Remote::new(
        Meanwhile::Keep,
        move || stage.get().map(|stage| (stage, now.with(ListQuery::page_query))),
        move |(_, query)| vulnerabilities::findings(client, of.get_value(), id, query),
    );
    let scanners = Remote::new(Meanwhile::Keep, move || stage.get(), move |_| vulnerabilities::scanners(client, of.get_value()));
    let offered = move || {
        let one = |scanner: vulnerabilities::Scanner| {
            let types: Vec<_> = scanner.report_types.iter().map(|kind| kind.label()).collect();
            ScannerChoice { word: scanner.external_id, name: scanner.name, hint: types.join(", ") }
        };
        scanners.get().unwrap_or_default().into_iter().map(one).collect()
    };
    let set = move |next: &ListQuery, small: bool| {
        let query = next.to_address(&Defaults::default());
        go.within(&query::join(&Place::Pipeline(id).path(&of.get_value()), &query), small);
    };
    let change = Callback::new(move |change: Change| {
        let next = now.with_untracked(|now| now.with_filters(change.filters));
        set(&next, change.small);
    });
    let turn = Callback::new(move |page| set(&ListQuery { page, ..now.get_untracked() }, false));
    let resize = Callback::new(move |per_page| set(&ListQuery { per_page, page: 1, ..now.get_untracked() }, false));
    let filters = Signal::derive(move || now.with(|now| now.filters.clone()));
    let total = move || list.with(|page| page.map_or(0, |page| page.total));
    let why = move || match (filters.with(Filters::is_empty), expired.get(), stage.get().is_some_and(Ingestion::is_terminal)) {
        (false, ..) => Nothing::Filtered,
        (true, true, _) => Nothing::Expired,
        (true, false, true) => Nothing::Empty,
        (true, false, false) => Nothing::Yet,
    };
    view! {
        <h2 class="above">"Findings"</h2>
        <FilterBar filters dimensions=&DIMENSIONS scanners=Signal::derive(offered) change/>
        <Answer list why=Signal::derive(why)/>
        <Show when=move || { total() > 0 }>
            <div class="sheet footed">
                <Pager page=Signal::derive(move || now.with(|now| now.page))
                    per_page=Signal::derive(move || now.with(|now| now.per_page))
                    total=Signal::derive(total) go=turn resize/>
            </div>
        </Show>
    }
}

/// Why there is nothing to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nothing {
    /// The filter hides everything.
    Filtered,
    /// Retention took it.
    Expired,
    /// Nothing was reported.
    Empty,
    /// It comes later.
    Yet,
}

#[component]
fn Answer(list: Remote<Page<Finding>>, why: Signal<Nothing>) -> impl IntoView {
    let here = expect_context::<Here>();
    let retry = Callback::new(move |()| list.reload());
    let told = move || list.with(|page| page.map(|page| number::count(page.total, "finding", "findings")));
    let rows = move || match list.get() {
        None if list.error().is_some() => ().into_any(),
        None => view! { <Bars/> }.into_any(),
        Some(page) if page.rows.is_empty() => none(why.get()),
        Some(page) => table(&here.full_path(), page.rows),
    };
    view! {
        {move || list.error().map(|error| view! { <Failure what="The findings could not be loaded" error retry/> })}
        <p class="count" role="status" data-testid="result-count">{told}</p>
        {rows}
    }
}

fn none(why: Nothing) -> AnyView {
    let (title, about) = match why {
        Nothing::Filtered => ("No finding matches the filter", "Take a token away to see more."),
        Nothing::Expired => {
            ("Results have expired", "Retention removed the findings of this pipeline; their numbers stand above.")
        }
        Nothing::Empty => ("The security reports are empty", "The scans of this pipeline reported nothing that could be stored."),
        Nothing::Yet => ("No finding yet", "Ingestion is still under way."),
    };
    view! { <div class="sheet"><Empty title><p>{about}</p></Empty></div> }.into_any()
}

fn table(project: &str, findings: Vec<Finding>) -> AnyView {
    let rows = findings.into_iter().map(|finding| row(project, finding)).collect_view();
    view! {
        <Frame class="findings" caption="Findings of this pipeline" heads=HEADS sheet="sheet open-below">{rows}</Frame>
    }
    .into_any()
}

fn row(project: &str, finding: Finding) -> impl IntoView + use<> {
    let name = finding.name;
    let title = match finding.vulnerability_id {
        Some(id) => view! { <a class="t" href=Place::Vulnerability(id).path(project)>{name}</a> }.into_any(),
        None => view! { <span class="t">{name}</span> }.into_any(),
    };
    let mut identifiers = finding.identifiers.into_iter().map(|identifier| identifier.name);
    let first = identifiers.next();
    let more = identifiers.count();
    view! {
        <tr data-testid="finding-row" data-uuid=finding.uuid>
            <td class="state"><StatusMark state=finding.state reason=None/></td>
            <td class="sevc"><SeverityMark severity=finding.severity/></td>
            <td class="desc">{title}<span class="p mono">{finding.location_text}</span></td>
            <td class="ident">
                <span class="mono clip">{first}</span>
                {(more > 0).then(|| view! { <small>{format!("+{more} more")}</small> })}
            </td>
            <td class="kind">{finding.report_type.label()}<small>{scans::tool(&finding.scanner)}</small></td>
        </tr>
    }
}
