//! Pages of lists: `page` and `per_page` in, the `X-…` headers and one `Link` out (API design,
//! section 1.6).
//!
//! Must not know: what the rows are, where they come from.

use crate::http::error::ApiError;
use crate::http::params::Params;
use crate::http::query::decode;
use crate::store::lists::Slice;
use actix_web::http::header::{self, ContentType, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _};
use casemate_shared::limits::{PER_PAGE_DEFAULT, PER_PAGE_MAX};
use serde::Serialize;

/// Room for the first row of a page.
const FIRST_BYTES: usize = 2 << 10;

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Number of the page, from 1.
    pub page: u64,
    /// Rows of a page, 1 to 100.
    pub per_page: u64,
}

impl Page {
    /// Reads `page` and `per_page`; too large a `per_page` is clamped, not refused.
    pub fn from_params(params: &Params) -> Result<Page, ApiError> {
        let positive = |name: &str, default: u64| match params.unsigned(name)? {
            None => Ok(default),
            Some(0) => Err(ApiError::invalid(name)),
            Some(number) => Ok(number),
        };
        Ok(Page { page: positive("page", 1)?, per_page: positive("per_page", PER_PAGE_DEFAULT as u64)?.min(PER_PAGE_MAX as u64) })
    }

    /// Rows before this page.
    pub fn offset(&self) -> u64 {
        (self.page - 1).saturating_mul(self.per_page)
    }

    /// Most rows of this page.
    pub fn limit(&self) -> usize {
        usize::try_from(self.per_page).unwrap_or(PER_PAGE_MAX)
    }

    /// The same stretch of a list in the store.
    pub fn slice(&self, newest_first: bool) -> Slice {
        Slice { offset: self.offset(), limit: self.limit(), newest_first }
    }

    /// Number of pages that `total` rows fill; an empty list is one empty page.
    fn pages(&self, total: u64) -> u64 {
        total.div_ceil(self.per_page).max(1)
    }
}

/// Rows as the body of an answer.
///
/// # Errors
/// 500 when a row can't be written as JSON.
pub fn json<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, ApiError> {
    let mut body = Vec::with_capacity(FIRST_BYTES);
    body.push(b'[');
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            body.push(b',');
        }
        serde_json::to_writer(&mut body, row).map_err(ApiError::internal)?;
        if number == 0 {
            // Rows of a list are much alike: growing step by step would copy most of it several times.
            body.reserve(body.len() * rows.len().saturating_sub(1) / 8 * 9);
        }
    }
    body.push(b']');
    Ok(body)
}

/// Answers 200 with one page of rows. `origin` is the server's address as the client knows it,
/// without a trailing slash; `total` counts the rows of all pages.
pub fn paged<T: Serialize>(request: &HttpRequest, origin: &str, page: Page, total: u64, rows: &[T]) -> HttpResponse {
    match json(rows) {
        Ok(body) => paged_json(request, origin, page, total, body),
        Err(error) => error.error_response(),
    }
}

/// The same for rows that are written as JSON already.
pub fn paged_json(request: &HttpRequest, origin: &str, page: Page, total: u64, body: Vec<u8>) -> HttpResponse {
    let pages = page.pages(total);
    let next = (page.page < pages).then(|| page.page + 1);
    let prev = (page.page > 1 && page.page <= pages).then(|| page.page - 1);
    let or_empty = |number: Option<u64>| number.map_or(const { HeaderValue::from_static("") }, HeaderValue::from);
    let mut response = HttpResponse::Ok();
    for (name, value) in [
        ("x-page", page.page.into()),
        ("x-per-page", page.per_page.into()),
        ("x-next-page", or_empty(next)),
        ("x-prev-page", or_empty(prev)),
        ("x-total", total.into()),
        ("x-total-pages", pages.into()),
    ] {
        response.insert_header((HeaderName::from_static(name), value));
    }
    let base = format!("{origin}{}", request.uri().path());
    let kept = kept_query(request.query_string());
    let link = [("prev", prev), ("next", next), ("first", Some(1)), ("last", Some(pages))]
        .into_iter()
        .filter_map(|(rel, number)| {
            let per_page = page.per_page;
            let target = format!("{base}?{kept}page={}&per_page={per_page}", number?);
            Some(format!("<{}>; rel=\"{rel}\"", header_safe(&target)))
        })
        .collect::<Vec<_>>()
        .join(", ");
    if let Ok(link) = HeaderValue::from_str(&link) {
        response.insert_header((header::LINK, link));
    }
    response.content_type(ContentType::json()).body(body)
}

