//! What a request tells about a commit, whichever way it comes in: an upload, a pipeline, a status, a branch.
//!
//! Must not know: what becomes of it.

use super::error::ApiError;
use super::params::Params;
use super::query::Node;
use crate::clock::parse_iso;
use crate::domain::commit::{Commit, Signature, Verdict};
use crate::ingest::refname;

/// Most characters of a message.
const MESSAGE_CHARS: usize = 65_536;
/// Most characters of a name or an address.
const NAME_CHARS: usize = 255;
/// Most commits before one.
const PARENTS: usize = 100;

/// Reads commit_message, author_name, author_email, authored_date, committer_name, committer_email,
/// committed_date, parent_ids and commit_signature: a word, or a hash of verification_status, signature_type and
/// key_id [E].
///
/// # Errors
/// 400.
pub fn told_commit(params: &Params) -> Result<Commit, ApiError> {
    Ok(Commit {
        message: text(params, "commit_message", MESSAGE_CHARS)?,
        author_name: text(params, "author_name", NAME_CHARS)?,
        author_email: text(params, "author_email", NAME_CHARS)?,
        authored_at: params.choice("authored_date", parse_iso)?,
        committer_name: text(params, "committer_name", NAME_CHARS)?,
        committer_email: text(params, "committer_email", NAME_CHARS)?,
        committed_at: params.choice("committed_date", parse_iso)?,
        parent_ids: parents(params)?,
        signature: signature(params)?,
    })
}

fn text(params: &Params, name: &str, most: usize) -> Result<String, ApiError> {
    fits(name, params.optional(name)?.unwrap_or_default(), most).map(str::to_owned)
}

fn fits<'a>(name: &str, text: &'a str, most: usize) -> Result<&'a str, ApiError> {
    if text.chars().count() > most {
        let reason = format!("is too long (maximum is {most} characters)");
        return Err(ApiError::Validation(vec![(name.to_owned(), reason)]));
    }
    Ok(text)
}

fn parents(params: &Params) -> Result<Vec<String>, ApiError> {
    let ids = params.list("parent_ids")?;
    if ids.len() > PARENTS {
        return Err(ApiError::invalid("parent_ids"));
    }
    let read = ids.into_iter().map(refname::parse_sha);
    read.collect::<Result<_, _>>().map_err(|_| ApiError::invalid("parent_ids"))
}

fn signature(params: &Params) -> Result<Option<Signature>, ApiError> {
    let name = "commit_signature";
    let inside = |key: &str| match params.node(name) {
        Some(Node::Map(map)) => map.get(key),
        _ => None,
    };
    let part = |key: &str| match inside(key) {
        None | Some(Node::Null) => Ok(""),
        Some(Node::Text(text)) => fits(name, text, NAME_CHARS),
        Some(_) => Err(ApiError::invalid(name)),
    };
    let word = match params.node(name) {
        Some(Node::Map(_)) => part("verification_status")?,
        _ => params.optional(name)?.unwrap_or_default(),
    };
    if word.is_empty() {
        return if params.node(name).is_some_and(|node| matches!(node, Node::Map(_))) {
            Err(ApiError::BadParameter("commit_signature[verification_status] is missing".to_owned()))
        } else {
            Ok(None)
        };
    }
    let verdict = Verdict::parse(word).ok_or_else(|| ApiError::invalid(name))?;
    let kind = match part("signature_type")? {
        "" => String::new(),
        kind => ["PGP", "SSH", "X509"]
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(kind))
            .ok_or_else(|| ApiError::invalid("commit_signature[signature_type]"))?
            .to_owned(),
    };
    Ok(Some(Signature { verdict, kind, key: part("key_id")?.to_owned() }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Commit, ApiError> {
        let mut params = Params::default();
        params.merge_pairs(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()).unwrap();
        told_commit(&params)
    }

    #[test]
    fn all_that_can_be_told_is_read() {
        assert_eq!(read(&[]).unwrap(), Commit::default());
        let (sha, other) = ("A".repeat(40), "b".repeat(64));
        let told = read(&[
            ("commit_message", "Fix\n\nAll"),
            ("author_name", "Ada"),
            ("authored_date", "2026-01-02T03:04:05Z"),
            ("committed_date", ""),
            ("parent_ids[]", &sha),
            ("parent_ids[]", &other),
            ("commit_signature[verification_status]", "verified"),
            ("commit_signature[signature_type]", "ssh"),
            ("commit_signature[key_id]", "SHA256:x"),
        ])
        .unwrap();
        assert_eq!((told.message.as_str(), told.author_name.as_str()), ("Fix\n\nAll", "Ada"));
        assert_eq!((told.authored_at, told.committed_at), (parse_iso("2026-01-02T03:04:05Z"), None));
        assert_eq!(told.parent_ids, ["a".repeat(40), other]);
        let signature = Signature { verdict: Verdict::Verified, kind: "SSH".to_owned(), key: "SHA256:x".to_owned() };
        assert_eq!(told.signature, Some(signature));
        assert_eq!(read(&[("commit_signature", "unsigned")]).unwrap().signature.unwrap().verdict, Verdict::Unsigned);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (name, value) in [
            ("commit_signature", "good"),
            ("commit_signature[]", "verified"),
            ("commit_signature[signature_type]", "SSH"),
            ("commit_signature[verification_status]", "yes"),
            ("parent_ids", "main"),
            ("authored_date", "yesterday"),
            ("author_name", &"x".repeat(256)),
            ("author_email[]", "x"),
        ] {
            assert!(read(&[(name, value)]).is_err(), "{name}={value}");
        }
        let odd = [("commit_signature[verification_status]", "verified"), ("commit_signature[signature_type]", "wax")];
        assert!(read(&odd).is_err() && read(&odd[..1]).is_ok());
    }
}
