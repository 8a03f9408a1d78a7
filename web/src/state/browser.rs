//! Small things asked of the browser: clock, storage, clipboard, focus, scroll. Must not know pages.

use crate::url::under_root;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// A value kept on this device; `None` when there is none or storage is off.
pub fn stored(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps a value on this device; without storage the page works all the same.
pub fn store(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Address of this server, `http://127.0.0.1:8080`, with what stands before all its paths.
pub fn origin() -> String {
    format!("{}{}", window().location().origin().unwrap_or_default(), under_root(""))
}

/// What the server says that stands before all its paths.
pub fn told_root() -> String {
    let told = document().query_selector("meta[name=casemate-root]").ok().flatten();
    told.and_then(|told| told.get_attribute("content")).unwrap_or_default()
}

/// Focuses an element without scrolling to it.
pub fn focus(id: &str) {
    if let Some(element) = element(id) {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

/// Focuses an element and brings it into view.
pub fn focus_and_show(id: &str) {
    if let Some(element) = element(id) {
        let _ = element.focus();
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

fn element(id: &str) -> Option<web_sys::HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The dialog with that id.
pub fn dialog(id: &str) -> Option<web_sys::HtmlDialogElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// How far the page is scrolled down.
pub fn scroll_y() -> f64 {
    window().scroll_y().unwrap_or_default()
}

/// Puts a text on the clipboard; false when the browser refuses.
pub async fn copy(text: &str) -> bool {
    // Outside a secure context there is no clipboard object, and calling it would throw.
    if !window().is_secure_context() {
        return false;
    }
    let promise = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(promise).await.is_ok()
}
