//! "Upload your first report": commands to copy, with address and project filled in, and a token made on
//! the spot. Must not know how uploads are taken.

mod token;

use crate::components::copy::CopyBlock;
use crate::components::heading::Heading;
use crate::logic::snippets::{Snippet, Target, snippets};
use crate::state::browser;
use crate::state::project::Here;
use leptos::prelude::*;

/// How to send reports.
#[component]
pub fn UploadPage() -> impl IntoView {
    let here = expect_context::<Here>();
    let project = untrack(|| here.full_path());
    let name = project.clone();
    let branch = Memo::new(move |_| {
        let told = here.project.with(|project| project.map(|project| project.default_branch.clone()));
        told.unwrap_or_else(|| "main".to_owned())
    });
    let ways = move || {
        let target = Target { server: browser::origin(), project: project.clone(), branch: branch.get() };
        snippets(&target).into_iter().map(way).collect_view()
    };
    view! {
        <div class="head">
            <div class="grow">
                <Heading text="Upload your first report".to_owned() of=Signal::derive(move || here.name())/>
                <p>
                    "Casemate reads GitLab's security report format, which most scanners can write. Send reports of "
                    "every branch; those of " <span class="mono">{move || branch.get()}</span> " become vulnerabilities."
                </p>
            </div>
        </div>
        <div class="stack ways">
            <section class="box">
                <h2><span class="step">"1"</span>"Make a token"</h2>
                <token::TokenForm project=name/>
            </section>
            <section class="box">
                <h2><span class="step">"2"</span>"Send a report"</h2>
                <p>"Choose the way that fits your CI. The answer names the pipeline; its page shows what each report held."</p>
                {ways}
            </section>
        </div>
    }
}

fn way(snippet: Snippet) -> impl IntoView {
    let label = format!("Copy the commands for {}", snippet.title);
    view! {
        <section class="way" id=snippet.id>
            <h3>{snippet.title}</h3>
            <p class="muted">{snippet.intro}</p>
            <CopyBlock code=snippet.code label/>
        </section>
    }
}
