//! Whether the proxy before the server leaves paths alone: the server asks itself through `external_url` for a path
//! with `%2F` and looks at what arrives. Full paths of projects and names of branches come that way.
//!
//! Must not know: other routes. Nothing is asked unless `external_url` is configured, and at most once a minute.

use super::state::{Shared, State};
use crate::clock::{Entropy, Millis};
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Longest time that the own answer may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long what was found counts, in milliseconds: probes come often.
const COUNTS_FOR: Millis = 60_000;
/// What is asked for.
const TEXT: &str = "a/b";
/// The same in a path.
const ENCODED: &str = "a%2Fb";
/// Most bytes of an answer that are looked at.
const ANSWER_BYTES: u64 = 4_096;

/// What was found last.
pub struct ProxyCheck {
    /// Tells this server from others.
    server: String,
    last: Mutex<Option<(Millis, Finding)>>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    is_fine: bool,
    text: String,
}

impl Finding {
    fn fine(text: &str) -> Finding {
        Finding { is_fine: true, text: text.to_owned() }
    }

    fn wrong(text: impl Into<String>) -> Finding {
        Finding { is_fine: false, text: text.into() }
    }

    /// As a part of the answer about readiness.
    pub fn json(&self) -> Value {
        json!([{"status": if self.is_fine { "ok" } else { "failed" }, "message": self.text}])
    }
}

impl ProxyCheck {
    /// Nothing was asked yet.
    pub fn new(entropy: &dyn Entropy) -> ProxyCheck {
        let server = entropy.bytes16().iter().map(|byte| format!("{byte:02x}")).collect();
        ProxyCheck { server, last: Mutex::new(None) }
    }

    /// What was found within the last minute; else marks that somebody asks now.
    fn known(&self, now: Millis) -> Option<Finding> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.as_ref() {
            Some((at, finding)) if (0..COUNTS_FOR).contains(&(now - at)) => Some(finding.clone()),
            _ => {
                *last = Some((now, Finding::fine("the server is asking itself through external_url: look again")));
                None
            }
        }
    }

    fn remember(&self, now: Millis, finding: &Finding) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, finding.clone()));
    }
}

/// What arrived of a path.
#[derive(Debug, Serialize, Deserialize)]
struct Echo {
    server: String,
    text: String,
    is_split: bool,
}

/// `GET /-/echo/:text`: the text, as it arrived.
pub async fn echo(state: Shared, path: web::Path<String>) -> HttpResponse {
    let echo = Echo { server: state.proxy_check.server.clone(), text: path.into_inner(), is_split: false };
    HttpResponse::Ok().json(echo)
}

/// `GET /-/echo/:one/:two`: what arrives when a proxy decodes the slash.
pub async fn echo_split(state: Shared, path: web::Path<(String, String)>) -> HttpResponse {
    let (one, two) = path.into_inner();
    let echo = Echo { server: state.proxy_check.server.clone(), text: format!("{one}/{two}"), is_split: true };
    HttpResponse::Ok().json(echo)
}

/// Asks, unless somebody did within the last minute.
pub async fn check(state: &State) -> Finding {
    let Some(url) = state.reach.external_url.as_ref() else {
        return Finding::fine("external_url is not configured: nothing was asked");
    };
    let now = state.clock.now();
    if let Some(known) = state.proxy_check.known(now) {
        return known;
    }
    let (address, server) = (format!("{}/-/echo/{ENCODED}", url.as_str()), state.proxy_check.server.clone());
    let asked = web::block(move || ask(&address, &server)).await;
    let finding = asked.unwrap_or_else(|_| Finding::wrong("the server could not ask itself"));
    state.proxy_check.remember(now, &finding);
    finding
}

fn ask(address: &str, server: &str) -> Finding {
    let config = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .build();
    let mut answer = match ureq::Agent::from(config).get(address).call() {
        Ok(answer) => answer,
        Err(error) => return Finding::wrong(format!("external_url can't be reached from here: {error}")),
    };
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(ANSWER_BYTES).read_to_string().unwrap_or_default();
    judge(status, &body, server)
}

fn judge(status: u16, body: &str, server: &str) -> Finding {
    if (300..400).contains(&status) {
        let text = "external_url leads to another address: configure the one where it ends, clients don't follow with a body";
        return Finding::wrong(text);
    }
    let Ok(echo) = serde_json::from_str::<Echo>(body) else {
        let text = "what answers under external_url is not this server, or the proxy changes or refuses paths with %2F";
        return Finding::wrong(format!("{text} (status {status})"));
    };
    if echo.server != server {
        return Finding::wrong("another server of this kind answers under external_url");
    }
    match (echo.is_split, echo.text.as_str()) {
        (false, TEXT) => Finding::fine("%2F in paths arrives as it was sent"),
        (true, _) => Finding::wrong(
            "the proxy decodes %2F in paths, so that full paths of projects don't work: nginx wants proxy_pass without a \
             path, Apache AllowEncodedSlashes NoDecode and nocanon",
        ),
        _ => Finding::wrong("the proxy changes %2F in paths, perhaps it encodes the percent sign again"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::clock::SystemEntropy;

    fn body(server: &str, text: &str, is_split: bool) -> String {
        serde_json::to_string(&Echo { server: server.to_owned(), text: text.to_owned(), is_split }).unwrap()
    }

    #[test]
    fn what_arrives_says_what_the_proxy_does() {
        for (status, body, is_fine, word) in [
            (200, body("s", "a/b", false), true, "as it was sent"),
            (200, body("s", "a/b", true), false, "decodes %2F"),
            (200, body("s", "a%2Fb", false), false, "again"),
            (200, body("t", "a/b", false), false, "another server"),
            (301, String::new(), false, "another address"),
            (404, "<html>".to_owned(), false, "status 404"),
            (200, "{}".to_owned(), false, "status 200"),
        ] {
            let found = judge(status, &body, "s");
            assert!(found.is_fine == is_fine && found.text.contains(word), "{status} {body}: {found:?}");
        }
    }

    #[test]
    fn it_is_asked_once_a_minute() {
        let check = ProxyCheck::new(&SystemEntropy);
        assert!(check.known(1_000).is_none());
        assert!(check.known(1_001).unwrap().text.contains("look again"), "somebody asks already");
        check.remember(1_000, &Finding::wrong("x"));
        assert_eq!(check.known(60_999).unwrap().text, "x");
        assert!(check.known(61_000).is_none());
    }
}
