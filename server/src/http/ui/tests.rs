//! Tests of the embedded page: which file answers, and with which headers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use actix_web::body::to_bytes;
use actix_web::test::TestRequest;

const JS: &str = "casemate-web-0123456789abcdef.js";
const HTML: &str = "<html><SCRIPT type=\"module\">alert(1)</SCRIPT><script src=\"/x.js\"></script>\
    <script>\n two \n</script></html>";

fn ui() -> Ui {
    let plain = |path, plain| Asset { path, plain, br: None, gzip: None };
    Ui::new(&[
        plain(INDEX, HTML.as_bytes()),
        Asset { path: JS, plain: b"plain", br: Some(b"br"), gzip: Some(b"gz") },
        plain("app-0123456789abcdef_bg.wasm", b"\0asm"),
        plain("favicon.svg", b"<svg/>"),
    ])
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(request: TestRequest) -> Answer {
    let response = ui().answer(&request.to_http_request());
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let Ok(body) = to_bytes(response.into_body()).await else {
        panic!("the body cannot be read");
    };
    Answer { status, headers, body: body.to_vec() }
}

async fn get(path: &str) -> Answer {
    ask(TestRequest::with_uri(path)).await
}

#[actix_web::test]
async fn paths_of_the_page_answer_the_index_with_its_policy() {
    for path in ["/", "/index.html", "/acme/pay/-/security/vulnerabilities/7", "/acme/site.js", "/projects"] {
        let answer = get(path).await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, HTML.as_bytes()), "{path}");
        assert_eq!(answer.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-cache");
        assert!(answer.header(header::CONTENT_SECURITY_POLICY).contains("script-src 'self'"));
    }
}

#[actix_web::test]
async fn the_policy_holds_the_hash_of_each_inline_script_and_no_unsafe_inline() {
    let answer = get("/").await;
    let policy = answer.header(header::CONTENT_SECURITY_POLICY);
    // printf 'alert(1)' | openssl dgst -sha256 -binary | base64, and the same for '\n two \n'.
    for hash in ["sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=", "sha256-Heh4Gba9iRH6IUFP2gnOpKJE/uGoYxDEWEXF4HfH8h8="] {
        assert!(policy.contains(hash), "{policy}");
    }
    assert_eq!(policy.matches("'sha256-").count(), 2);
    assert!(!policy.contains("unsafe-inline") && policy.contains("'wasm-unsafe-eval'"));
    assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"));
}

#[actix_web::test]
async fn hashed_files_stay_for_ever_with_their_types() {
    let js = get(&format!("/{JS}")).await;
    assert_eq!(js.header(header::CACHE_CONTROL), FOR_EVER);
    assert_eq!(js.header(header::CONTENT_TYPE), "text/javascript; charset=utf-8");
    let wasm = get("/app-0123456789abcdef_bg.wasm").await;
    assert_eq!(wasm.header(header::CACHE_CONTROL), FOR_EVER);
    assert_eq!(wasm.header(header::CONTENT_TYPE), "application/wasm");
    let icon = get("/favicon.svg").await;
    assert_eq!(icon.header(header::CACHE_CONTROL), "no-cache");
    assert_eq!(icon.header(header::CONTENT_TYPE), "image/svg+xml");
}

#[actix_web::test]
async fn the_client_chooses_the_packing() {
    for (accepts, coding, body) in [
        ("gzip, deflate, br", "br", "br"),
        ("gzip", "gzip", "gz"),
        ("br;q=0, gzip;q=0.5", "gzip", "gz"),
        ("identity", "", "plain"),
        ("br;q=x", "", "plain"),
    ] {
        let request = TestRequest::with_uri(&format!("/{JS}"));
        let answer = ask(request.insert_header(("accept-encoding", accepts))).await;
        assert_eq!(answer.body, body.as_bytes(), "{accepts}");
        assert_eq!(answer.header(header::CONTENT_ENCODING), coding, "{accepts}");
        assert_eq!(answer.header(header::VARY), "Accept-Encoding");
    }
}