/// A list that is walked by the id of its last row (`pagination=keyset`): exact while rows come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyset {
    /// Rows behind this id come next.
    from: Option<u64>,
    newest_first: bool,
}

impl Keyset {
    /// Reads `pagination`, `order_by`, `sort`, `id_after` and `id_before`; none for pages by number.
    pub fn from_params(params: &Params) -> Result<Option<Keyset>, ApiError> {
        if params.optional("pagination")?.is_none_or(|word| word != "keyset") {
            return Ok(None);
        }
        if params.optional("order_by")?.is_some_and(|word| !["", "id"].contains(&word)) {
            return Err(ApiError::invalid("order_by"));
        }
        let newest_first = params.optional("sort")?.is_none_or(|word| word != "asc");
        let from = params.unsigned(if newest_first { "id_before" } else { "id_after" })?;
        Ok(Some(Keyset { from, newest_first }))
    }

    /// The id behind which rows are asked for.
    pub fn from(&self) -> Option<u64> {
        self.from
    }

    /// Whether the highest ids come first.
    pub fn newest_first(&self) -> bool {
        self.newest_first
    }

    /// The rows of one page out of all, which are in the order of their ids that was asked for, and whether
    /// more follow.
    pub fn cut<'a, T>(&self, all: &'a [T], page: Page, id: impl Fn(&T) -> u64) -> (Vec<&'a T>, bool) {
        let is_behind = |row: &&T| self.from.is_none_or(|from| if self.newest_first { id(row) < from } else { id(row) > from });
        let mut rows: Vec<&T> = all.iter().filter(is_behind).take(page.limit() + 1).collect();
        let more = rows.len() > page.limit();
        rows.truncate(page.limit());
        (rows, more)
    }

    /// Answers 200 with the rows; `last` is the id of the last one when more follow.
    pub fn answer<T: Serialize>(
        self,
        request: &HttpRequest,
        origin: &str,
        page: Page,
        last: Option<u64>,
        rows: &[T],
    ) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        let name = if self.newest_first { "id_before" } else { "id_after" };
        if let Some(last) = last {
            let kept = kept_query(request.query_string());
            let kept: String = kept.split_inclusive('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
            let target = format!("{origin}{}?{kept}per_page={}&{name}={last}", request.uri().path(), page.per_page);
            if let Ok(link) = HeaderValue::from_str(&format!("<{}>; rel=\"next\"", header_safe(&target))) {
                response.insert_header((header::LINK, link));
            }
        }
        response.insert_header(("X-Per-Page", page.per_page.to_string())).json(rows)
    }
}

/// The query as it was sent, without the two parameters of the page and without secrets, which headers and
/// logs of proxies must not repeat; ends in `&` unless empty.
fn kept_query(query: &str) -> String {
    let mut kept = String::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        let name = decode(name.as_bytes());
        if !matches!(name.as_deref(), Some("page" | "per_page" | "private_token" | "job_token")) {
            kept.push_str(pair);
            kept.push('&');
        }
    }
    kept
}

