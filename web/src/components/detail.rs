//! The typed additional facts of a finding, drawn level by level. Must not know reports: the tree is made,
//! and its depth bounded, in `logic::details`.

use crate::logic::details::{Detail, Named, Step};
use leptos::prelude::*;

/// Named facts as a list of terms.
pub fn named_list(facts: Vec<Named>) -> AnyView {
    let one = |fact: Named| {
        let about = fact.description.map(|text| view! { <small>{text}</small> });
        view! {
            <dt>{fact.name}{about}</dt>
            <dd>{detail(fact.detail)}</dd>
        }
    };
    view! { <dl>{facts.into_iter().map(one).collect_view()}</dl> }.into_any()
}

fn detail(fact: Detail) -> AnyView {
    match fact {
        Detail::Text(text) => view! { <span class="lines">{text}</span> }.into_any(),
        Detail::Mono(text) => view! { <span class="mono">{text}</span> }.into_any(),
        Detail::Code(text) => view! { <pre tabindex="0"><code>{text}</code></pre> }.into_any(),
        Detail::Link { text, href } => view! {
            <a class="link" href=href target="_blank" rel="noreferrer">{text}</a>
        }
        .into_any(),
        Detail::Diff { before, after } => view! {
            <div class="pair">
                <figure><figcaption>"Before"</figcaption><pre tabindex="0">{before}</pre></figure>
                <figure><figcaption>"After"</figcaption><pre tabindex="0">{after}</pre></figure>
            </div>
        }
        .into_any(),
        Detail::List(items) => {
            let item = |item| view! { <li>{detail(item)}</li> };
            view! { <ul>{items.into_iter().map(item).collect_view()}</ul> }.into_any()
        }
        Detail::Table { header, rows } => table(header, rows),
        Detail::NamedList(facts) => named_list(facts),
        Detail::Flows(flows) => flows.into_iter().map(flow).collect_view().into_any(),
    }
}

fn table(header: Vec<Detail>, rows: Vec<Vec<Detail>>) -> AnyView {
    let head = |cell| view! { <th scope="col">{detail(cell)}</th> };
    let cell = |cell| view! { <td>{detail(cell)}</td> };
    let row = |row: Vec<Detail>| view! { <tr>{row.into_iter().map(cell).collect_view()}</tr> };
    view! {
        <div class="scroll">
            <table class="plain">
                <thead><tr>{header.into_iter().map(head).collect_view()}</tr></thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn flow(steps: Vec<Step>) -> impl IntoView {
    let step = |step: Step| {
        view! { <li><span class="tag">{step.kind}</span>" "<span class="mono">{step.place}</span></li> }
    };
    view! { <ol class="flow">{steps.into_iter().map(step).collect_view()}</ol> }
}
