//! Where an import stands: what goes on while it runs, the numbers when it is done, in the same place and
//! of the same height. Must not know how numbers are made.

use crate::components::tally::{KeptOpen, Tally};
use crate::logic::progress::{Progress, progress};
use crate::logic::{scans, tally};
use casemate_shared::Ingestion;
use casemate_shared::api::pipeline::{Pipeline, Scan};
use leptos::prelude::*;

/// Where the import stands.
#[component]
pub fn Standing(
    /// The pipeline; nothing is shown before it is known.
    pipeline: Signal<Option<Pipeline>>,
    /// Its scans, as far as they are known.
    scans: Signal<Option<Vec<Scan>>>,
) -> impl IntoView {
    let now = Memo::new(move |_| {
        pipeline.with(|found| {
            let found = found.as_ref()?;
            let progress = scans.with(|scans| progress(found, scans.as_deref().unwrap_or_default()));
            Some((Stage::of(found), progress))
        })
    });
    let step = Memo::new(move |_| now.with(|now| now.as_ref().map(|(_, progress)| progress.step)));
    let numbers = Memo::new(move |_| scans.with(|scans| scans.as_deref().map(scans::sums)));
    let on_default = Memo::new(move |_| pipeline.with(|found| found.as_ref().is_some_and(|found| found.on_default_branch)));
    let cells = move || numbers.with(|sums| tally::cells(&sums.clone().unwrap_or_default(), on_default.get()));
    let reasons = move || numbers.with(|sums| sums.as_ref().map(|sums| sums.kept_open_reasons.clone()).unwrap_or_default());
    let entries = move || numbers.with(|sums| sums.as_ref().map(tally::entries));
    let body = move || match now.get() {
        None => ().into_any(),
        Some((Stage::Done, _)) => view! {
            <Tally label="Against the default branch" cells=cells()/>
            <p data-testid="entries">{entries}</p>
            <KeptOpen reasons=reasons()/>
        }
        .into_any(),
        Some((stage, progress)) => under_way(stage, &progress),
    };
    let is_short = move || pipeline.with(|found| found.as_ref().is_some_and(|found| !found.on_default_branch));
    let word = move || pipeline.with(|found| found.as_ref().map(|found| found.ingestion.as_str()));
    view! {
        <section class="box standing" class:short=is_short aria-label="Import" data-testid="ingestion-progress" data-ingestion=word>
            <p class="sr" role="status">{move || step.get()}</p>
            {body}
        </section>
    }
}

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Something goes on, or is waited for.
    Busy,
    /// The numbers are final.
    Done,
    /// There are none.
    Failed,
}

impl Stage {
    fn of(pipeline: &Pipeline) -> Stage {
        match pipeline.ingestion {
            _ if scans::under_way(pipeline) => Stage::Busy,
            Ingestion::Failed => Stage::Failed,
            _ => Stage::Done,
        }
    }
}

fn under_way(stage: Stage, progress: &Progress) -> AnyView {
    let is_busy = stage == Stage::Busy;
    let (read, all) = (progress.read.to_string(), progress.all.to_string());
    let bar = (is_busy && progress.all > 0).then(|| {
        view! { <progress max=all value=read aria-label="Reports read"></progress> }
    });
    view! {
        <div class="progress" class:busy=is_busy class:bad=!is_busy>
            <p>{progress.text.clone()}</p>
            {bar}
        </div>
    }
    .into_any()
}
