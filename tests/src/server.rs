//! A `casemate serve` of a test's own: a free port on the loopback, a data directory that goes away
//! with it, a known administrator.
//!
//! Must not know: what is asked of it.

use crate::{Client, memory, patience, program};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use tempfile::TempDir;

/// Password of the administrator of every test server.
pub const ROOT_PASSWORD: &str = "correct horse battery staple";
/// Token of the administrator of every test server.
pub const ROOT_TOKEN: &str = "test-root-token-0123456789";
/// Starts that are tried: another process may take the free port before the server does.
const STARTS: usize = 5;

/// How a server is started, beyond the usual.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// More arguments for `serve`.
    pub arguments: Vec<String>,
    /// More environment variables.
    pub environment: Vec<(String, String)>,
    /// The path before all paths, `/sec`; empty at the root.
    pub root: String,
}

impl Settings {
    /// The same settings with one more environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Settings {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same settings with one more argument.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Settings {
        self.arguments.push(argument.to_owned());
        self
    }

    /// The same settings, with a path before all paths.
    #[must_use]
    pub fn below(mut self, root: &str) -> Settings {
        root.clone_into(&mut self.root);
        self
    }

    /// The same settings, for one client that asks more often than one may.
    #[must_use]
    pub fn unlimited(self) -> Settings {
        let off = |all: Settings, name: &str| all.env(&format!("CASEMATE_RATE_LIMITS_{name}"), "0");
        ["AUTHENTICATED_PER_HOUR", "ANONYMOUS_PER_HOUR", "INGEST_PER_MINUTE"].into_iter().fold(self, off)
    }
}

/// A running server. Ends with the value, by `SIGKILL`.
#[derive(Debug)]
pub struct TestServer {
    settings: Settings,
    home: TempDir,
    address: SocketAddr,
    process: Option<Child>,
}

impl TestServer {
    /// Starts a server over an empty data directory and waits until it is ready.
    #[track_caller]
    pub fn start() -> TestServer {
        TestServer::with(Settings::default())
    }

    /// Starts a server with settings of its own.
    #[track_caller]
    pub fn with(settings: Settings) -> TestServer {
        let mut server = TestServer::idle(settings);
        server.start_again();
        server
    }

    /// Starts a server over a copy of a data directory that no process holds.
    #[track_caller]
    pub fn over(data_dir: &Path, settings: Settings) -> TestServer {
        let mut server = TestServer::idle(settings);
        copy_dir(data_dir, &server.data_dir());
        server.start_again();
        server
    }

    fn idle(settings: Settings) -> TestServer {
        let home = tempfile::tempdir().expect("temporary directory");
        TestServer { settings, home, address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), process: None }
    }

    /// Changes how it is started the next time.
    pub fn configure(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Starts a server that may well end by itself before it is ready; answers whether it is ready.
    #[track_caller]
    pub fn try_start(&mut self) -> bool {
        assert!(self.process.is_none(), "the server is still running");
        self.address = free_address();
        self.process = Some(self.spawn());
        let is_ready = self.becomes_ready();
        if !is_ready {
            self.reap();
        }
        is_ready
    }

    /// Starts over the same data directory, on another port. The server must not be running.
    ///
    /// # Panics
    /// When it does not become ready, with what it printed.
    #[track_caller]
    pub fn start_again(&mut self) {
        assert!(self.process.is_none(), "the server is still running");
        for _ in 0..STARTS {
            if self.try_start() {
                return;
            }
            if !self.log().to_lowercase().contains("address") {
                break; // it was not the port
            }
        }
        panic!("the server did not start; it printed:\n{}", self.log());
    }

    /// Address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Root of its URLs, without a slash at the end.
    pub fn base(&self) -> String {
        format!("http://{}{}", self.address, self.settings.root)
    }

    /// Its data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A directory beside it, for files of the test.
    pub fn scratch(&self) -> &Path {
        self.home.path()
    }

    /// A client that is the administrator.
    pub fn client(&self) -> Client {
        self.anonymous().with_token(ROOT_TOKEN)
    }

    /// A client that is nobody.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base())
    }

    /// What it printed since its last start.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log_path()).unwrap_or_default()).into_owned()
    }

    /// Its process id.
    #[track_caller]
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server is running").id()
    }

    /// Highest resident memory so far, in KiB.
    #[track_caller]
    pub fn peak_kib(&self) -> u64 {
        memory::peak_kib(self.pid()).expect("memory of the server")
    }

    /// Whether the process has ended by itself.
    #[track_caller]
    pub fn has_ended(&mut self) -> bool {
        let process = self.process.as_mut().expect("the server was started");
        process.try_wait().expect("state of the server").is_some()
    }

    /// Ends it as a power cut would: `SIGKILL`, nothing is flushed or closed.
    #[track_caller]
    pub fn kill(&mut self) {
        let process = self.process.as_mut().expect("the server is running");
        process.kill().expect("signal can be sent");
        self.reap();
    }

    /// Asks it to stop (`SIGTERM`) and waits until it has; gives its exit status.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        self.signal("TERM");
        let mut process = self.process.take().expect("the server is running");
        patience::until("the server to stop", patience::LATER, || process.try_wait().expect("state of the server"))
    }

    /// Sends a signal by name, for example `STOP` and `CONT`.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        // The shell's own `kill`: the system call would need unsafe code.
        let command = format!("kill -{name} {}", self.pid());
        let sent = std::process::Command::new("sh").args(["-c", &command]).status();
        assert!(sent.expect("a shell").success(), "{command}");
    }

    fn spawn(&self) -> Child {
        let log = File::create(self.log_path()).expect("log of the server");
        let mut command = program::command();
        command
            .args(["serve", "--listen", &self.address.to_string(), "--data-dir"])
            .arg(self.data_dir())
            .args(&self.settings.arguments)
            .env("CASEMATE_ROOT_PASSWORD", ROOT_PASSWORD)
            .env("CASEMATE_ROOT_TOKEN", ROOT_TOKEN)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log of the server"))
            .stderr(log);
        if !self.settings.root.is_empty() {
            command.args(["--external-url", &self.base()]);
        }
        for (name, value) in &self.settings.environment {
            command.env(name, value);
        }
        command.spawn().expect("program starts")
    }

    /// Waits for `/-/readiness`; false when the process has ended instead.
    fn becomes_ready(&mut self) -> bool {
        let client = ureq::Agent::config_builder().http_status_as_error(false).build();
        let client: ureq::Agent = client.into();
        let url = format!("{}/-/readiness", self.base());
        patience::until("the server to be ready", patience::LATER, || {
            if self.has_ended() {
                return Some(false);
            }
            let answer = client.get(&url).call().ok()?;
            (answer.status() == 200).then_some(true)
        })
    }

    fn reap(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.wait().expect("end of the server");
        }
    }

    fn log_path(&self) -> PathBuf {
        self.home.path().join("server.log")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself already: then there is nothing to do.
            let _ = process.kill();
            let _ = process.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- the server of the failed test printed:\n{}", self.log());
        }
    }
}

/// Copies a directory with all that is in it.
fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("directory for a copy");
    for entry in std::fs::read_dir(from).expect("directory to copy") {
        let entry = entry.expect("entry of a directory");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copy of a file");
        }
    }
}

/// An address of the loopback that nobody listens on at this moment.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("address of the port")
}
