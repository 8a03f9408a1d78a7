//! The driver process and its wire: one HTTP call per command, JSON both ways.
//!
//! Must not know: what the commands mean.

use crate::{patience, server};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// Longest time for one command; a page that never finishes loading reaches it.
const COMMAND_LIMIT: Duration = Duration::from_secs(120);

/// What the driver answers when a command fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The protocol's word, for example `no such element`.
    pub error: String,
    /// The driver's sentence.
    pub message: String,
}

/// A driver with one session. Both end with the value.
#[derive(Debug)]
pub struct Driver {
    process: Child,
    agent: ureq::Agent,
    root: String,
    session: String,
    profile: TempDir,
}

impl Driver {
    /// Starts the driver and opens a session.
    ///
    /// # Panics
    /// When the driver or the browser is missing, with what to install.
    #[track_caller]
    pub fn start(chromium_arguments: &[&str]) -> Driver {
        let address = server::free_address();
        let program = setting("CASEMATE_CHROMEDRIVER", "chromedriver");
        let process = Command::new(&program)
            .arg(format!("--port={}", address.port()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}; install Debian's chromium and chromium-driver"));
        let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(COMMAND_LIMIT)).build();
        let mut driver = Driver {
            process,
            agent: config.into(),
            root: format!("http://{address}"),
            session: String::new(),
            profile: tempfile::tempdir().expect("temporary directory"),
        };
        driver.wait_until_ready();
        driver.open_session(chromium_arguments);
        driver
    }

    /// Runs a command of the session; `path` is what follows `/session/ID`.
    pub fn command(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        self.post(&format!("/session/{}{path}", self.session), body)
    }

    /// Reads something of the session.
    pub fn ask(&self, path: &str) -> Result<Value, Refusal> {
        let url = format!("{}/session/{}{path}", self.root, self.session);
        read(self.agent.get(&url).call())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Refusal> {
        read(self.agent.post(format!("{}{path}", self.root)).send_json(body))
    }

    #[track_caller]
    fn wait_until_ready(&mut self) {
        let url = format!("{}/status", self.root);
        patience::until("chromedriver", patience::SOON, || {
            let ended = self.process.try_wait().expect("state of chromedriver");
            assert!(ended.is_none(), "chromedriver ended: {ended:?}");
            let status = read(self.agent.get(&url).call()).ok()?;
            (status["ready"] == true).then_some(())
        });
    }

    #[track_caller]
    fn open_session(&mut self, chromium_arguments: &[&str]) {
        let profile = self.profile.path().to_str().expect("path in UTF-8");
        let mut arguments = vec![format!("--user-data-dir={profile}")];
        arguments.extend(chromium_arguments.iter().map(|&text| text.to_owned()));
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": chromium(),
                "args": arguments,
            },
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session =
            self.post("/session", &capabilities).unwrap_or_else(|refusal| panic!("Chromium does not start: {}", refusal.message));
        self.session = session["sessionId"].as_str().expect("session id").to_owned();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let url = format!("{}/session/{}", self.root, self.session);
        // Ends the browser; when that fails, ending the driver is all that is left to do.
        let _ = self.agent.delete(&url).call();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, Refusal> {
    let lost = |error: ureq::Error| Refusal { error: "no answer".to_owned(), message: error.to_string() };
    let mut answer = answer.map_err(lost)?;
    let body = answer.body_mut().with_config().limit(256 << 20);
    let value = body.read_json::<Value>().map_err(lost)?["value"].take();
    if answer.status() == 200 {
        return Ok(value);
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Err(Refusal { error: text("error"), message: text("message") })
}

fn setting(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

fn chromium() -> String {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let found = known.into_iter().find(|path| std::path::Path::new(path).exists());
    setting("CASEMATE_CHROMIUM", found.unwrap_or("chromium"))
}
