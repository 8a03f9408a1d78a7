//! Where a result is: its first physical location as a path of the repository. Must not know: rules, severities.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::HashMap;

/// Steps from one base to the next.
const MOST_STEPS: usize = 10;
/// Characters of a path; a longer one can't be told apart by a cut form.
const PATH_CHARS: usize = 4_096;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path, relative to the repository where the file says how.
    pub file: String,
    /// First line, if told.
    pub start_line: Option<u64>,
    /// Last line; the first one when only that is told.
    pub end_line: Option<u64>,
}

/// What addresses of a run are relative to, and its list of files.
pub struct Bases<'a> {
    bases: HashMap<&'a str, &'a Value>,
    artifacts: &'a [Value],
}

impl<'a> Bases<'a> {
    /// Those of a run.
    pub fn read(run: &'a Value) -> Bases<'a> {
        let bases = run.get("originalUriBaseIds").and_then(Value::as_object);
        Bases {
            bases: bases.into_iter().flatten().map(|(name, base)| (name.as_str(), base)).collect(),
            artifacts: run.get("artifacts").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default(),
        }
    }

    /// The first physical location of a result.
    ///
    /// # Errors
    /// The reason why there is none.
    pub fn place(&self, result: &Value) -> Result<Place, &'static str> {
        let locations = result.get("locations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let physical = locations.iter().find_map(|location| location.get("physicalLocation").filter(|place| place.is_object()));
        self.of_physical(physical.ok_or("it has no physical location")?)
    }

    /// A physical location.
    ///
    /// # Errors
    /// The reason why it names no file.
    pub fn of_physical(&self, physical: &Value) -> Result<Place, &'static str> {
        let file = self.path(physical.get("artifactLocation").unwrap_or(&Value::Null), 0);
        if file.is_empty() {
            return Err("its location names no file");
        }
        if file.chars().nth(PATH_CHARS).is_some() {
            return Err("its path is longer than 4096 characters");
        }
        let line = |name: &str| physical.pointer(&format!("/region/{name}")).and_then(Value::as_u64).filter(|line| *line > 0);
        let start_line = line("startLine");
        Ok(Place { file, start_line, end_line: line("endLine").or(start_line) })
    }

    fn path(&self, location: &Value, step: usize) -> String {
        let listed = || {
            let index = usize::try_from(location.get("index")?.as_u64()?).ok()?;
            self.artifacts.get(index)?.get("location")
        };
        let Some(uri) = location.get("uri").and_then(Value::as_str).filter(|uri| !uri.is_empty()) else {
            return match listed() {
                Some(listed) if step == 0 => self.path(listed, 1),
                _ => String::new(),
            };
        };
        let path = match scheme_and_rest(uri) {
            Some(("file", rest)) => return self.without_root(&decoded(rest)),
            Some(_) => return decoded(uri),
            None => decoded(uri),
        };
        // `./` is the repository itself.
        let path = path.strip_prefix("./").map_or(path.as_str(), |rest| if rest.is_empty() { "." } else { rest }).to_owned();
        match location.get("uriBaseId").and_then(Value::as_str).and_then(|id| self.bases.get(id)) {
            Some(base) if step < MOST_STEPS => self.below(base, step + 1) + &path,
            _ => path,
        }
    }

    /// What a base adds to a path: nothing when it is the root of the repository or anywhere outside.
    fn below(&self, base: &Value, step: usize) -> String {
        let uri = base.get("uri").and_then(Value::as_str).unwrap_or_default();
        if uri.is_empty() || uri.starts_with('/') || scheme_and_rest(uri).is_some() {
            return String::new();
        }
        let mut path = self.path(base, step);
        if !path.is_empty() && !path.ends_with('/') {
            path.push('/');
        }
        path
    }

    /// An absolute path, made relative to the longest base that it begins with.
    fn without_root(&self, path: &str) -> String {
        let roots = self.bases.values().filter_map(|base| scheme_and_rest(base.get("uri")?.as_str()?));
        let roots = roots.filter(|(scheme, _)| *scheme == "file").map(|(_, rest)| decoded(rest));
        let rest = roots.filter(|root| root.len() > 1 && root.ends_with('/')).filter_map(|root| path.strip_prefix(root.as_str()));
        let shortest = rest.filter(|rest| !rest.is_empty()).min_by_key(|rest| rest.len());
        shortest.unwrap_or(path).to_owned()
    }
}

