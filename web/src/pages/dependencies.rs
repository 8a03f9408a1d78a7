//! What the default branch depends on: the components of its newest SBOM, with licences, the way to each and
//! its open vulnerabilities. Must not know how an SBOM is read.

use crate::api::{Client, Page, dependencies};
use crate::components::async_view::Awaited;
use crate::components::empty::Empty;
use crate::components::frame::{Frame, Pages};
use crate::components::heading::Heading;
use crate::components::severity::SeverityMark;
use crate::logic::number::{count, thousands};
use crate::logic::{href, query};
use crate::state::go::{Go, use_own_search};
use crate::state::project::Here;
use crate::state::remote::{Meanwhile, Remote};
use crate::url::Place;
use casemate_shared::api::dependency::{Dependency, DependencyLicense, DependencyVulnerability, PathStep};
use leptos::prelude::*;

/// Heads of the table.
const HEADS: &[&str] = &["Component", "Kind", "Licences", "Open vulnerabilities"];

/// Vulnerabilities of a component that are named; of the others their number.
const NAMED: usize = 3;

/// The dependencies of the default branch.
#[component]
pub fn DependenciesPage() -> impl IntoView {
    let (here, client, go) = (expect_context::<Here>(), expect_context::<Client>(), expect_context::<Go>());
    let of = StoredValue::new(untrack(|| here.full_path()));
    let address = use_own_search();
    let wish = Memo::new(move |_| {
        let address = address.get();
        let is_vulnerable = query::pairs(&address).iter().any(|(key, value)| key == "filter" && value == "vulnerable");
        (query::page(&address), is_vulnerable)
    });
    let list = Remote::new(
        Meanwhile::Keep,
        move || Some(wish.get()),
        move |(page, is_vulnerable)| dependencies::list(client, of.get_value(), page, is_vulnerable),
    );
    let visit = move |page: u32, is_vulnerable: bool| {
        let mut pairs = Vec::new();
        if is_vulnerable {
            pairs.push(("filter", "vulnerable".to_owned()));
        }
        if page > 1 {
            pairs.push(("page", page.to_string()));
        }
        go.within(&query::join(&Place::Dependencies.path(&of.get_value()), &query::write(&pairs)), false);
    };
    let turn = Callback::new(move |page| visit(page, wish.get_untracked().1));
    let told = move || list.with(|page| page.map(|page| count(page.total, "dependency", "dependencies")));
    let rows = move || list.get().map(|page| table(&of.get_value(), page, wish.get(), turn));
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Dependencies".to_owned() of=Signal::derive(move || here.name())/>
                <p>"Components of the newest CycloneDX file of the default branch."</p>
            </div>
        </div>
        <label class="check space">
            <input type="checkbox" data-testid="only-vulnerable" prop:checked=move || wish.get().1
                on:change=move |event| visit(1, event_target_checked(&event))/>
            "Only those with open vulnerabilities"
        </label>
        <Awaited remote=list what="The dependencies could not be loaded"/>
        <p class="count" role="status" data-testid="result-count">{told}</p>
        {rows}
    }
}

fn table(project: &str, page: Page<Dependency>, (at, is_vulnerable): (u32, bool), turn: Callback<u32>) -> AnyView {
    if page.rows.is_empty() {
        let (title, about) = match is_vulnerable {
            true => ("No dependency with an open vulnerability", "Show all of them to see the others."),
            false => ("No dependencies yet", "Send a CycloneDX file of the default branch in the field cyclonedx."),
        };
        return view! { <div class="sheet"><Empty title><p>{about}</p></Empty></div> }.into_any();
    }
    let rows = page.rows.into_iter().map(|one| row(project, one)).collect_view();
    let pages = Some(Pages { at, total: page.total, turn });
    view! {
        <Frame class="dependencies" caption="Dependencies" heads=HEADS pages>{rows}</Frame>
    }
    .into_any()
}

fn row(project: &str, one: Dependency) -> impl IntoView + use<> {
    let way = way(&one.dependency_path);
    let licences = one.licenses.into_iter().map(licence).collect_view();
    let more = one.vulnerabilities.len().saturating_sub(NAMED) as u64;
    let more = (more > 0).then(|| view! { <small>{format!("and {} more", thousands(more))}</small> });
    let open = one.vulnerabilities.into_iter().take(NAMED).map(|one| vulnerability(project, one)).collect_view();
    view! {
        <tr data-testid="dependency-row">
            <td class="desc">
                <span class="t">{one.name}</span>" "<span class="mono">{one.version}</span>
                <span class="p mono">{one.dependency_file_path}</span>
                <small>{way}</small>
            </td>
            <td class="kinds">{one.package_manager}<small>{one.relationship}</small></td>
            <td class="kinds">{licences}</td>
            <td class="open">{open}{more}</td>
        </tr>
    }
}

/// `by way of web 1.0 → lodash 4.17`: the way without the component itself; `None` for a direct one.
fn way(path: &[PathStep]) -> Option<String> {
    let (_, above) = path.split_last()?;
    let steps: Vec<_> = above.iter().map(|step| format!("{} {}", step.name, step.version).trim_end().to_owned()).collect();
    (!steps.is_empty()).then(|| format!("by way of {}", steps.join(" → ")))
}

fn licence(one: DependencyLicense) -> impl IntoView {
    let name = one.name;
    match one.url.as_deref().and_then(href::safe) {
        Some(to) => view! { <a class="link" href=to target="_blank" rel="noreferrer">{name}</a>" " }.into_any(),
        None => view! { <span>{name}</span>" " }.into_any(),
    }
}

fn vulnerability(project: &str, one: DependencyVulnerability) -> impl IntoView + use<> {
    view! {
        <p>
            <SeverityMark severity=one.severity/>" "
            <a class="link" href=Place::Vulnerability(one.id).path(project)>{one.name}</a>
        </p>
    }
}
