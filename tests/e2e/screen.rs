//! What a person sees, by name: the hooks of the page and a few acts with them.
//!
//! Must not know: which test asks.

use casemate_shared::Severity;
use casemate_tests::server::ROOT_PASSWORD;
use casemate_tests::webdriver::{Browser, Element, LogEntry, key};

/// A browser that looks at one server.
pub struct Screen {
    pub browser: Browser,
    base: String,
}

impl Screen {
    /// A browser that has opened nothing yet.
    pub fn new(base: &str) -> Screen {
        Screen { browser: Browser::start(), base: base.to_owned() }
    }

    /// Opens a path of the server.
    #[track_caller]
    pub fn open(&self, path: &str) {
        self.browser.go(&format!("{}{path}", self.base));
    }

    /// Fills in the sign-in form.
    #[track_caller]
    pub fn sign_in(&self, password: &str) {
        let login = self.hook("login");
        login.clear();
        login.type_text("root");
        let field = self.hook("password");
        field.clear();
        field.type_text(&format!("{password}{}", key::ENTER));
    }

    /// Opens a path as the administrator.
    #[track_caller]
    pub fn open_signed_in(&self, path: &str) {
        self.open(path);
        self.sign_in(ROOT_PASSWORD);
        self.wait_gone("sign-in-form");
        self.hook("page-h1");
    }

    /// The first visible element with that hook, waited for.
    #[track_caller]
    pub fn hook(&self, name: &str) -> Element<'_> {
        self.browser.find(&selector(name))
    }

    /// All elements with that hook at this moment.
    pub fn hooks(&self, name: &str) -> Vec<Element<'_>> {
        self.browser.all(&selector(name))
    }

    /// Waits until there is no element with that hook.
    #[track_caller]
    pub fn wait_gone(&self, name: &str) {
        self.browser.wait(&format!("the end of {name}"), || self.hooks(name).is_empty().then_some(()));
    }

    /// Waits until the page's address holds a text.
    #[track_caller]
    pub fn wait_for_address(&self, part: &str) {
        self.browser.wait(&format!("{part:?} in the address"), || self.browser.url().contains(part).then_some(()));
    }

    /// Waits until the page's address does not hold a text.
    #[track_caller]
    pub fn wait_for_address_without(&self, part: &str) {
        self.browser.wait(&format!("no {part:?} in the address"), || (!self.browser.url().contains(part)).then_some(()));
    }

    /// Waits until some element with that hook shows a text.
    #[track_caller]
    pub fn wait_for_text(&self, name: &str, part: &str) {
        self.browser.wait(&format!("{part:?} in {name}"), || {
            let shown = self.hooks(name).into_iter().filter_map(|hook| hook.text_now());
            shown.into_iter().any(|text| text.contains(part)).then_some(())
        });
    }

    /// The number on a severity card; `None` while it is not known.
    pub fn card(&self, severity: Severity) -> Option<u64> {
        let card = format!("{} [data-count]", selector(&card_name(severity)));
        let own = format!("{}[data-count]", selector(&card_name(severity)));
        let number = self.browser.find_now(&format!("{card}, {own}"))?;
        number.attribute("data-count")?.parse().ok()
    }

    /// Clicks a severity card.
    #[track_caller]
    pub fn click_card(&self, severity: Severity) {
        self.hook(&card_name(severity)).click();
    }

    /// The number in the line "1,284 results"; `None` while it is not known.
    pub fn result_count(&self) -> Option<u64> {
        let text = self.hooks("result-count").first()?.text_now()?;
        first_number(&text)
    }

    /// Waits until the line of results says a number.
    #[track_caller]
    pub fn wait_for_count(&self, count: u64) {
        self.browser.wait(&format!("{count} results"), || (self.result_count() == Some(count)).then_some(()));
    }

    /// The text of each row, top to bottom.
    pub fn rows(&self) -> Vec<String> {
        let rows = self.hooks("vuln-row");
        rows.iter().filter_map(Element::text_now).collect()
    }

    /// Writes into the filter field and confirms.
    #[track_caller]
    pub fn search(&self, text: &str) {
        self.hook("filter-input").type_text(&format!("{text}{}", key::ENTER));
    }

    /// Fails when the console holds an error, or anything about the content security policy. A
    /// refused sign-in is a 401, which Chromium reports whatever the page does: that one may stand.
    #[track_caller]
    pub fn assert_quiet(&self) {
        let loud: Vec<LogEntry> = self
            .browser
            .console()
            .into_iter()
            .filter(|entry| entry.level == "SEVERE" || entry.source == "security")
            .filter(|entry| !(entry.source == "network" && entry.message.contains("401")))
            .collect();
        assert!(loud.is_empty(), "the console holds {loud:#?}");
    }
}

/// The first number in a text; commas and narrow blanks between digits belong to it.
fn first_number(text: &str) -> Option<u64> {
    let from = text.find(|character: char| character.is_ascii_digit())?;
    let digits: String = text[from..]
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, ',' | '\u{202f}' | '\u{a0}'))
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

fn card_name(severity: Severity) -> String {
    format!("severity-card-{}", severity.as_str())
}

fn selector(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}

#[test]
fn numbers_are_read_as_they_are_written() {
    assert_eq!(first_number("1,284 results"), Some(1284));
    assert_eq!(first_number("0 of 12 match"), Some(0));
    assert_eq!(first_number("none"), None);
}
