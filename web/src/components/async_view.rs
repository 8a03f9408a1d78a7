//! A value on its way: waiting, failed or there. Must not know what it is.

use super::alert::Failure;
use crate::api::ApiError;
use crate::state::remote::{Data, Remote};
use leptos::prelude::*;

/// Shows `ready` for the value, grey bars while it is awaited, and why it failed when there is none.
#[component]
pub fn AsyncView<T: Data>(
    /// The value.
    remote: Remote<T>,
    /// Said when it failed: "The pipeline could not be loaded".
    what: &'static str,
    /// The view of a value.
    ready: impl Fn(T) -> AnyView + Send + Sync + 'static,
) -> impl IntoView {
    let retry = Callback::new(move |()| remote.reload());
    move || match (remote.get(), remote.error()) {
        (Some(value), None) => ready(value),
        (Some(value), Some(error)) => view! {
            <Failure what error retry/>
            {ready(value)}
        }
        .into_any(),
        (None, Some(error)) => view! { <Failure what error retry/> }.into_any(),
        (None, None) => view! { <Bars/> }.into_any(),
    }
}

/// Grey bars in the place of a text that is awaited.
#[component]
pub fn Bars() -> impl IntoView {
    view! {
        <div class="bars" aria-hidden="true">
            <span></span>
            <span></span>
            <span></span>
        </div>
        <p class="sr" role="status">"Loading"</p>
    }
}

/// Why a value cannot be shown, or grey bars while it is awaited; nothing once it is there. For a page
/// whose parts stay in place while the value changes.
#[component]
pub fn Awaited<T: Data>(
    /// The value.
    remote: Remote<T>,
    /// Said when it failed: "The pipeline could not be loaded".
    what: &'static str,
) -> impl IntoView {
    let retry = Callback::new(move |()| remote.reload());
    let is_there = Memo::new(move |_| remote.with(|value| value.is_some()));
    awaited(what, retry, is_there, Box::new(move || remote.error()))
}

/// The same for every kind of value, and compiled once.
fn awaited(
    what: &'static str,
    retry: Callback<()>,
    is_there: Memo<bool>,
    error: Box<dyn Fn() -> Option<ApiError> + Send + Sync>,
) -> AnyView {
    let shown = move || match (error(), is_there.get()) {
        (Some(error), _) => view! { <Failure what error retry/> }.into_any(),
        (None, false) => view! { <Bars/> }.into_any(),
        (None, true) => ().into_any(),
    };
    shown.into_any()
}
