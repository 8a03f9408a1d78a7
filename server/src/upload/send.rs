//! Talks to the server: sends the body, tries again where that cannot do harm, waits for ingestion.
//!
//! Must not know: flags, variables, how results are shown.

use super::body::Body;
use super::plan::Plan;
use super::show::{Progress, plain};
use super::{Outside, say};
use casemate_shared::api::error::ErrorBody;
use casemate_shared::api::pipeline::Pipeline;
use casemate_shared::api::report::{DryRunAnswer, UploadAnswer};
use casemate_shared::limits::WAIT_MAX_SECONDS;
use std::io::{self, Read};
use std::time::Duration;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, SendBody};

/// How often a request is sent at most.
const ATTEMPTS: u32 = 5;
/// Longest pause that a server may ask for, in seconds.
const PAUSE_MAX_S: u64 = 60;
/// Seconds between two looks at a pipeline.
const LOOK_EVERY_S: u64 = 2;
/// Most bytes of an answer that are read.
const ANSWER_BYTES: u64 = 64 << 20;

/// Why there is no answer to show.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server says that the request is not right.
    Refused(String),
    /// The server could not be reached, went away, or failed.
    Network(String),
}

/// What one attempt came to.
enum Attempt {
    /// The server answered.
    Answer(Answer),
    /// The server has not got the whole request: nothing has happened there.
    NotSent { reason: String, sent: u64 },
    /// A report could not be read any more.
    Unreadable(String),
    /// The request was sent whole and no answer came: whether it was accepted is not known.
    Lost(String),
}

struct Answer {
    status: u16,
    retry_after_s: Option<u64>,
    location: Option<String>,
    text: String,
}

/// Sends the upload until the server accepts or refuses it.
pub fn upload(plan: &Plan, body: &Body, outside: &mut Outside<'_>) -> Result<UploadAnswer, Failure> {
    read_answer(&deliver(plan, body, outside)?)
}

/// Asks what the upload would change.
pub fn dry_run(plan: &Plan, body: &Body, outside: &mut Outside<'_>) -> Result<DryRunAnswer, Failure> {
    read_answer(&deliver(plan, body, outside)?)
}

fn deliver(plan: &Plan, body: &Body, outside: &mut Outside<'_>) -> Result<String, Failure> {
    let agent = agent(plan)?;
    // What changes nothing may be sent as often as one likes.
    let has_key = plan.dry_run || plan.fields.iter().any(|(name, _)| *name == "key");
    let mut n_attempts = 0;
    loop {
        n_attempts += 1;
        let (reason, pause_s) = match send_once(&agent, plan, body, outside) {
            Attempt::Answer(answer) => match answer.status {
                200 | 201 => return Ok(answer.text),
                429 | 503 => (explain(&answer), answer.retry_after_s),
                _ => return Err(refusal(&answer)),
            },
            Attempt::NotSent { reason, sent } => {
                if sent > 0 {
                    ask_why(&agent, plan)?;
                    let total = body.len();
                    let hint = "the server or a proxy before it may have a limit";
                    (format!("{reason} after {sent} of {total} bytes, {hint}"), None)
                } else {
                    (reason, None)
                }
            }
            Attempt::Unreadable(reason) => return Err(Failure::Network(reason)),
            // With a key the server recognises the same upload; without, there could be two.
            Attempt::Lost(reason) if has_key => (reason, None),
            Attempt::Lost(reason) => {
                return Err(Failure::Network(format!(
                    "{reason}; the upload may have been accepted, see the project's pipelines \
                     (with --key it would be safe to try again)"
                )));
            }
        };
        if n_attempts >= ATTEMPTS {
            return Err(Failure::Network(format!("{reason}; gave up after {ATTEMPTS} attempts")));
        }
        let pause_s = pause_s.unwrap_or(1 << (n_attempts - 1)).min(PAUSE_MAX_S);
        say(outside.err, &format!("{reason}; trying again in {pause_s} s"));
        (outside.pause)(Duration::from_secs(pause_s));
    }
}

/// Where `--wait` is longer than the server waits in one request: looks until ingestion has ended.
pub fn wait_for_ingestion(plan: &Plan, mut answer: UploadAnswer, outside: &mut Outside<'_>) -> Result<UploadAnswer, Failure> {
    let agent = agent(plan)?;
    let url = plan.url(&format!("pipelines/{}", answer.pipeline.id));
    let mut left_s = plan.wait_s.saturating_sub(WAIT_MAX_SECONDS);
    while left_s > 0 && !answer.pipeline.ingestion.is_terminal() {
        (outside.pause)(Duration::from_secs(LOOK_EVERY_S.min(left_s)));
        left_s = left_s.saturating_sub(LOOK_EVERY_S);
        // A look that fails is no reason to stop: the upload itself is accepted.
        let seen = get(&agent, plan, &url).ok().filter(|seen| seen.status == 200);
        let pipeline = seen.and_then(|seen| serde_json::from_str::<Pipeline>(&seen.text).ok());
        answer.pipeline = pipeline.unwrap_or(answer.pipeline);
    }
    Ok(answer)
}

