//! The parameters of a request, wherever they came from: query string, JSON body, form or the text
//! fields of a multipart body, merged; the body wins (API design, section 1.4).
//!
//! Must not know: what any parameter means, storage, who is calling.

use crate::clock::{Millis, parse_iso};
use crate::http::budget::FREE;
use crate::http::error::ApiError;
use crate::http::multipart;
use crate::http::patience::{SMALL_BODY, was_silent};
use crate::http::query::{self, Node, QueryError, Tree};
use crate::http::state::Shared;
use actix_web::dev::{Decompress, Payload};
use actix_web::http::header;
use actix_web::rt::time::timeout;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;

/// Largest body of a request that is no upload of reports, unpacked, in bytes.
pub const BODY_BYTES: u64 = 1 << 20;
/// The same before it is known who sends it.
pub const STRANGERS_BYTES: u64 = FREE;
/// How an answer names that limit.
pub const BODY_LIMIT: &str = "body_bytes";

/// Left with a request whose sender is not known before its body is read.
pub struct Strange;

/// The merged parameters of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    tree: Tree,
}

impl Params {
    /// Only what the query string says; for handlers that read the body themselves.
    pub fn from_query(request: &HttpRequest) -> Result<Params, ApiError> {
        let tree = query::parse_urlencoded(request.query_string().as_bytes())?;
        Ok(Params { tree })
    }

    /// Adds the text fields of a form, in the order of the body; they win.
    pub fn merge_pairs(&mut self, pairs: Vec<(String, String)>) -> Result<(), ApiError> {
        self.tree.extend(query::from_pairs(pairs)?);
        Ok(())
    }

    /// Whether the parameter was given at all, null included.
    pub fn has(&self, name: &str) -> bool {
        self.tree.contains_key(name)
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tree.keys().map(String::as_str)
    }

    /// The parameter as it is.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.tree.get(name)
    }

    /// A single value; numbers and booleans as their text. `None` when absent, null, list or hash.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.tree.get(name) {
            Some(Node::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A single value that may be absent; a list or a hash under that name is an error.
    pub fn optional(&self, name: &str) -> Result<Option<&str>, ApiError> {
        match self.tree.get(name) {
            None | Some(Node::Null) => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(Node::List(_) | Node::Map(_)) => Err(ApiError::invalid(name)),
        }
    }

    /// Refuses with `name is missing, color is missing` when any is absent or null.
    pub fn required(&self, names: &[&str]) -> Result<(), ApiError> {
        let absent = |name: &&&str| matches!(self.tree.get(**name), None | Some(Node::Null));
        let missing: Vec<String> = names.iter().filter(absent).map(|name| format!("{name} is missing")).collect();
        if missing.is_empty() { Ok(()) } else { Err(ApiError::BadParameter(missing.join(", "))) }
    }

    /// A whole number; `None` when absent, null or empty.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        self.parsed(name, |text| text.parse().ok())
    }

    /// A whole number from 0; `None` when absent, null or empty. Ids are such.
    pub fn unsigned(&self, name: &str) -> Result<Option<u64>, ApiError> {
        self.parsed(name, |text| text.parse().ok())
    }

    /// true/false, 1/0, t/f, yes/no in any case; `None` when absent, null or empty.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.parsed(name, parse_boolean)
    }

    /// A time (RFC 3339), or a day, which begins at midnight (UTC); `None` when absent, null or empty.
    pub fn time(&self, name: &str) -> Result<Option<Millis>, ApiError> {
        self.parsed(name, |text| parse_iso(text).or_else(|| parse_iso(&format!("{text}T00:00:00Z")).filter(|_| text.len() == 10)))
    }

    /// A word of a fixed set; `None` when absent, null or empty.
    pub fn choice<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        self.parsed(name, parse)
    }

    /// Several values: an array, or one text with commas. Empty when absent or empty.
    pub fn list(&self, name: &str) -> Result<Vec<&str>, ApiError> {
        match self.tree.get(name) {
            None | Some(Node::Null) => Ok(Vec::new()),
            Some(Node::Text(text)) => Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()),
            Some(Node::List(items)) => items
                .iter()
                .map(|item| match item {
                    Node::Text(text) => Ok(text.as_str()),
                    _ => Err(ApiError::invalid(name)),
                })
                .collect(),
            Some(Node::Map(_)) => Err(ApiError::invalid(name)),
        }
    }

    /// Several words of a fixed set.
    pub fn choices<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ApiError> {
        let words = self.list(name)?;
        let parsed = words.into_iter().map(parse);
        parsed.collect::<Option<_>>().ok_or_else(|| ApiError::invalid(name))
    }

    fn parsed<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        match self.optional(name)?.map(str::trim) {
            None | Some("") => Ok(None),
            Some(text) => parse(text).map(Some).ok_or_else(|| ApiError::invalid(name)),
        }
    }

    async fn read(request: HttpRequest, mut payload: Payload) -> Result<Params, ApiError> {
        let mut params = Params::from_query(&request)?;
        let body = timeout(SMALL_BODY, read_body(&request, &mut payload)).await.map_err(|_| ApiError::TooSlow)??;
        if body.is_empty() {
            return Ok(params);
        }
        let kind = content_type(&request);
        let essence = kind.split(';').next().unwrap_or("").trim();
        match essence.to_ascii_lowercase().as_str() {
            "application/json" => params.tree.extend(from_json(&body)?),
            "application/x-www-form-urlencoded" => {
                params.tree.extend(query::parse_urlencoded(&body)?);
            }
            "multipart/form-data" => {
                let fields = multipart::read_fields(&request, body.into()).await?;
                params.merge_pairs(fields)?;
            }
            _ => return Err(ApiError::UnsupportedMedia(kind)),
        }
        Ok(params)
    }
}

