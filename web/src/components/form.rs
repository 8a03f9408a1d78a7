//! Fields of forms with label and explanation, the button that sends, and how sending ended. Must not know
//! what is sent.

use super::alert::Failure;
use crate::state::act::Act;
use leptos::prelude::*;

/// A line of text.
#[component]
pub fn TextField(
    /// Id of the element, and its hook.
    id: &'static str,
    /// Its name, with "(required)" where it is.
    label: &'static str,
    /// The text.
    value: RwSignal<String>,
    /// More about it.
    #[prop(optional)]
    about: &'static str,
    /// `text`, `password`, `email`, `date`, `number`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What a browser may fill in.
    #[prop(default = "off")]
    fills: &'static str,
    /// Whether it has to be filled in.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    let about_id = format!("{id}-about");
    let has_about = !about.is_empty();
    let described = has_about.then(|| about_id.clone());
    view! {
        <label for=id>{label}</label>
        <input class="field" id=id data-testid=id type=kind required=required autocomplete=fills autocapitalize="none"
            spellcheck="false" aria-describedby=described prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))/>
        <p class="about" id=about_id>{about}</p>
    }
}

/// One of several values.
#[component]
pub fn PickField(
    /// Id of the element, and its hook.
    id: &'static str,
    /// Its name.
    label: &'static str,
    /// The chosen value.
    value: RwSignal<String>,
    /// Values with their words.
    options: Vec<(String, String)>,
    /// More about it.
    #[prop(optional)]
    about: &'static str,
) -> impl IntoView {
    let about_id = format!("{id}-about");
    let described = (!about.is_empty()).then(|| about_id.clone());
    let option = move |(of, word): (String, String)| {
        let is_chosen = {
            let of = of.clone();
            move || value.with(|value| *value == of)
        };
        view! { <option value=of selected=is_chosen>{word}</option> }
    };
    view! {
        <label for=id>{label}</label>
        <select class="field" id=id data-testid=id aria-describedby=described
            on:change=move |event| value.set(event_target_value(&event))>
            {options.into_iter().map(option).collect_view()}
        </select>
        <p class="about" id=about_id>{about}</p>
    }
}

/// A box to tick.
#[component]
pub fn TickField(
    /// Id of the element, and its hook.
    #[prop(into)]
    id: String,
    /// Its name.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    value: RwSignal<bool>,
    /// More about it.
    #[prop(into, optional)]
    about: String,
) -> impl IntoView {
    let own = id.clone();
    view! {
        <label class="check" for=own>
            <input type="checkbox" id=id.clone() data-testid=id prop:checked=move || value.get()
                on:change=move |event| value.set(event_target_checked(&event))/>
            <span>{label}{(!about.is_empty()).then(|| view! { <small class="muted">{about}</small> })}</span>
        </label>
    }
}

/// The button that sends a form, and what became of it.
#[component]
pub fn Send(
    /// The act behind it.
    act: Act,
    /// Hook of the button.
    id: &'static str,
    /// Word of the button.
    label: &'static str,
    /// Said when it failed.
    what: &'static str,
) -> impl IntoView {
    view! {
        <Outcome act what/>
        <div class="row">
            <button class="btn go" type="submit" data-testid=id aria-disabled=move || act.is_busy().to_string()>{label}</button>
        </div>
    }
}

/// How the last act ended: why it failed, or what was done.
#[component]
pub fn Outcome(
    /// The act.
    act: Act,
    /// Said when it failed.
    what: &'static str,
) -> impl IntoView {
    view! {
        {move || act.error().map(|error| view! { <Failure what error/> })}
        <p role="status" class="done" data-testid="done">{move || act.done()}</p>
    }
}

/// Values and words that do not change, as [`PickField`] takes them.
pub fn options(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(value, word)| ((*value).to_owned(), (*word).to_owned())).collect()
}

/// Who may see a group or project: values and words.
pub fn visibilities() -> Vec<(String, String)> {
    options(&[
        ("private", "Private: its members"),
        ("internal", "Internal: everybody who is signed in"),
        ("public", "Public: everybody"),
    ])
}
