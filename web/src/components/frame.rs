//! The frame of a table: caption, heads, rows, and what stands below. Where there is little room every row is a card.
//! Must not know what the rows are.

use super::pager::Pager;
use crate::logic::wish::PER_PAGE;
use leptos::prelude::*;

/// A page of rows.
pub struct Pages {
    /// Which one, from 1.
    pub at: u32,
    /// Rows of all pages.
    pub total: u64,
    /// Goes to another one.
    pub turn: Callback<u32>,
}

fn pager(of: Pages) -> impl IntoView {
    view! { <Pager page=Signal::stored(of.at) per_page=Signal::stored(PER_PAGE) total=Signal::stored(of.total) go=of.turn/> }
}

/// A table in its sheet.
#[component]
pub fn Frame(
    /// Class of the table.
    #[prop(into)]
    class: String,
    /// What it is, for readers.
    caption: &'static str,
    /// Its heads.
    heads: &'static [&'static str],
    /// Those of them that stand at the right, above numbers and buttons.
    #[prop(default = &["Actions"])]
    ends: &'static [&'static str],
    /// Class of the sheet.
    #[prop(default = "sheet")]
    sheet: &'static str,
    /// Which page of the rows it is; no pager without it.
    #[prop(optional_no_strip)]
    pages: Option<Pages>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let head = |word: &&'static str| {
        let class = ends.contains(word).then_some("end");
        view! { <th scope="col" class=class>{*word}</th> }
    };
    view! {
        <div class=sheet>
            <table class=format!("cards-when-narrow {class}")>
                <caption class="sr">{caption}</caption>
                <thead><tr>{heads.iter().map(head).collect_view()}</tr></thead>
                <tbody>{children()}</tbody>
            </table>
            {pages.map(pager)}
        </div>
    }
}
