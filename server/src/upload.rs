//! `casemate upload`: what a CI job calls to hand in its reports (API design, section 2.5 A).
//!
//! Must not know: the server's rooms; it is a client of the API like any other. The environment, the
//! clock and the waiting come from outside, so that its tests need none of them.

mod body;
mod ci;
mod plan;
mod send;
mod show;
#[cfg(test)]
mod tests;

pub use plan::UsageError;

use body::Body;
use casemate_shared::ScanStatus;
use casemate_shared::api::report::UploadAnswer;
use plan::Plan;
use send::Failure;
use std::io::Write;
use std::time::Duration;

/// Uploads the reports of a CI job.
///
/// Exit status: 0 the reports are accepted, 1 the server refused the request, 2 wrong usage,
/// 3 the request was accepted and some report has errors, 4 the server could not be reached or failed.
// Not `Debug`: it holds the token.
#[derive(Clone, Default, clap::Args)]
pub struct UploadArgs {
    /// Reports, each as TYPE=PATH, for example sast=gl-sast-report.json
    #[arg(value_name = "TYPE=PATH", required = true)]
    pub reports: Vec<String>,
    /// Address of the server [env: CASEMATE_URL]
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Access token; other users of the machine can read it here, so prefer the variable
    /// [env: CASEMATE_TOKEN]
    #[arg(long)]
    pub token: Option<String>,
    /// Project, by full path or id [env: CASEMATE_PROJECT; else as GitLab CI, GitHub Actions tell]
    #[arg(long)]
    pub project: Option<String>,
    /// Branch, or refs/tags/TAG [env: CASEMATE_REF; else as the CI tells]
    #[arg(long = "ref", value_name = "REF")]
    pub ref_name: Option<String>,
    /// Commit, 40 or 64 hex digits [env: CASEMATE_SHA; else as the CI tells]
    #[arg(long)]
    pub sha: Option<String>,
    /// Name of the job [env: CASEMATE_JOB; else as the CI tells, else the report type]
    #[arg(long, value_name = "JOB")]
    pub name: Option<String>,
    /// Name of this CI run: uploads of one project with the same key are one pipeline
    /// [env: CASEMATE_KEY]
    #[arg(long)]
    pub key: Option<String>,
    /// Key of the CI run that started this one: its pipeline becomes the parent of this one
    /// [env: CASEMATE_PARENT_KEY]
    #[arg(long, value_name = "KEY")]
    pub parent_key: Option<String>,
    /// How long the reports are kept as they were uploaded, in the words of a CI configuration, for
    /// example "3 days" or never; findings are kept as the project says [env: CASEMATE_EXPIRE_IN]
    #[arg(long, value_name = "TIME")]
    pub expire_in: Option<String>,
    /// Wait up to this many seconds until the findings are stored
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub wait: u64,
    /// Only say what the upload would change; nothing is stored
    #[arg(long)]
    pub dry_run: bool,
    /// Treat warnings about a report or the request as errors (exit status 3)
    #[arg(long)]
    pub strict: bool,
    /// Send the reports packed with gzip; they are stored as sent
    #[arg(long)]
    pub gzip: bool,
    /// Trust the certificates of this PEM file instead of the built-in ones [env: CASEMATE_CA_FILE]
    #[arg(long, value_name = "PATH")]
    pub ca_file: Option<String>,
}

/// What lies outside the program.
pub struct Outside<'a> {
    /// Reads a variable of the environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Waits.
    pub pause: &'a mut dyn FnMut(Duration),
    /// A clock that never goes back; its beginning does not matter.
    pub now: &'a dyn Fn() -> Duration,
    /// Standard output: the result.
    pub out: &'a mut dyn Write,
    /// Standard error: progress and what went wrong.
    pub err: &'a mut dyn Write,
    /// Whether standard error is a terminal.
    pub is_terminal: bool,
    /// 32 or more random hexadecimal digits, for the boundary of the body.
    pub nonce: &'a str,
}

/// How an upload ended; the number is the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything was accepted.
    Accepted = 0,
    /// The server refused the request; no pipeline was made.
    Refused = 1,
    /// Flags, variables or files are not right; nothing was sent.
    Usage = 2,
    /// The pipeline was made, and some report has errors.
    ReportErrors = 3,
    /// The server could not be reached, went away, or failed.
    Network = 4,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}

/// Uploads, tells about it on `outside.out` and `outside.err`, and says how it ended.
pub fn run(args: &UploadArgs, outside: &mut Outside<'_>) -> Exit {
    let prepared = Plan::new(args, outside.env).and_then(|plan| {
        let body = Body::new(&plan, outside.nonce)?;
        Ok((plan, body))
    });
    let (plan, body) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            say(outside.err, &format!("casemate upload: {error}"));
            return Exit::Usage;
        }
    };
    if plan.dry_run {
        return foresee(&plan, &body, outside);
    }
    let answer = send::upload(&plan, &body, outside);
    match answer.and_then(|answer| send::wait_for_ingestion(&plan, answer, outside)) {
        Ok(answer) => {
            say(outside.out, &show::answer(&answer));
            judge(&plan, &answer, outside)
        }
        Err(failure) => failed(failure, outside),
    }
}

/// Asks what the upload would change and tells it.
fn foresee(plan: &Plan, body: &Body, outside: &mut Outside<'_>) -> Exit {
    match send::dry_run(plan, body, outside) {
        Ok(answer) => {
            say(outside.out, &show::dry_run(&answer));
            let n_bad = answer.reports.iter().filter(|report| is_bad(report.status)).count();
            if n_bad == 0 {
                return Exit::Accepted;
            }
            say(outside.err, &format!("casemate upload: {n_bad} of {} reports with errors", answer.reports.len()));
            Exit::ReportErrors
        }
        Err(failure) => failed(failure, outside),
    }
}

fn failed(failure: Failure, outside: &mut Outside<'_>) -> Exit {
    match failure {
        Failure::Refused(text) => {
            say(outside.err, &format!("casemate upload: refused: {text}"));
            Exit::Refused
        }
        Failure::Network(text) => {
            say(outside.err, &format!("casemate upload: {text}"));
            Exit::Network
        }
    }
}

fn is_bad(status: ScanStatus) -> bool {
    matches!(status, ScanStatus::ReportError | ScanStatus::PreparationFailed)
}

/// Says in one line why an accepted upload still ends with an exit status that is not 0.
fn judge(plan: &Plan, answer: &UploadAnswer, outside: &mut Outside<'_>) -> Exit {
    let n_bad = answer.reports.iter().filter(|report| is_bad(report.status)).count();
    let n_reports = answer.reports.len();
    let n_warnings = answer.warnings.len() + answer.reports.iter().map(|report| report.warnings.len()).sum::<usize>();
    let reason = if n_bad > 0 {
        format!("{n_bad} of {n_reports} reports with errors")
    } else if answer.pipeline.ingestion == casemate_shared::Ingestion::Failed {
        "the findings could not be stored".to_string()
    } else if plan.strict && n_warnings > 0 {
        format!("{n_warnings} warnings, and --strict was given")
    } else {
        return Exit::Accepted;
    };
    say(outside.err, &format!("casemate upload: {reason}"));
    Exit::ReportErrors
}

/// Writes a line. Nobody is left to be told when that fails.
fn say(to: &mut dyn Write, text: &str) {
    let _ = writeln!(to, "{}", text.trim_end());
    let _ = to.flush();
}