#[actix_web::test]
async fn a_known_file_is_not_sent_again() {
    let tag = get("/").await.header(header::ETAG).to_string();
    for known in [tag.clone(), format!("\"x\", {tag}"), tag.replace("W/", ""), "*".into()] {
        let request = TestRequest::with_uri("/").insert_header(("if-none-match", known));
        let answer = ask(request).await;
        assert_eq!((answer.status, answer.body.len()), (304, 0));
        assert_eq!(answer.header(header::ETAG), tag);
    }
    let other = TestRequest::with_uri("/").insert_header(("if-none-match", "\"x\""));
    assert_eq!(ask(other).await.status, 200);
}

#[actix_web::test]
async fn what_is_not_there_is_404_and_the_api_answers_json() {
    for path in ["/old-abc.js", "/favicon.ico", "/assets/x.css", "/snippets/a/inline0.js"] {
        assert_eq!(get(path).await.status, 404, "{path}");
    }
    for request in [
        TestRequest::with_uri("/api"),
        TestRequest::with_uri("/api/v4/nothing"),
        TestRequest::with_uri("/-/health"),
        TestRequest::post().uri("/acme/pay"),
    ] {
        let answer = ask(request).await;
        assert_eq!((answer.status, answer.body.as_slice()), (404, &br#"{"error":"404 Not Found"}"#[..]));
    }
}

#[test]
fn this_binary_embeds_an_index() {
    let ui = Ui::embedded("");
    let (index, _) = ui.files[INDEX];
    let html = String::from_utf8(index.plain.to_vec()).unwrap();
    assert!(html.to_ascii_lowercase().contains("<!doctype html"));
    assert!(!html.contains("<style") && !html.contains(" style="), "the policy forbids inline styles");
}

#[test]
fn only_real_hashes_count() {
    assert!(has_hash("style-0123456789ab.css") && has_hash("snippets/x-0123456789abcdef/inline0.js"));
    for path in ["index.html", "decade.js", "favicon-32.png", "0123456789abcdef.js"] {
        assert!(!has_hash(path), "{path}");
    }
}

#[test]
fn cut_off_tags_end_the_search() {
    assert!(inline_scripts("<script").is_empty());
    assert!(inline_scripts("<script>never closed").is_empty());
    assert_eq!(inline_scripts("é<script>é</script>"), ["é"]);
}

#[test]
fn below_a_path_the_index_names_its_files_there_and_tells_the_page() {
    let html = r#"<html><head><link href="/favicon.svg"><script src='/casemate-web-0123456789abcdef.js'></script>
        <script>import '/casemate-web-0123456789abcdef.js'; other('/other.js')</script></head></html>"#;
    let plain = |path, plain| Asset { path, plain, br: Some(b"br"), gzip: None };
    let assets = [plain(INDEX, html.as_bytes()), plain(JS, b"plain"), plain("favicon.svg", b"<svg/>")];
    let (here, below) = (Ui::below(&assets, ""), Ui::below(&assets, "/sec"));
    let (asset, _) = &below.files[INDEX];
    let text = String::from_utf8_lossy(asset.plain);
    assert!(text.contains(r#"<meta name="casemate-root" content="/sec">"#), "{text}");
    assert!(
        text.contains("href=\"/sec/favicon.svg\"") && text.contains("import '/sec/casemate-web-0123456789abcdef.js'"),
        "{text}"
    );
    assert!(text.contains("'/other.js'") && !text.contains("'/casemate-web"), "{text}");
    assert!(asset.br.is_none(), "the packed form is that of another text");
    assert_ne!(here.policy, below.policy, "the script is another one");
    assert_eq!((here.files[JS].0.plain, here.files[INDEX].0.br), (&b"plain"[..], Some(&b"br"[..])));
}
