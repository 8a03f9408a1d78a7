//! The browser window: addresses, finding, keys, scripts, pictures, the console.
//!
//! Must not know: the page under test.

use super::driver::Driver;
use super::element::Element;
use crate::patience;
use base64::Engine;
use serde_json::{Value, json};

/// The key under which WebDriver hides an element's id.
const ELEMENT_KEY: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Quiet and reproducible, and fit to run as root in a container.
const ARGUMENTS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--lang=en-US",
    "--window-size=1440,1000",
];

/// One line of the browser's console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// `SEVERE`, `WARNING`, `INFO` ...
    pub level: String,
    /// `javascript`, `security`, `network`, `console-api` ...
    pub source: String,
    /// The text.
    pub message: String,
}

/// A headless browser with one window. Ends with the value.
#[derive(Debug)]
pub struct Browser {
    pub(super) driver: Driver,
}

impl Browser {
    /// Starts a browser with a fresh profile and a window of 1440 x 1000.
    #[track_caller]
    pub fn start() -> Browser {
        Browser { driver: Driver::start(ARGUMENTS) }
    }

    /// Opens an address and waits until it is loaded.
    #[track_caller]
    pub fn go(&self, url: &str) {
        self.command("/url", &json!({"url": url}));
    }

    /// The address that the window shows.
    #[track_caller]
    pub fn url(&self) -> String {
        let url = self.driver.ask("/url").expect("address of the window");
        url.as_str().unwrap_or_default().to_owned()
    }

    /// The title of the document.
    #[track_caller]
    pub fn title(&self) -> String {
        let title = self.driver.ask("/title").expect("title of the window");
        title.as_str().unwrap_or_default().to_owned()
    }

    /// Goes one step back in the history.
    #[track_caller]
    pub fn back(&self) {
        self.command("/back", &json!({}));
    }

    /// Loads the page again.
    #[track_caller]
    pub fn reload(&self) {
        self.command("/refresh", &json!({}));
    }

    /// The first element of a CSS selector, `None` when there is none at this moment.
    pub fn find_now(&self, css: &str) -> Option<Element<'_>> {
        let body = json!({"using": "css selector", "value": css});
        let found = self.driver.command("/element", &body).ok()?;
        Some(Element { browser: self, id: found[ELEMENT_KEY].as_str()?.to_owned() })
    }

    /// All elements of a CSS selector at this moment.
    pub fn all(&self, css: &str) -> Vec<Element<'_>> {
        let body = json!({"using": "css selector", "value": css});
        let found = self.driver.command("/elements", &body).unwrap_or_default();
        let ids = found.as_array().into_iter().flatten();
        ids.filter_map(|id| id[ELEMENT_KEY].as_str()).map(|id| Element { browser: self, id: id.to_owned() }).collect()
    }

    /// The first element of a CSS selector that a person sees, waited for.
    #[track_caller]
    pub fn find(&self, css: &str) -> Element<'_> {
        self.wait(css, || self.find_now(css).filter(|element| element.is_displayed()))
    }

    /// Waits until `attempt` gives something; on failure tells where the window is and what it shows.
    #[track_caller]
    pub fn wait<T>(&self, what: &str, attempt: impl FnMut() -> Option<T>) -> T {
        let mut attempt = attempt;
        let mut tries = 0;
        patience::until(what, patience::SOON, || {
            tries += 1;
            let result = attempt();
            assert!(
                result.is_some() || tries < patience::SOON,
                "waited in vain for {what} at {}\nthe page shows:\n{}\nits console:\n{:#?}",
                self.url(),
                self.visible_text(),
                self.console()
            );
            result
        })
    }

    /// Everything that the page shows as text.
    pub fn visible_text(&self) -> String {
        let body = self.find_now("body").and_then(|body| body.text_now());
        body.unwrap_or_default()
    }

    /// Runs a script in the page; `arguments[0]` is its argument, what it returns comes back.
    #[track_caller]
    pub fn script(&self, source: &str, argument: &Value) -> Value {
        self.command("/execute/sync", &json!({"script": source, "args": [argument]}))
    }

    /// Presses keys one after the other, wherever the focus is. See [`super::key`].
    #[track_caller]
    pub fn press(&self, keys: &str) {
        let mut steps = Vec::new();
        for key in keys.chars() {
            steps.push(json!({"type": "keyDown", "value": key}));
            steps.push(json!({"type": "keyUp", "value": key}));
        }
        let actions = json!({"actions": [{"type": "key", "id": "keyboard", "actions": steps}]});
        self.command("/actions", &actions);
    }

    /// Makes the page `width` x `height` CSS pixels, as a telephone shows it when `mobile`.
    #[track_caller]
    pub fn set_viewport(&self, width: u32, height: u32, mobile: bool) {
        let metrics = json!({
            "width": width, "height": height, "mobile": mobile, "deviceScaleFactor": 1,
        });
        self.developer_tools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Makes the system's wish for light or dark.
    #[track_caller]
    pub fn set_system_colours(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.developer_tools("Emulation.setEmulatedMedia", &features);
    }

    /// Runs a command of Chromium's developer tools.
    #[track_caller]
    pub fn developer_tools(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        self.command("/goog/cdp/execute", &body)
    }

    /// The window as a PNG.
    #[track_caller]
    pub fn screenshot(&self) -> Vec<u8> {
        let picture = self.driver.ask("/screenshot").expect("picture of the window");
        let text = picture.as_str().unwrap_or_default();
        let engine = base64::engine::general_purpose::STANDARD;
        engine.decode(text).expect("picture in base64")
    }

    /// What the console received since the last time it was asked.
    pub fn console(&self) -> Vec<LogEntry> {
        let lines = self.driver.command("/se/log", &json!({"type": "browser"}));
        let lines = lines.unwrap_or_default();
        let entry = |line: &Value| {
            let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            LogEntry { level: text("level"), source: text("source"), message: text("message") }
        };
        lines.as_array().into_iter().flatten().map(entry).collect()
    }

    #[track_caller]
    fn command(&self, path: &str, body: &Value) -> Value {
        self.driver.command(path, body).unwrap_or_else(|refusal| panic!("{path}: {} ({})", refusal.message, refusal.error))
    }
}
