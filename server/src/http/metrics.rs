//! Numbers for a monitoring system, as Prometheus reads them (API design, section 1.8). Must not know: what the
//! numbers are good for.
//!
//! Told to the networks that are named, the loopback unless said otherwise, and to who shows the token.

use super::caller;
use super::error::ApiError;
use super::origin::Network;
use super::state::{Shared, State, block};
use crate::auth::refusals::Reason;
use crate::store::meta::{self, Sequence};
use crate::store::{ReadTx, StoreError, audit, pipelines};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Who may read the numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsAccess {
    /// Networks of those who may without more.
    pub networks: Vec<Network>,
    /// Text that opens it to everybody who has it.
    pub token: Option<String>,
}

/// Answers by the first digit of their status, and how long they took.
#[derive(Default)]
pub struct Requests {
    by_class: [AtomicU64; 5],
    too_many: AtomicU64,
    micros: AtomicU64,
    slow: [AtomicU64; SECONDS.len()],
}

/// Bounds of the histogram of how long answers took.
const SECONDS: [f64; 7] = [0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 30.0];

impl Requests {
    /// Counts an answer.
    pub fn answered(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).clamp(1, 5) - 1;
        if let Some(count) = self.by_class.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.too_many.fetch_add(1, Ordering::Relaxed);
        }
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let is_within = |bound: &&f64| took.as_secs_f64() <= **bound;
        if let Some(at) = SECONDS.iter().position(|bound| is_within(&bound))
            && let Some(count) = self.slow.get(at)
        {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn write(&self, out: &mut Text) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        out.head("casemate_http_requests_total", "counter", "Answers by the class of their status.");
        for (at, count) in self.by_class.iter().enumerate() {
            out.line(&format!("casemate_http_requests_total{{class=\"{}xx\"}}", at + 1), read(count));
        }
        out.one("casemate_http_requests_refused_total", "counter", "Requests refused as too many.", read(&self.too_many));
        let name = "casemate_http_request_duration_seconds";
        out.head(name, "histogram", "How long answers took.");
        let mut within = 0;
        for (bound, count) in SECONDS.iter().zip(&self.slow) {
            within += read(count);
            out.line(&format!("{name}_bucket{{le=\"{bound}\"}}"), within);
        }
        let all: u64 = self.by_class.iter().map(read).sum();
        out.line(&format!("{name}_bucket{{le=\"+Inf\"}}"), all);
        out.text(&format!("{name}_sum {:.6}\n", read(&self.micros) as f64 / 1e6));
        out.line(&format!("{name}_count"), all);
    }
}

/// Lines of the format.
#[derive(Default)]
struct Text(String);

impl Text {
    fn text(&mut self, text: &str) {
        self.0.push_str(text);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        self.text(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, value: u64) {
        // Writing into a text does not fail.
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        self.line(name, value);
    }
}

/// `GET /-/metrics`.
///
/// To everybody who may not it is a page that is not there.
pub async fn show(request: HttpRequest, state: Shared) -> HttpResponse {
    if !may_read(&state, &request) {
        return HttpResponse::from_error(ApiError::RouteNotFound);
    }
    let shared = state.clone();
    match block(move || Ok(numbers(&shared)?)).await {
        Ok(text) => HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text),
        Err(error) => HttpResponse::from_error(error),
    }
}

fn may_read(state: &State, request: &HttpRequest) -> bool {
    let access = &state.metrics_access;
    let shown = caller::token(request).or_else(|| query_token(request));
    if let (Some(wanted), Some(shown)) = (&access.token, shown) {
        // By hash, so that the time tells nothing of the text.
        return state.door.secrets.hash(&shown) == state.door.secrets.hash(wanted);
    }
    let headers = request.headers();
    let is_passed_on = ["x-forwarded-for", "forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    // A proxy on this machine that is not named as trusted must not open it to the world.
    if is_passed_on && !state.reach.is_trusted(request) {
        return false;
    }
    state.reach.client_ip(request).is_some_and(|ip| access.networks.iter().any(|network| network.contains(ip)))
}

fn query_token(request: &HttpRequest) -> Option<String> {
    let pairs = request.query_string().split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(name, _)| *name == "token").map(|(_, token)| token.to_owned())
}