/// Encodes what could end the address inside the header, and nothing else.
fn header_safe(target: &str) -> String {
    let mut out = String::with_capacity(target.len());
    for byte in target.bytes() {
        match byte {
            b'<' | b'>' | b'"' | b'\\' | ..=b' ' | 0x7f.. => out.push_str(&format!("%{byte:02X}")),
            _ => out.push(char::from(byte)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use actix_web::test::TestRequest;

    const PATH: &str = "/api/v4/projects/a%2Fb/things";

    fn request(query: &str) -> HttpRequest {
        TestRequest::with_uri(&format!("{PATH}?{query}")).to_http_request()
    }

    fn page_of(query: &str) -> Result<Page, ApiError> {
        Page::from_params(&Params::from_query(&request(query)).unwrap())
    }

    fn answer(query: &str, total: u64) -> HttpResponse {
        let page = page_of(query).unwrap();
        paged(&request(query), "https://h:1/sec", page, total, &["row"])
    }

    fn header_of(response: &HttpResponse, name: &str) -> String {
        response.headers().get(name).unwrap().to_str().unwrap().to_string()
    }

    #[test]
    fn defaults_clamping_and_refusals() {
        assert_eq!(page_of("").unwrap(), Page { page: 1, per_page: 20 });
        let clamped = page_of("page=3&per_page=500").unwrap();
        assert_eq!((clamped.per_page, clamped.offset(), clamped.limit()), (100, 200, 100));
        for (query, name) in [
            ("page=0", "page"),
            ("page=-1", "page"),
            ("page=x", "page"),
            ("page=99999999999999999999", "page"),
            ("per_page=0", "per_page"),
            ("per_page[]=1", "per_page"),
        ] {
            let text = page_of(query).unwrap_err().to_string();
            assert_eq!(text, format!("bad parameter: {name} does not have a valid value"));
        }
        let far = page_of(&format!("page={}", u64::MAX)).unwrap();
        assert_eq!(far.offset(), u64::MAX);
    }

    #[test]
    fn a_page_in_the_middle_has_all_links_and_keeps_the_filters() {
        let response = answer("state%5B%5D=a%2Bb&page=2&q=x+y&per_page=10", 35);
        for (name, want) in [
            ("X-Page", "2"),
            ("X-Per-Page", "10"),
            ("X-Next-Page", "3"),
            ("X-Prev-Page", "1"),
            ("X-Total", "35"),
            ("X-Total-Pages", "4"),
        ] {
            assert_eq!(header_of(&response, name), want, "{name}");
        }
        let to = |page: u64, rel: &str| {
            let base = format!("https://h:1/sec{PATH}?state%5B%5D=a%2Bb&q=x+y");
            format!("<{base}&page={page}&per_page=10>; rel=\"{rel}\"")
        };
        let want = [to(1, "prev"), to(3, "next"), to(1, "first"), to(4, "last")].join(", ");
        assert_eq!(header_of(&response, "Link"), want);
    }

    #[test]
    fn the_last_page_has_no_next_and_an_empty_list_has_one_page() {
        let last = answer("page=2", 40);
        assert_eq!(header_of(&last, "X-Next-Page"), "");
        assert!(!header_of(&last, "Link").contains("rel=\"next\""));
        let empty = answer("", 0);
        assert_eq!(header_of(&empty, "X-Total"), "0");
        assert_eq!(header_of(&empty, "X-Total-Pages"), "1");
        let beyond = answer("page=9", 40);
        assert_eq!(header_of(&beyond, "X-Prev-Page"), "");
    }

    #[test]
    fn a_walk_by_ids_ends_where_the_rows_end() {
        let walk = |query: &str, all: &[u64]| {
            let params = Params::from_query(&request(query)).unwrap();
            let (key, page) = (Keyset::from_params(&params).unwrap().unwrap(), Page::from_params(&params).unwrap());
            let (rows, more) = key.cut(all, page, |id| *id);
            let rows: Vec<u64> = rows.into_iter().copied().collect();
            let answer = key.answer(&request(query), "https://h", page, rows.last().copied().filter(|_| more), &rows);
            (rows, answer.headers().get("Link").map(|link| link.to_str().unwrap().to_owned()))
        };
        let (rows, link) = walk("pagination=keyset&sort=asc&per_page=2&x=1", &[1, 2, 5, 9]);
        assert_eq!(rows, [1, 2]);
        let next = format!("<https://h{PATH}?pagination=keyset&sort=asc&x=1&per_page=2&id_after=2>; rel=\"next\"");
        assert_eq!(link, Some(next));
        assert_eq!(walk("pagination=keyset&sort=asc&per_page=2&id_after=2", &[1, 2, 5, 9]), (vec![5, 9], None));
        let (rows, link) = walk("pagination=keyset&per_page=1&id_before=9", &[9, 5, 2]);
        assert_eq!(rows, [5]);
        assert!(link.unwrap().ends_with("&per_page=1&id_before=5>; rel=\"next\""));
        let other = Params::from_query(&request("pagination=keyset&order_by=name")).unwrap();
        assert!(Keyset::from_params(&other).is_err());
        assert_eq!(Keyset::from_params(&Params::from_query(&request("order_by=name")).unwrap()).unwrap(), None);
    }

    #[test]
    fn rows_are_written_as_one_array() {
        for rows in [vec![], vec!["a\"b".to_owned()], vec!["x".repeat(5_000), String::new(), "y".repeat(50_000)]] {
            assert_eq!(json(&rows).unwrap(), serde_json::to_vec(&rows).unwrap());
        }
    }

    #[test]
    fn nothing_in_the_query_can_leave_the_link() {
        let text = "a=1>; rel=\"next\", <https://evil/";
        assert_eq!(header_safe(text), "a=1%3E;%20rel=%22next%22,%20%3Chttps://evil/");
        assert_eq!(header_safe("é\r\n"), "%C3%A9%0D%0A");
        assert_eq!(kept_query("%70age=7&x=1"), "x=1&");
        assert_eq!(kept_query("private_token=s&x=1&job%5Ftoken=t"), "x=1&");
    }
}
