//! The binary: reads the command line and runs one command. Must not know: how commands work.

use casemate::audit::verify;
use casemate::auth::{FirstStart, token_text};
use casemate::clock::SystemEntropy;
use casemate::config::{Config, ServeArgs};
use casemate::http::server;
use casemate::upload::{self, Outside, UploadArgs};
use casemate::{app, check_db};
use clap::{Parser, Subcommand};
use std::panic::UnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// Vulnerability management beside any CI, in one file
#[derive(Parser)]
#[command(name = "casemate", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the web page
    Serve(Box<ServeArgs>),
    /// Hand in the security reports of a CI job
    Upload(Box<UploadArgs>),
    /// Check that everything in a data directory agrees: exits 0 when clean, 1 when not, 2 when it can't run
    CheckDb {
        /// Data directory
        #[arg(long, value_name = "DIR", env = "CASEMATE_DATA_DIR", default_value = "casemate-data")]
        data_dir: PathBuf,
    },
    /// Look at the audit log
    #[command(subcommand)]
    Audit(AuditCommand),
}

/// What can be done with the audit log.
#[derive(Subcommand)]
enum AuditCommand {
    /// Check that the log is as it was written: exits 0 when it is, 1 naming the first broken event, 2 when it can't run
    Verify {
        /// Data directory
        #[arg(long, value_name = "DIR", env = "CASEMATE_DATA_DIR", default_value = "casemate-data")]
        data_dir: PathBuf,
        /// What an earlier run told as the last event: finds a log that was written anew as a whole
        #[arg(long, value_name = "NUMBER:HASH")]
        known: Option<String>,
    },
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Serve(args) => serve(*args),
        Command::Upload(args) => upload(&args),
        Command::CheckDb { data_dir } => guarded(|| check(&data_dir)),
        Command::Audit(AuditCommand::Verify { data_dir, known }) => guarded(|| verify_audit(&data_dir, known.as_deref())),
    }
}

fn say(text: &str) {
    use std::io::Write;
    // Nobody reads a closed standard error; there is nothing better to do.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What is logged unless `CASEMATE_LOG` says otherwise. Not what is wrong with the bytes of a connection: whoever can
/// connect could fill the disk.
const LOGGED: &str = "info,tantivy=warn,actix_server=warn,actix_http=off";

fn serve(args: ServeArgs) -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CASEMATE_LOG").unwrap_or_else(|_| LOGGED.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run_server(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("casemate: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run_server(args: ServeArgs) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(args)?;
    let env = |name: &str| std::env::var(name).ok();
    let started = app::start(&config, FirstStart { password: env("CASEMATE_ROOT_PASSWORD"), token: env("CASEMATE_ROOT_TOKEN") })?;
    if let Some(password) = &started.password {
        say(&format!("first start: sign in as root with the password {password} (told only once)"));
    }
    let answer = server::run(started.state, config.listen, |address| {
        say(&format!("casemate {} listens on http://{address}", env!("CARGO_PKG_VERSION")));
    });
    answer.map_err(|error| format!("can't listen on {}: {error}", config.listen).into())
}

fn check(data_dir: &std::path::Path) -> ExitCode {
    answered(check_db::run(data_dir, &mut std::io::stdout(), &SystemEntropy))
}

fn verify_audit(data_dir: &std::path::Path, known: Option<&str>) -> ExitCode {
    answered(verify::run(data_dir, known, &mut std::io::stdout(), &SystemEntropy))
}

/// Looks at data that may be damaged in any way. The engine panics on some damage; that is said like any other
/// reason why the data can't be checked.
fn guarded(look: impl FnOnce() -> ExitCode + UnwindSafe) -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
        say(&format!("casemate: the data is damaged and can't be read: {}", text.unwrap_or("no reason is told")));
    }));
    std::panic::catch_unwind(look).unwrap_or(ExitCode::from(2))
}

fn answered(found: Result<bool, impl std::fmt::Display>) -> ExitCode {
    match found {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            say(&format!("casemate: {error}"));
            ExitCode::from(2)
        }
    }
}

fn upload(args: &UploadArgs) -> ExitCode {
    use std::io::IsTerminal;
    let begin = Instant::now();
    let nonce = format!("{}{}", token_text("", &SystemEntropy), token_text("", &SystemEntropy));
    let mut outside = Outside {
        env: &|name| std::env::var(name).ok(),
        pause: &mut std::thread::sleep,
        now: &|| begin.elapsed(),
        out: &mut std::io::stdout(),
        err: &mut std::io::stderr(),
        is_terminal: std::io::stderr().is_terminal(),
        nonce: &nonce,
    };
    upload::run(args, &mut outside).into()
}