fn agent(plan: &Plan) -> Result<Agent, Failure> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("casemate-upload/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_per_write(Some(Duration::from_secs(60)))
        .timeout_recv_response(Some(Duration::from_secs(300 + WAIT_MAX_SECONDS)));
    if let Some(pem) = &plan.ca_pem {
        let mut trusted = Vec::new();
        for item in parse_pem(pem) {
            match item {
                Ok(PemItem::Certificate(certificate)) => trusted.push(certificate),
                Ok(_) => {}
                Err(error) => return Err(Failure::Network(format!("certificates: {error}"))),
            }
        }
        if trusted.is_empty() {
            return Err(Failure::Network("certificates: the file holds none".to_string()));
        }
        let roots = RootCerts::from(trusted);
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    Ok(config.build().new_agent())
}

fn send_once(agent: &Agent, plan: &Plan, body: &Body, outside: &mut Outside<'_>) -> Attempt {
    let wait_s = plan.wait_s.min(WAIT_MAX_SECONDS);
    let query = if plan.dry_run { "dry_run=true".to_owned() } else { format!("wait={wait_s}") };
    let url = plan.url(&format!("security_reports?{query}"));
    let total = body.len();
    let progress = Progress::new(outside.err, outside.now, outside.is_terminal, total);
    let mut counted = Counted { body: body.reader(), progress, sent: 0, failed: None };
    let result = agent
        .post(url)
        .header("PRIVATE-TOKEN", &plan.token)
        .header("Content-Type", body.content_type())
        .header("Content-Length", total.to_string())
        .send(SendBody::from_reader(&mut counted));
    counted.progress.end();
    let (sent, failed) = (counted.sent, counted.failed.take());
    match (result.and_then(read_response), failed) {
        (Ok(answer), _) => Attempt::Answer(answer),
        (Err(_), Some(reason)) => Attempt::Unreadable(reason),
        (Err(error), None) => {
            let reason = format!("{}: {}", plan.server, plain(&error.to_string()));
            match sent < total {
                true => Attempt::NotSent { reason, sent },
                false => Attempt::Lost(reason),
            }
        }
    }
}

fn get(agent: &Agent, plan: &Plan, url: &str) -> Result<Answer, ureq::Error> {
    let sent = agent.get(url).header("PRIVATE-TOKEN", &plan.token).call();
    sent.and_then(read_response)
}

fn read_response(mut response: ureq::http::Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let header = |name: &str| {
        let value = response.headers().get(name)?;
        value.to_str().ok().map(str::to_string)
    };
    let retry_after_s = header("retry-after").and_then(|text| text.parse().ok());
    let location = header("location");
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(ANSWER_BYTES).lossy_utf8(true);
    Ok(Answer { status, retry_after_s, location, text: body.read_to_string()? })
}

/// A server that refuses a large upload early may be gone before its answer is read. A small question
/// with the same token tells whether that was the reason.
fn ask_why(agent: &Agent, plan: &Plan) -> Result<(), Failure> {
    match get(agent, plan, &plan.url("pipelines?per_page=1")) {
        Ok(answer) if matches!(answer.status, 401 | 404) => Err(refusal(&answer)),
        _ => Ok(()),
    }
}

fn read_answer<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| {
        let text = format!("the server's answer cannot be read: {error}");
        Failure::Network(text)
    })
}

/// 4xx and redirects are for the caller to put right, 5xx are not.
fn refusal(answer: &Answer) -> Failure {
    match (answer.status, &answer.location) {
        (300..400, Some(location)) => Failure::Refused(format!("the server sends us to {}; give that address", plain(location))),
        (500.., _) => Failure::Network(explain(answer)),
        _ => Failure::Refused(explain(answer)),
    }
}

/// The server's words, or its status when it has none.
fn explain(answer: &Answer) -> String {
    let body = serde_json::from_str::<ErrorBody>(&answer.text).unwrap_or_default();
    match plain(&body.text()) {
        text if text.is_empty() => format!("the server answers {}", answer.status),
        text => text,
    }
}

/// Counts what is read, and keeps the reason when the reading itself fails.
struct Counted<'a, R> {
    body: R,
    progress: Progress<'a>,
    sent: u64,
    failed: Option<String>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.body.read(buffer).inspect_err(|error| {
            self.failed = Some(error.to_string());
        })?;
        self.sent += n as u64;
        self.progress.sent(self.sent);
        Ok(n)
    }
}
