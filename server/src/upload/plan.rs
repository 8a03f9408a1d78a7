//! What is to be uploaded and where, put together from flags and the environment and checked before
//! anything is sent.
//!
//! Must not know: HTTP, the content of reports.

use super::UploadArgs;
use super::ci::{self, CiFacts};
use casemate_shared::FileType;
use casemate_shared::api::paths::{below_project, encode_segment};
use std::path::{Path, PathBuf};

/// What is wrong before anything was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UsageError {
    /// A value that neither a flag nor a variable gives.
    #[error("{what} is missing: give {flag} or set one of {variables}")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// Flag that gives it.
        flag: &'static str,
        /// Variables that give it.
        variables: &'static str,
    },
    /// A value that cannot be right.
    #[error("{what} {value:?} is not {wanted}")]
    Value {
        /// What it is.
        what: &'static str,
        /// As given; empty for a secret.
        value: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// A report whose type nobody knows.
    #[error("unknown report type {given:?}, known are {known}")]
    ReportType {
        /// As given.
        given: String,
        /// All types.
        known: String,
    },
    /// A file that cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// One report to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Its type.
    pub kind: FileType,
    /// Where it is.
    pub path: PathBuf,
}

/// A checked upload. Not `Debug`: it holds the token.
pub struct Plan {
    /// Address of the server, without a trailing slash.
    pub server: String,
    /// Access token.
    pub token: String,
    /// Project as given.
    pub project: String,
    /// The reports in the order of the command line.
    pub reports: Vec<ReportFile>,
    /// Text fields of the body.
    pub fields: Vec<(&'static str, String)>,
    /// Seconds to wait for the findings to be stored.
    pub wait_s: u64,
    /// Whether the server is only asked what would happen.
    pub dry_run: bool,
    /// Whether warnings count as errors.
    pub strict: bool,
    /// Whether the reports are packed.
    pub gzip: bool,
    /// PEM texts of the certificates to trust, if not the built-in ones.
    pub ca_pem: Option<Vec<u8>>,
}

impl Plan {
    /// Puts together flags first, then `CASEMATE_…` variables, then what the CI tells.
    pub fn new(args: &UploadArgs, env: &dyn Fn(&str) -> Option<String>) -> Result<Plan, UsageError> {
        let facts = CiFacts::read(env);
        let given = |flag: &Option<String>, name: &str| {
            let flag = flag.clone().filter(|value| !value.is_empty());
            flag.or_else(|| ci::get(env, name))
        };
        let missing = |what, flag, variables| UsageError::Missing { what, flag, variables };
        let server = given(&args.server, "CASEMATE_URL").ok_or(missing("the server's address", "--server", "CASEMATE_URL"))?;
        let token = given(&args.token, "CASEMATE_TOKEN").ok_or(missing("the access token", "--token", "CASEMATE_TOKEN"))?;
        let project = given(&args.project, "CASEMATE_PROJECT").or(facts.project).ok_or(missing(
            "the project",
            "--project",
            "CASEMATE_PROJECT",
        ))?;
        let ref_name =
            given(&args.ref_name, "CASEMATE_REF").or(facts.ref_name).ok_or(missing("the ref", "--ref", ci::REF_VARIABLES))?;
        let sha = given(&args.sha, "CASEMATE_SHA").or(facts.sha).ok_or(missing("the commit", "--sha", ci::SHA_VARIABLES))?;
        let mut fields = vec![("ref", ref_name), ("sha", checked_sha(sha)?)];
        let name = given(&args.name, "CASEMATE_JOB").or(facts.job);
        fields.extend(name.map(|name| ("name", name)));
        fields.extend(given(&args.key, "CASEMATE_KEY").map(|key| ("key", key)));
        fields.extend(given(&args.parent_key, "CASEMATE_PARENT_KEY").map(|key| ("parent_key", key)));
        fields.extend(given(&args.expire_in, "CASEMATE_EXPIRE_IN").map(|time| ("expire_in", time)));
        let ca_file = given(&args.ca_file, "CASEMATE_CA_FILE").map(PathBuf::from);
        let reports = args.reports.iter().map(|text| parse_report(text));
        Ok(Plan {
            server: checked_server(&server)?,
            token: checked_token(token)?,
            project,
            reports: reports.collect::<Result<_, _>>()?,
            fields,
            wait_s: args.wait,
            dry_run: args.dry_run,
            strict: args.strict,
            gzip: args.gzip,
            ca_pem: ca_file.as_deref().map(read).transpose()?,
        })
    }

    /// Address of something below the project.
    pub fn url(&self, rest: &str) -> String {
        let path = below_project(&encode_segment(&self.project), rest);
        format!("{}{path}", self.server)
    }
}

fn parse_report(text: &str) -> Result<ReportFile, UsageError> {
    let (kind, path) = text.split_once('=').ok_or_else(|| UsageError::Value {
        what: "report",
        value: text.to_string(),
        wanted: "of the form TYPE=PATH",
    })?;
    let kind = FileType::parse(kind).ok_or_else(|| UsageError::ReportType {
        given: kind.to_string(),
        known: FileType::all().map(FileType::as_str).collect::<Vec<_>>().join(", "),
    })?;
    let path = PathBuf::from(path);
    Ok(ReportFile { kind, path })
}

/// Drops a trailing slash and the root of the API, which many other tools want to be there.
fn checked_server(text: &str) -> Result<String, UsageError> {
    let short = text.trim_end_matches('/');
    let short = short.strip_suffix("/api/v4").unwrap_or(short).trim_end_matches('/');
    let rest = short.strip_prefix("http://").or_else(|| short.strip_prefix("https://"));
    let is_plain = |rest: &str| {
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '@' | '?' | '#');
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains(odd)
    };
    match rest {
        Some(rest) if is_plain(rest) => Ok(short.to_string()),
        _ => Err(UsageError::Value {
            what: "server",
            value: text.to_string(),
            wanted: "an address of the form https://host[:port]",
        }),
    }
}

fn checked_token(token: String) -> Result<String, UsageError> {
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(token);
    }
    Err(UsageError::Value { what: "token", value: String::new(), wanted: "made of printable ASCII characters" })
}

fn checked_sha(sha: String) -> Result<String, UsageError> {
    if matches!(sha.len(), 40 | 64) && sha.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(sha);
    }
    Err(UsageError::Value { what: "commit", value: sha, wanted: "a full id of 40 or 64 hexadecimal digits" })
}

fn read(path: &Path) -> Result<Vec<u8>, UsageError> {
    std::fs::read(path).map_err(|error| file_error(path, error))
}

/// An error about one file of the command line.
pub fn file_error(path: &Path, error: impl std::fmt::Display) -> UsageError {
    UsageError::File { path: path.to_path_buf(), reason: error.to_string() }
}
