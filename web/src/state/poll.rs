//! Asking again and again while something is under way, ever more slowly. Must not know what it is.

use crate::logic::scans::pause_ms;
use leptos::prelude::*;
use std::time::Duration;

/// Calls `tick` after a pause, again and again, as long as `active` says so. Ends with the owner.
pub fn poll_while(active: impl Fn() -> bool + 'static, tick: impl Fn() + Copy + 'static) {
    let asked = StoredValue::new(0_u32);
    let rounds = RwSignal::new(0_u32);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = timer.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    Effect::new(move |_| {
        rounds.track();
        stop();
        if !active() {
            asked.set_value(0);
            return;
        }
        let pause = Duration::from_millis(pause_ms(asked.get_value()));
        asked.update_value(|asked| *asked += 1);
        let handle = set_timeout_with_handle(
            move || {
                tick();
                rounds.try_update(|rounds| *rounds += 1);
            },
            pause,
        );
        timer.set_value(handle.ok());
    });
    on_cleanup(stop);
}
