//! An address that means nothing. Must not know which addresses there are.

use crate::components::empty::Empty;
use crate::components::heading::Heading;
use crate::url::Route;
use leptos::prelude::*;

/// Says so, and leads back.
#[component]
pub fn MissingPage() -> impl IntoView {
    view! {
        <Heading text="Not found".to_owned()/>
        <div class="sheet space">
            <Empty title="There is no page at this address">
                <p>"Check the address, or begin at the list of projects."</p>
                <a class="btn go" href=Route::Projects.path()>"All projects"</a>
            </Empty>
        </div>
    }
}