/// Scheme in lower case and what stands behind it and its slashes but one; a drive letter is no scheme.
fn scheme_and_rest(uri: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let fits = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !fits {
        return None;
    }
    if !scheme.eq_ignore_ascii_case("file") {
        return rest.starts_with("//").then_some(("other", rest));
    }
    let rest = rest.strip_prefix("//").map_or(rest, |rest| rest.find('/').map_or("", |at| &rest[at..]));
    let is_drive = rest.as_bytes().get(2) == Some(&b':') && rest.starts_with('/');
    Some(("file", if is_drive { &rest[1..] } else { rest }))
}

/// The text behind percent signs, if that is a text.
fn decoded(uri: &str) -> String {
    percent_decode_str(uri).decode_utf8().map_or_else(|_| uri.to_owned(), |text| text.into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    fn path(run: &Value, location: Value) -> String {
        let result = json!({"locations": [{"logicalLocations": []}, {"physicalLocation": {"artifactLocation": location}}]});
        Bases::read(run).place(&result).map_or_else(str::to_owned, |place| place.file)
    }

    #[test]
    fn paths_become_relative_to_the_repository_where_the_file_says_how() {
        let run = json!({
            "originalUriBaseIds": {
                "ROOT": {"uri": "file:///home/ci/app/"}, "SRC": {"uri": "src/", "uriBaseId": "ROOT"}, "LIB": {"uri": "lib", "uriBaseId": "SRC"},
                "LOOP": {"uri": "a/", "uriBaseId": "LOOP"}, "%SRCROOT%": {},
            },
            "artifacts": [{"location": {"uri": "from/list.c", "uriBaseId": "ROOT"}}],
        });
        let cases = [
            (json!({"uri": "a/b.c"}), "a/b.c"),
            (json!({"uri": "./a%20b.c"}), "a b.c"),
            (json!({"uri": "./"}), "."),
            (json!({"uri": "m.c", "uriBaseId": "ROOT"}), "m.c"),
            (json!({"uri": "m.c", "uriBaseId": "SRC"}), "src/m.c"),
            (json!({"uri": "m.c", "uriBaseId": "LIB"}), "src/lib/m.c"),
            (json!({"uri": "m.c", "uriBaseId": "%SRCROOT%"}), "m.c"),
            (json!({"uri": "m.c", "uriBaseId": "ELSEWHERE"}), "m.c"),
            (json!({"uri": "file:///home/ci/app/src/x.c"}), "src/x.c"),
            (json!({"uri": "file:///opt/x.c"}), "/opt/x.c"),
            (json!({"uri": "FILE://host/opt/x.c"}), "/opt/x.c"),
            (json!({"uri": "file:///C:/x.c"}), "C:/x.c"),
            (json!({"uri": "C:\\x.c"}), "C:\\x.c"),
            (json!({"uri": "https://example.com/x%20y"}), "https://example.com/x y"),
            (json!({"uri": "a%ff.c"}), "a%ff.c"),
            (json!({"index": 0}), "from/list.c"),
            (json!({"index": 1}), "its location names no file"),
            (json!({"index": -1}), "its location names no file"),
            (json!({"uri": ""}), "its location names no file"),
            (json!(3), "its location names no file"),
        ];
        for (location, wanted) in cases {
            assert_eq!(path(&run, location.clone()), wanted, "{location}");
        }
        assert!(path(&run, json!({"uri": "m.c", "uriBaseId": "LOOP"})).ends_with("a/m.c"));
        assert_eq!(path(&run, json!({"uri": "a".repeat(5_000)})), "its path is longer than 4096 characters");
    }

    #[test]
    fn lines_are_taken_as_far_as_they_are_told() {
        let place = |region: Value| {
            let physical = json!({"artifactLocation": {"uri": "a.c"}, "region": region});
            let place = Bases::read(&json!({})).of_physical(&physical).unwrap();
            (place.start_line, place.end_line)
        };
        assert_eq!(place(json!({"startLine": 3, "endLine": 5})), (Some(3), Some(5)));
        assert_eq!(place(json!({"startLine": 3})), (Some(3), Some(3)));
        assert_eq!(place(json!({"charOffset": 3})), (None, None));
        assert_eq!(place(json!({"startLine": 0, "endLine": -2})), (None, None));
        assert_eq!(place(json!("here")), (None, None));
        assert!(Bases::read(&json!({})).place(&json!({"locations": [{}, 3]})).is_err());
        assert!(Bases::read(&json!([])).place(&json!({"locations": {}})).is_err());
    }
}
