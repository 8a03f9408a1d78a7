//! The web page, embedded in the binary: its files, packed ahead of time, with the right headers.
//! `build.rs` writes the table of files.
//!
//! Must not know: what the page does, the API, who is calling: `moved.rs` looks whether a path is an old one.

use crate::http::error::ApiError;
use crate::http::headers::is_api;
use crate::http::moved;
use crate::http::state::Shared;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// One embedded file.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Path below the root, without the first slash.
    pub path: &'static str,
    /// The bytes.
    pub plain: &'static [u8],
    /// The bytes packed with brotli, where that is worth it.
    pub br: Option<&'static [u8]>,
    /// The bytes packed with gzip, where that is worth it.
    pub gzip: Option<&'static [u8]>,
}

const EMBEDDED: &[Asset] = include!(concat!(env!("OUT_DIR"), "/ui/table.rs"));
const INDEX: &str = "index.html";
/// Paths of probes and metrics; they never fall back to the page.
const PROBES: [&str; 4] = ["/-/health", "/-/liveness", "/-/readiness", "/-/metrics"];
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// The page's files by path, and the policy that its index is sent with.
pub struct Ui {
    files: BTreeMap<&'static str, (Asset, String)>,
    policy: String,
}

impl Ui {
    /// The page that this binary was built with, for a server that has this path, `/sec`, before all its paths.
    pub fn embedded(root: &str) -> Ui {
        Ui::below(EMBEDDED, root)
    }

    /// A page made of these files, below a path; empty: below nothing.
    pub fn below(assets: &[Asset], root: &str) -> Ui {
        let lowered = |asset: &Asset| if asset.path == INDEX { lowered(asset, assets, root) } else { *asset };
        match root.is_empty() {
            true => Ui::new(assets),
            false => Ui::new(&assets.iter().map(lowered).collect::<Vec<_>>()),
        }
    }

    /// A page made of these files.
    pub fn new(assets: &[Asset]) -> Ui {
        let tagged = assets.iter().map(|asset| (asset.path, (*asset, tag(asset.plain))));
        let files: BTreeMap<_, _> = tagged.collect();
        let index = files.get(INDEX).map_or(&b""[..], |(asset, _)| asset.plain);
        let policy = policy(&String::from_utf8_lossy(index));
        Ui { files, policy }
    }

    /// Answers a request that no route took: a file, the page for a path of the page, or 404.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let path = request.match_info().as_str();
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        if !is_read || is_api(path) || PROBES.contains(&path) {
            return ApiError::RouteNotFound.error_response();
        }
        let name = path.trim_start_matches('/');
        if let Some((asset, tag)) = self.files.get(name) {
            return self.file(request.headers(), asset, tag);
        }
        match self.files.get(INDEX) {
            Some((asset, tag)) if !is_asset_name(name) => self.file(request.headers(), asset, tag),
            _ => HttpResponse::build(StatusCode::NOT_FOUND).content_type("text/plain; charset=utf-8").body("not found\n"),
        }
    }

    /// Whether a request gets the page itself, whatever it shows then.
    fn is_page(&self, request: &HttpRequest) -> bool {
        let path = request.match_info().as_str();
        let name = path.trim_start_matches('/');
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        is_read && !is_api(path) && !PROBES.contains(&path) && !self.files.contains_key(name) && !is_asset_name(name)
    }

    fn file(&self, asked: &HeaderMap, asset: &Asset, tag: &str) -> HttpResponse {
        let keep = if has_hash(asset.path) { FOR_EVER } else { ASK_AGAIN };
        let is_known = asked.get_all(header::IF_NONE_MATCH).any(|known| knows(known.as_bytes(), tag));
        let mut response = HttpResponse::build(match is_known {
            true => StatusCode::NOT_MODIFIED,
            false => StatusCode::OK,
        });
        response
            .insert_header((header::CACHE_CONTROL, keep))
            .insert_header((header::ETAG, tag))
            .insert_header((header::VARY, "Accept-Encoding"));
        if asset.path.ends_with(".html") {
            response.insert_header((header::CONTENT_SECURITY_POLICY, self.policy.as_str()));
        }
        if is_known {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, media_type(asset.path)));
        let (coding, bytes) = packed_as(asked, asset);
        if let Some(coding) = coding {
            response.insert_header((header::CONTENT_ENCODING, coding));
        }
        response.body(bytes)
    }
}

