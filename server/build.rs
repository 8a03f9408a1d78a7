//! Embeds the web page: copies what Trunk built, packs each file once with brotli and gzip, and writes
//! the table that `src/http/ui.rs` includes. Without a built page it embeds a placeholder that names
//! the command to run.
//!
//! Must not know: how the page is built. It never runs Trunk.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Where the page is looked for when it is not in `web/dist`.
const DIST_VARIABLE: &str = "CASEMATE_WEB_DIST";
/// Kinds of files that are packed already.
const PACKED: [&str; 8] = ["png", "jpg", "webp", "ico", "woff2", "br", "gz", "zip"];

const PLACEHOLDER: &str = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Casemate</title></head>
<body>
<h1>Casemate is running, without its web page</h1>
<p>This binary was built before the page was. The API works: see <code>/api/v4</code>.</p>
<p>To build both, run <code>make build</code> in the directory of the sources, or
<code>make run</code> for a server with demo data.</p>
</body>
</html>
"#;

fn main() -> Outcome<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={DIST_VARIABLE}");
    let out = PathBuf::from(variable("OUT_DIR")?).join("ui");
    let web = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../web");
    let dist = match std::env::var_os(DIST_VARIABLE) {
        Some(dir) if !dir.is_empty() => PathBuf::from(dir),
        _ => web.join("dist"),
    };
    fs::create_dir_all(&out)?;
    let mut files = Vec::new();
    if dist.join("index.html").is_file() {
        println!("cargo:rerun-if-changed={}", dist.display());
        collect(&dist, String::new(), &mut files)?;
    } else {
        println!("cargo:warning=the web page is not built yet: embedding a placeholder (make build)");
        watch_for(&dist, &web);
        files.push(("index.html".to_string(), PLACEHOLDER.as_bytes().to_vec()));
    }
    files.sort();
    let mut table = String::from("&[\n");
    for (name, bytes) in &files {
        table.push_str(&embed(&out, name, bytes)?);
    }
    table.push_str("]\n");
    write_if_changed(&out.join("table.rs"), table.as_bytes())?;
    Ok(())
}

fn variable(name: &str) -> Outcome<String> {
    std::env::var(name).map_err(|error| format!("{name}: {error}").into())
}

/// A path that does not exist would make cargo run this again every time; the directory above does.
fn watch_for(dist: &Path, web: &Path) {
    let above = dist.parent().filter(|above| above.is_dir()).unwrap_or(web);
    if above.is_dir() {
        println!("cargo:rerun-if-changed={}", above.display());
    }
}

/// All files below a directory, with names relative to it and separated by `/`.
fn collect(dir: &Path, prefix: String, files: &mut Vec<(String, Vec<u8>)>) -> Outcome<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or("a file's name is not UTF-8")?;
        if name.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, format!("{name}/"), files)?;
        } else {
            files.push((name, fs::read(&path)?));
        }
    }
    Ok(())
}

/// Writes a file and its packed siblings, and returns its line of the table.
fn embed(out: &Path, name: &str, bytes: &[u8]) -> Outcome<String> {
    let plain = out.join(name);
    if let Some(above) = plain.parent() {
        fs::create_dir_all(above)?;
    }
    let is_same = fs::read(&plain).is_ok_and(|there| there == bytes);
    write_if_changed(&plain, bytes)?;
    let kind = name.rsplit('.').next().unwrap_or_default();
    let mut line = format!("    Asset {{ path: {name:?}, plain: include_bytes!({plain:?})");
    for (field, suffix, pack) in [("br", "br", brotli as fn(&[u8]) -> Outcome<Vec<u8>>), ("gzip", "gz", gzip)] {
        let path = out.join(format!("{name}.{suffix}"));
        if !(is_same && path.is_file()) {
            let packed = if PACKED.contains(&kind) { Vec::new() } else { pack(bytes)? };
            let is_worth_it = packed.len() < bytes.len() * 9 / 10;
            write_if_changed(&path, if is_worth_it { &packed } else { b"" })?;
        }
        if fs::metadata(&path)?.len() > 0 {
            write!(line, ", {field}: Some(include_bytes!({path:?}))")?;
        } else {
            write!(line, ", {field}: None")?;
        }
    }
    line.push_str(" },\n");
    Ok(line)
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> Outcome<()> {
    if !fs::read(path).is_ok_and(|there| there == bytes) {
        fs::write(path, bytes)?;
    }
    Ok(())
}

fn brotli(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
