//! Package URLs: `pkg:type/namespace/name@version?qualifiers#subpath`. Must not know: where they stand.

use percent_encoding::percent_decode_str;

/// What a package URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purl {
    /// Kind of package, lower case: `npm`, `maven`, `deb`.
    pub kind: String,
    /// `namespace/name`; of packages of an operating system the name alone.
    pub name: String,
    /// Version; empty when not told.
    pub version: String,
}

/// Kinds whose namespace is a distribution and not part of the name.
const OS_KINDS: [&str; 4] = ["apk", "deb", "rpm", "alpm"];

impl Purl {
    /// Reads one; none when it is none.
    pub fn parse(text: &str) -> Option<Purl> {
        let rest = text.trim().strip_prefix("pkg:")?.trim_start_matches('/');
        let rest = rest.split('#').next()?.split('?').next()?;
        let (kind, path) = rest.split_once('/')?;
        let fits = kind.starts_with(|c: char| c.is_ascii_alphabetic())
            && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte));
        let path = path.trim_matches('/');
        // A scope's @ stands at the beginning of a part, a version's behind a name.
        let at = path.rfind('@').filter(|at| *at > 0 && !path[..*at].ends_with('/') && !path[*at..].contains('/'));
        let (full, version) = at.map_or((path, ""), |at| (&path[..at], &path[at + 1..]));
        let kind = kind.to_ascii_lowercase();
        let full = if OS_KINDS.contains(&kind.as_str()) { full.rsplit('/').next()? } else { full };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned());
        let name = decoded(full).filter(|name| !name.is_empty())?;
        fits.then_some(Purl { kind, name, version: decoded(version)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, String, String)> {
        Purl::parse(text).map(|purl| (purl.kind, purl.name, purl.version))
    }

    #[test]
    fn names_carry_their_namespace_but_for_system_packages() {
        let cases = [
            ("pkg:npm/minimist@1.2.0", ("npm", "minimist", "1.2.0")),
            ("pkg:npm/%40angular/core@12.0.0?x=y#z", ("npm", "@angular/core", "12.0.0")),
            ("pkg:npm/@angular/core", ("npm", "@angular/core", "")),
            ("pkg:maven/org.apache.bcel/bcel@6.5.0", ("maven", "org.apache.bcel/bcel", "6.5.0")),
            ("pkg:deb/debian/curl@7.50.3-1?arch=i386", ("deb", "curl", "7.50.3-1")),
            ("pkg:GOLANG/github.com/a/b@v1", ("golang", "github.com/a/b", "v1")),
        ];
        for (text, (kind, name, version)) in cases {
            assert_eq!(parts(text), Some((kind.to_owned(), name.to_owned(), version.to_owned())), "{text}");
        }
        for text in ["", "npm/x", "pkg:", "pkg:npm", "pkg:npm/", "pkg:1/x@2", "pkg:npm/%ff", "pkg:/x"] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
