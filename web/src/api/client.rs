//! The one place that talks HTTP: headers, statuses, errors. Must not know endpoints.

use crate::logic::errors;
use crate::state::session::{Session, SessionState};
use crate::url::under_root;
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;

/// Why a request has no answer to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status; 0 when there was no answer at all.
    pub status: u16,
    /// One line for a person.
    pub text: String,
    /// The id under which the server logged the request.
    pub request_id: Option<String>,
    /// Whether signing in needs a code of the second factor: the password was right.
    pub code_needed: bool,
}

impl ApiError {
    fn unreachable() -> ApiError {
        ApiError { status: 0, text: errors::status(0).to_owned(), request_id: None, code_needed: false }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// Rows of all pages together.
    pub total: u64,
}

/// What came back: the body, and what the headers say of the whole list.
struct Answer {
    body: String,
    total: Option<u64>,
}

/// An answer on its way. Boxed: the way there is compiled once, not for every type of answer.
type Way = Pin<Box<dyn Future<Output = Result<Answer, ApiError>>>>;

/// Sends requests on behalf of the session at hand.
#[derive(Clone, Copy)]
pub struct Client {
    session: Session,
}

impl Client {
    /// A client for the session.
    pub const fn new(session: Session) -> Client {
        Client { session }
    }

    /// Fetches one thing.
    pub async fn get<T: DeserializeOwned>(self, path: &str) -> Result<T, ApiError> {
        parse(&self.fetch(path).await?.body)
    }

    /// Fetches one page of a list; the total comes from `X-Total`.
    pub async fn list<T: DeserializeOwned>(self, path: &str) -> Result<Page<T>, ApiError> {
        let answer = self.fetch(path).await?;
        let rows: Vec<T> = parse(&answer.body)?;
        Ok(Page { total: answer.total.unwrap_or(rows.len() as u64), rows })
    }

    /// Sends a body and reads the answer.
    pub async fn post<B: Serialize, T: DeserializeOwned>(self, path: &str, body: &B) -> Result<T, ApiError> {
        parse(&self.send(Request::post(&under_root(path)), json(body)).await?.body)
    }

    /// Sends a form with files and reads the answer.
    pub async fn post_form<T: DeserializeOwned>(self, path: &str, form: web_sys::FormData) -> Result<T, ApiError> {
        let request = Request::post(&under_root(path)).header("X-CSRF-Token", &self.session.csrf_token());
        parse(&self.way(request.body(form)).await?.body)
    }

    /// Changes something and reads the answer, which may be empty.
    pub async fn put<B: Serialize, T: DeserializeOwned>(self, path: &str, body: &B) -> Result<T, ApiError> {
        parse(&self.send(Request::put(&under_root(path)), json(body)).await?.body)
    }

    /// Changes a part of something and reads the answer, which may be empty.
    pub async fn patch<B: Serialize, T: DeserializeOwned>(self, path: &str, body: &B) -> Result<T, ApiError> {
        parse(&self.send(Request::patch(&under_root(path)), json(body)).await?.body)
    }

    /// Takes something away.
    pub async fn delete(self, path: &str) -> Result<(), ApiError> {
        let request = Request::delete(&under_root(path)).header("X-CSRF-Token", &self.session.csrf_token());
        self.way(request.build()).await.map(|_| ())
    }

    /// Takes something away that asks for more than its address: a password.
    pub async fn delete_with<B: Serialize>(self, path: &str, body: &B) -> Result<(), ApiError> {
        self.send(Request::delete(&under_root(path)), json(body)).await.map(|_| ())
    }

    fn fetch(self, path: &str) -> Way {
        self.way(Request::get(&under_root(path)).build())
    }

    fn send(self, request: RequestBuilder, body: String) -> Way {
        let request = request.header("X-CSRF-Token", &self.session.csrf_token());
        self.way(request.header("Content-Type", "application/json").body(body))
    }

    fn way(self, request: Result<Request, gloo_net::Error>) -> Way {
        Box::pin(async move {
            let response = match request {
                Ok(request) => request.send().await,
                Err(error) => Err(error),
            };
            self.read(response).await
        })
    }

    async fn read(self, response: Result<Response, gloo_net::Error>) -> Result<Answer, ApiError> {
        let response = response.map_err(|_| ApiError::unreachable())?;
        let body = response.text().await.map_err(|_| ApiError::unreachable())?;
        if response.ok() {
            let total = response.headers().get("x-total").and_then(|text| text.parse().ok());
            return Ok(Answer { body, total });
        }
        let status = response.status();
        if status == 401 {
            self.session.set(SessionState::Out);
        }
        let told = errors::sentence(&body);
        let wait = response.headers().get("retry-after").and_then(|text| text.parse().ok());
        let text = match (status, told.is_empty()) {
            (429, _) => errors::too_many(wait),
            (_, true) => errors::status(status).to_owned(),
            (_, false) => told,
        };
        let code_needed = errors::needs_code(&body);
        Err(ApiError { status, text, request_id: response.headers().get("x-request-id"), code_needed })
    }
}

/// A body as JSON. None of ours can fail to be written: they hold texts, numbers and lists of these.
fn json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

fn parse<T: DeserializeOwned>(body: &str) -> Result<T, ApiError> {
    let body = if body.is_empty() { "null" } else { body };
    serde_json::from_str(body).map_err(|error| unread(&error))
}

fn unread(error: &serde_json::Error) -> ApiError {
    ApiError {
        status: 200,
        text: format!("the server's answer could not be read: {error}"),
        request_id: None,
        code_needed: false,
    }
}
