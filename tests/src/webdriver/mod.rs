//! A browser, driven over the W3C WebDriver protocol: headless Chromium through its chromedriver.
//!
//! Must not know: the page under test.
//!
//! Chromium and its driver are found on PATH as Debian installs them; `CASEMATE_CHROMIUM` and
//! `CASEMATE_CHROMEDRIVER` name others.

mod browser;
mod driver;
mod element;

pub use browser::{Browser, LogEntry};
pub use element::Element;

/// A key of the keyboard that is no character, as WebDriver writes it.
pub mod key {
    /// Enter.
    pub const ENTER: char = '\u{E007}';
    /// Escape.
    pub const ESCAPE: char = '\u{E00C}';
    /// Tab.
    pub const TAB: char = '\u{E004}';
    /// Backspace.
    pub const BACKSPACE: char = '\u{E003}';
    /// Shift, held until it is written again.
    pub const SHIFT: char = '\u{E008}';
}

#[cfg(test)]
mod tests {
    use super::{Browser, key};

    const PAGE: &str = "data:text/html,<title>t</title><body onkeydown='k.textContent+=event.key'>\
        <p id=k></p><input id=i><div style='width:300px'></div><script>console.error('oh')</script>";

    #[test]
    fn a_page_is_read_typed_into_and_measured() {
        let browser = Browser::start();
        browser.go(PAGE);
        assert_eq!(browser.title(), "t");
        assert!(browser.find_now("#nothing").is_none());
        browser.press("jk");
        assert_eq!(browser.find("#k").text(), "jk");

        let field = browser.find("#i");
        field.type_text("abc");
        let value = browser.script("return document.getElementById('i').value", &().into());
        assert_eq!(value, "abc");
        field.clear();
        field.type_text(&key::ENTER.to_string());
        assert!(browser.find("#k").text().ends_with("Enter"));

        browser.set_viewport(390, 844, false);
        let width = browser.script("return innerWidth", &().into());
        assert_eq!(width, 390);
        assert!(browser.screenshot().starts_with(b"\x89PNG"));
        let console = browser.console();
        assert!(console.iter().any(|entry| entry.message.contains("oh")), "{console:?}");
        assert!(browser.console().is_empty(), "each line is given once");
    }
}
