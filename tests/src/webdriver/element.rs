//! One element of a page.
//!
//! Must not know: how it was found.

use super::Browser;
use super::driver::Refusal;
use serde_json::{Value, json};

/// An element of the page that a browser shows. It may go away when the page changes; then its
/// functions that give an `Option` give `None`, the others fail the test.
#[derive(Debug, Clone)]
pub struct Element<'a> {
    pub(super) browser: &'a Browser,
    pub(super) id: String,
}

impl Element<'_> {
    /// Clicks it, after scrolling it into view.
    #[track_caller]
    pub fn click(&self) {
        self.must("click", self.post("click", &json!({})));
    }

    /// Types into it, after what it holds.
    #[track_caller]
    pub fn type_text(&self, text: &str) {
        self.must("value", self.post("value", &json!({"text": text})));
    }

    /// Empties a field.
    #[track_caller]
    pub fn clear(&self) {
        self.must("clear", self.post("clear", &json!({})));
    }

    /// Its text as a person sees it.
    #[track_caller]
    pub fn text(&self) -> String {
        let text = self.must("text", self.ask("text"));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Its text, `None` when it is gone.
    pub fn text_now(&self) -> Option<String> {
        Some(self.ask("text").ok()?.as_str()?.to_owned())
    }

    /// An attribute, `None` when it has none or is gone.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let value = self.ask(&format!("attribute/{name}")).ok()?;
        Some(value.as_str()?.to_owned())
    }

    /// Whether a person sees it; false when it is gone.
    pub fn is_displayed(&self) -> bool {
        self.ask("displayed").is_ok_and(|value| value == true)
    }

    fn ask(&self, what: &str) -> Result<Value, Refusal> {
        self.browser.driver.ask(&format!("/element/{}/{what}", self.id))
    }

    fn post(&self, what: &str, body: &Value) -> Result<Value, Refusal> {
        let path = format!("/element/{}/{what}", self.id);
        self.browser.driver.command(&path, body)
    }

    #[track_caller]
    fn must(&self, what: &str, result: Result<Value, Refusal>) -> Value {
        result.unwrap_or_else(|refusal| panic!("{what}: {} at {}", refusal.message, self.browser.url()))
    }
}
