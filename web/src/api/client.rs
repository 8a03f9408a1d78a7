//! The one place that talks HTTP: headers, statuses, errors. Must not know endpoints.

use crate::logic::errors;
use crate::state::session::{Session, SessionState};
use gloo_net::http::{Request, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

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
        let response = Request::get(path).send().await;
        let (_, body) = self.read(response).await?;
        parse(&body)
    }

    /// Fetches one page of a list; the total comes from `X-Total`.
    pub async fn list<T: DeserializeOwned>(self, path: &str) -> Result<Page<T>, ApiError> {
        let response = Request::get(path).send().await;
        let (response, body) = self.read(response).await?;
        let rows: Vec<T> = parse(&body)?;
        let total = response.headers().get("x-total").and_then(|text| text.parse().ok());
        Ok(Page { total: total.unwrap_or(rows.len() as u64), rows })
    }

    /// Sends a body and reads the answer.
    pub async fn post<B: Serialize, T: DeserializeOwned>(self, path: &str, body: &B) -> Result<T, ApiError> {
        self.send(Request::post(path), body).await
    }

    /// Sends a form with files and reads the answer.
    pub async fn post_form<T: DeserializeOwned>(self, path: &str, form: web_sys::FormData) -> Result<T, ApiError> {
        let request = Request::post(path).header("X-CSRF-Token", &self.session.csrf_token());
        let response = match request.body(form) {
            Ok(request) => request.send().await,
            Err(error) => Err(error),
        };
        let (_, body) = self.read(response).await?;
        parse(&body)
    }

    /// Changes something and reads the answer, which may be empty.
    pub async fn put<B: Serialize, T: DeserializeOwned>(self, path: &str, body: &B) -> Result<T, ApiError> {
        self.send(Request::put(path), body).await
    }

    /// Changes a part of something and reads the answer, which may be empty.
    pub async fn patch<B: Serialize, T: DeserializeOwned>(self, path: &str, body: &B) -> Result<T, ApiError> {
        self.send(Request::patch(path), body).await
    }

    /// Takes something away.
    pub async fn delete(self, path: &str) -> Result<(), ApiError> {
        let request = Request::delete(path).header("X-CSRF-Token", &self.session.csrf_token());
        self.read(request.send().await).await.map(|_| ())
    }

    /// Takes something away that asks for more than its address: a password.
    pub async fn delete_with<B: Serialize>(self, path: &str, body: &B) -> Result<(), ApiError> {
        self.send(Request::delete(path), body).await
    }

    async fn send<B: Serialize, T: DeserializeOwned>(self, request: RequestBuilder, body: &B) -> Result<T, ApiError> {
        let request = request.header("X-CSRF-Token", &self.session.csrf_token());
        let response = match request.json(body) {
            Ok(request) => request.send().await,
            Err(error) => Err(error),
        };
        let (_, body) = self.read(response).await?;
        parse(&body)
    }

    async fn read(self, response: Result<Response, gloo_net::Error>) -> Result<(Response, String), ApiError> {
        let response = response.map_err(|_| ApiError::unreachable())?;
        let body = response.text().await.map_err(|_| ApiError::unreachable())?;
        if response.ok() {
            return Ok((response, body));
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

fn parse<T: DeserializeOwned>(body: &str) -> Result<T, ApiError> {
    let body = if body.is_empty() { "null" } else { body };
    serde_json::from_str(body).map_err(|error| ApiError {
        status: 200,
        text: format!("the server's answer could not be read: {error}"),
        request_id: None,
        code_needed: false,
    })
}
