//! Single-key shortcuts: when they count, and whether they are on. Must not know what they do.

use super::browser;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

const KEY: &str = "casemate-keys";

/// Whether single keys act, for the page and as kept on the device (WCAG 2.1.4).
#[derive(Clone, Copy)]
pub struct Keys(RwSignal<bool>);

impl Keys {
    /// As kept on the device; on unless switched off.
    pub fn load() -> Keys {
        Keys(RwSignal::new(browser::stored(KEY).as_deref() != Some("off")))
    }

    /// Whether they act; tracked.
    pub fn on(self) -> bool {
        self.0.get()
    }

    /// Switches them.
    pub fn set(self, on: bool) {
        self.0.set(on);
        browser::store(KEY, if on { "on" } else { "off" });
    }

    /// Calls `act` with every single key that counts, until the owner ends. `act` says whether it used it.
    pub fn listen(self, act: impl Fn(&str) -> bool + 'static) {
        let handle = window_event_listener(ev::keydown, move |event| {
            let counts = self.0.get_untracked() && is_single(&event) && !in_field(&event);
            if counts && !event.default_prevented() && act(&event.key()) {
                event.prevent_default();
            }
        });
        on_cleanup(move || handle.remove());
    }
}

fn is_single(event: &web_sys::KeyboardEvent) -> bool {
    !event.ctrl_key() && !event.meta_key() && !event.alt_key() && !event.is_composing()
}

/// Keys belong to a field that has the focus, and to an open dialog.
fn in_field(event: &web_sys::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let inside = |selector| target.as_ref().is_some_and(|target| matches!(target.closest(selector), Ok(Some(_))));
    inside("input, textarea, select, dialog, [contenteditable]")
}