fn numbers(state: &State) -> Result<String, StoreError> {
    let mut out = Text::default();
    out.head("casemate_build_info", "gauge", "The version that runs.");
    out.line(&format!("casemate_build_info{{version=\"{}\"}}", super::instance::VERSION), 1);
    state.requests.write(&mut out);
    write_store(&state.store.read()?, &mut out)?;
    let sizes = "Bytes on the disk.";
    out.head("casemate_disk_bytes", "gauge", sizes);
    out.line("casemate_disk_bytes{part=\"database\"}", state.store.file_bytes()?);
    for part in ["artifacts", "index", "spool"] {
        out.line(&format!("casemate_disk_bytes{{part=\"{part}\"}}"), state.retention.directory_bytes(part));
    }
    let name = "casemate_store_write_longest_seconds";
    out.head(name, "gauge", "How long one write kept others from writing, at most since the start.");
    out.text(&format!("{name} {:.6}\n", state.store.longest_write().as_secs_f64()));
    if let Ok(lag) = state.index.lag() {
        out.one("casemate_search_index_lag", "gauge", "Entries that the search index has not taken up yet.", lag);
    }
    out.head("casemate_access_tokens_refused_total", "counter", "Access tokens that were shown and do not work, by why.");
    for reason in Reason::ALL {
        let name = format!("casemate_access_tokens_refused_total{{reason=\"{}\"}}", reason.word());
        out.line(&name, state.door.refusals.total(reason));
    }
    let windows = state.limits.remembered() as u64;
    out.one("casemate_rate_limit_windows", "gauge", "Windows of requests that are remembered.", windows);
    Ok(out.0)
}

fn write_store(rtx: &ReadTx, out: &mut Text) -> Result<(), StoreError> {
    let queued = pipelines::queued(rtx)?.len() as u64;
    out.one("casemate_ingestion_queue_length", "gauge", "Pipelines that wait for their ingestion or are in it.", queued);
    for (name, help, sequence) in [
        ("casemate_projects_created_total", "Projects made so far.", Sequence::Project),
        ("casemate_users_created_total", "Users made so far, bots too.", Sequence::User),
        ("casemate_pipelines_created_total", "Pipelines so far.", Sequence::Pipeline),
        ("casemate_scans_ingested_total", "Reports accepted so far.", Sequence::Scan),
        ("casemate_finding_bodies_created_total", "Distinct findings of reports so far.", Sequence::Body),
        ("casemate_vulnerabilities_created_total", "Vulnerabilities so far.", Sequence::Vulnerability),
    ] {
        out.one(name, "counter", help, meta::last_id(rtx, sequence)?);
    }
    let events = audit::head(rtx)?.map_or(0, |(count, _)| count);
    out.one("casemate_audit_events_total", "counter", "Events in the audit log.", events);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_by_class_and_by_how_long_they_took() {
        let requests = Requests::default();
        for (status, millis) in [(200, 1), (204, 20), (404, 200), (429, 1), (500, 60_000)] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            requests.answered(status, Duration::from_millis(millis));
        }
        let mut out = Text::default();
        requests.write(&mut out);
        for line in [
            "casemate_http_requests_total{class=\"2xx\"} 2",
            "casemate_http_requests_total{class=\"4xx\"} 2",
            "casemate_http_requests_total{class=\"5xx\"} 1",
            "casemate_http_requests_refused_total 1",
            "casemate_http_request_duration_seconds_bucket{le=\"0.005\"} 2",
            "casemate_http_request_duration_seconds_bucket{le=\"0.025\"} 3",
            "casemate_http_request_duration_seconds_bucket{le=\"30\"} 4",
            "casemate_http_request_duration_seconds_bucket{le=\"+Inf\"} 5",
            "casemate_http_request_duration_seconds_sum 60.222000",
            "casemate_http_request_duration_seconds_count 5",
        ] {
            assert!(out.0.lines().any(|have| have == line), "{line} is not in\n{}", out.0);
        }
    }
}