impl FromRequest for Params {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Params, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        // The gate may have read the body already.
        if let Some(read) = request.extensions_mut().remove::<Params>() {
            return Box::pin(std::future::ready(Ok(read)));
        }
        Box::pin(Params::read(request.clone(), payload.take()))
    }
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> ApiError {
        ApiError::BadParameter(error.to_string())
    }
}

fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "t" | "yes" => Some(true),
        "false" | "0" | "f" | "no" => Some(false),
        _ => None,
    }
}

fn from_json(body: &[u8]) -> Result<Tree, ApiError> {
    let value: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| ApiError::BadRequest(format!("the JSON body is not valid: {error}")))?;
    match value {
        serde_json::Value::Object(object) => Ok(query::from_json(object)?),
        _ => Err(ApiError::BadRequest("the JSON body is not an object".into())),
    }
}

fn content_type(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok());
    text.unwrap_or_default().to_string()
}

/// Collects a small body, unpacking what `Content-Encoding` says.
async fn read_body(request: &HttpRequest, payload: &mut Payload) -> Result<Vec<u8>, ApiError> {
    let most = if request.extensions().contains::<Strange>() { STRANGERS_BYTES } else { BODY_BYTES };
    let over = || ApiError::TooLarge { limit: BODY_LIMIT, value: most };
    let declared = multipart::declared_length(request).unwrap_or_default();
    if declared > most {
        return Err(over());
    }
    let mut held = request.app_data::<Shared>().map(|state| state.bodies.begin());
    let mut chunks = Decompress::from_headers(payload, request.headers());
    // Exactly as much as was declared: a text that grows by doubling has room for two.
    let mut body = Vec::with_capacity(usize::try_from(declared).unwrap_or_default());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| match was_silent(&error) {
            true => ApiError::TooSlow,
            false => ApiError::BadRequest(format!("the body could not be read: {error}")),
        })?;
        let length = body.len() as u64 + chunk.len() as u64;
        if length > most {
            return Err(over());
        }
        held.as_mut().map_or(Ok(()), |held| held.grow_to(length))?;
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use super::*;
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;
    use actix_web::{ResponseError as _, body::to_bytes};

    async fn extract(request: TestRequest) -> Result<Params, ApiError> {
        let (request, mut payload) = request.to_http_parts();
        Params::from_request(&request, &mut payload).await
    }

    async fn refusal(result: Result<Params, ApiError>) -> (StatusCode, String) {
        let response = result.unwrap_err().error_response();
        let status = response.status();
        let Ok(body) = to_bytes(response.into_body()).await else {
            panic!("the body cannot be read");
        };
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    fn query(text: &str) -> Params {
        let request = TestRequest::with_uri(&format!("/?{text}")).to_http_request();
        Params::from_query(&request).unwrap()
    }

    fn typed(kind: &str, body: &str) -> TestRequest {
        TestRequest::with_uri("/x?name=query&only=q").insert_header(("content-type", kind)).set_payload(body.to_string())
    }

    #[actix_web::test]
    async fn the_body_wins_over_the_query_in_all_forms() {
        let multipart = "--X\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nbody\r\n\
            --X\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"\"\r\n\r\n\r\n--X--\r\n";
        for (kind, body) in [
            ("application/json", r#"{"name": "body"}"#),
            ("application/json; charset=utf-8", r#"{"name": "body"}"#),
            ("application/x-www-form-urlencoded", "name=body"),
            ("multipart/form-data; boundary=X", multipart),
        ] {
            let params = extract(typed(kind, body)).await.unwrap();
            assert_eq!(params.text("name"), Some("body"), "{kind}");
            assert_eq!(params.text("only"), Some("q"), "{kind}");
            assert!(!params.has("avatar"), "{kind}");
        }
    }

    #[actix_web::test]
    async fn an_empty_json_body_is_no_error() {
        let params = extract(typed("application/json", "")).await.unwrap();
        assert_eq!(params.text("name"), Some("query"));
    }

    #[actix_web::test]
    async fn bad_json_names_line_and_column() {
        let (status, body) = refusal(extract(typed("application/json", "{\n \"a\" 1}")).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(body.contains("400 Bad request"), "{body}");
        assert!(body.contains("line 2 column 6"), "{body}");
        let (_, body) = refusal(extract(typed("application/json", "[1]")).await).await;
        assert!(body.contains("not an object"), "{body}");
    }

    #[actix_web::test]
    async fn deep_json_is_refused_calmly() {
        let deep = format!("{{\"a\":{}", "[".repeat(200_000));
        let (status, _) = refusal(extract(typed("application/json", &deep)).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }

    #[actix_web::test]
    async fn a_large_body_is_413_and_names_the_limit() {
        let body = format!("a={}", "x".repeat(BODY_BYTES as usize));
        let kind = "application/x-www-form-urlencoded";
        let (status, text) = refusal(extract(typed(kind, &body)).await).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(text.contains("body_bytes of 1048576"), "{text}");
        let declared = typed(kind, "a=1").insert_header(("content-length", "9999999"));
        let (status, _) = refusal(extract(declared).await).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[actix_web::test]
    async fn a_packed_body_is_unpacked_within_the_limit() {
        use std::io::Write as _;
        let pack = |text: &[u8]| {
            let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            out.write_all(text).unwrap();
            out.finish().unwrap()
        };
        let request = |body: Vec<u8>| {
            TestRequest::with_uri("/x")
                .insert_header(("content-type", "application/json"))
                .insert_header(("content-encoding", "gzip"))
                .set_payload(body)
        };
        let params = extract(request(pack(br#"{"a": 1}"#))).await.unwrap();
        assert_eq!(params.text("a"), Some("1"));
        let bomb = pack(&vec![b' '; 50 << 20]);
        let (status, _) = refusal(extract(request(bomb)).await).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        let (status, _) = refusal(extract(request(b"no gzip at all".to_vec())).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }

    #[actix_web::test]
    async fn an_unknown_content_type_is_415() {
        let (status, body) = refusal(extract(typed("text/csv", "a,b")).await).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(body.contains("text/csv"), "{body}");
    }

    #[test]
    fn booleans_in_every_spelling() {
        for (text, want) in
            [("true", true), ("1", true), ("t", true), ("YES", true), ("false", false), ("0", false), ("f", false), ("no", false)]
        {
            assert_eq!(query(&format!("b={text}")).boolean("b").unwrap(), Some(want));
        }
        assert_eq!(query("b=").boolean("b").unwrap(), None);
        assert!(query("b=2").boolean("b").is_err());
        assert!(query("b[]=1").boolean("b").is_err());
    }

    #[test]
    fn times_are_moments_or_days() {
        assert_eq!(query("t=1970-01-02T00:00:01Z").time("t").unwrap(), Some(86_401_000));
        assert_eq!(query("t=1970-01-02").time("t").unwrap(), Some(86_400_000));
        for wrong in ["t=yesterday", "t=1970-13-01", "t=1970-1-2", "t[]=1970-01-02"] {
            assert!(query(wrong).time("t").is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_by_comma_and_by_array() {
        assert_eq!(query("l=a,%20b,,c").list("l").unwrap(), ["a", "b", "c"]);
        assert_eq!(query("l[]=a,b&l[]=c").list("l").unwrap(), ["a,b", "c"]);
        assert!(query("x=1").list("l").unwrap().is_empty());
        assert!(query("l[k]=1").list("l").is_err());
    }

    #[test]
    fn refusals_name_the_parameter() {
        let params = query("id=abc&severity=hot&color=red");
        let texts = [
            params.required(&["name", "color", "title"]).unwrap_err().to_string(),
            params.integer("id").unwrap_err().to_string(),
            params.choice("severity", casemate_shared::Severity::parse).unwrap_err().to_string(),
        ];
        assert_eq!(texts[0], "bad parameter: name is missing, title is missing");
        assert_eq!(texts[1], "bad parameter: id does not have a valid value");
        assert_eq!(texts[2], "bad parameter: severity does not have a valid value");
    }

    #[test]
    fn numbers_have_their_range() {
        assert_eq!(query("n=-5").integer("n").unwrap(), Some(-5));
        assert!(query("n=-5").unsigned("n").is_err());
        assert!(query("n=99999999999999999999").unsigned("n").is_err());
        assert!(query("n=1.5").integer("n").is_err());
    }
}