/// The index, with the path before the paths of all files, and saying it to the page.
fn lowered(index: &Asset, all: &[Asset], root: &str) -> Asset {
    let mut html = String::from_utf8_lossy(index.plain).into_owned();
    for asset in all {
        for quote in ['"', '\''] {
            let there = format!("{quote}{root}/{}{quote}", asset.path);
            html = html.replace(&format!("{quote}/{}{quote}", asset.path), &there);
        }
    }
    let html = html.replacen("<head>", &format!("<head>\n  <meta name=\"casemate-root\" content=\"{root}\">"), 1);
    // There is one page, for as long as the program runs.
    Asset { plain: Box::leak(html.into_bytes().into_boxed_slice()), br: None, gzip: None, ..*index }
}

/// Handler for `App::default_service`.
pub async fn page(request: HttpRequest, ui: web::Data<Ui>) -> HttpResponse {
    if let Some(state) = request.app_data::<Shared>().filter(|_| ui.is_page(&request)) {
        match moved::page(state, &request) {
            Ok(Some(answer)) => return answer,
            Ok(None) => {}
            Err(error) => return HttpResponse::from_error(error),
        }
    }
    ui.answer(&request)
}

/// Weak, since the packed forms share it.
fn tag(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits: String = hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{digits}\"")
}

/// Whether `If-None-Match` holds the tag; weak comparison.
fn knows(header: &[u8], tag: &str) -> bool {
    let text = String::from_utf8_lossy(header);
    let strong = tag.trim_start_matches("W/");
    text.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == strong)
}

/// The best form that the client takes.
fn packed_as(asked: &HeaderMap, asset: &Asset) -> (Option<&'static str>, &'static [u8]) {
    let accepted = asked.get(header::ACCEPT_ENCODING);
    let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or_default();
    match (asset.br, asset.gzip) {
        (Some(bytes), _) if accepts(accepted, "br") => (Some("br"), bytes),
        (_, Some(bytes)) if accepts(accepted, "gzip") => (Some("gzip"), bytes),
        _ => (None, asset.plain),
    }
}

/// Whether a coding is named with a weight above 0.
fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        is_named && weight.is_none_or(|q| q.trim().parse::<f32>().is_ok_and(|q| q > 0.0))
    })
}

/// Names that Trunk makes carry a hash of the content: `app-0123456789abcdef_bg.wasm`.
fn has_hash(path: &str) -> bool {
    path.split(['/', '-', '.', '_']).skip(1).any(|part| part.len() >= 12 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A name that only a file of the page can have. Addresses of projects may have dots in them too, so
/// only the top level and the folders of built files count.
fn is_asset_name(name: &str) -> bool {
    let in_folder = name.starts_with("assets/") || name.starts_with("snippets/");
    let is_top = !name.contains('/');
    (in_folder || is_top) && media_type(name) != "application/octet-stream"
}

fn media_type(path: &str) -> &'static str {
    let kind = path.rsplit_once('.').map_or("", |(_, kind)| kind);
    match kind.to_ascii_lowercase().as_str() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// What the page may load: itself, WebAssembly, and the inline scripts that its index holds.
fn policy(index: &str) -> String {
    let hashes: String =
        inline_scripts(index).iter().map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)))).collect();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Texts between `<script …>` and `</script>` of tags without `src`.
fn inline_scripts(html: &str) -> Vec<&str> {
    let lower = html.to_ascii_lowercase();
    let mut scripts = Vec::new();
    let mut at = 0;
    while let Some(open) = find(&lower, "<script", at) {
        let Some(text) = find(&lower, ">", open).map(|end| end + 1) else { break };
        let Some(close) = find(&lower, "</script", text) else { break };
        let has_src = lower.get(open..text).is_some_and(|tag| tag.contains(" src="));
        let script = html.get(text..close).filter(|script| !script.is_empty());
        scripts.extend(script.filter(|_| !has_src));
        at = close + 1;
    }
    scripts
}

fn find(text: &str, what: &str, from: usize) -> Option<usize> {
    Some(from + text.get(from..)?.find(what)?)
}
