//! Projects and groups where both are asked alike. Must not know views.

use casemate_shared::api::paths;

/// A project or a group, by its full path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A project.
    Project(String),
    /// A group.
    Group(String),
}

impl Target {
    /// Path of something below it; of itself for the empty text.
    pub fn below(&self, rest: &str) -> String {
        let (kind, path) = match self {
            Target::Project(path) => ("projects", path),
            Target::Group(path) => ("groups", path),
        };
        let base = format!("{}/{kind}/{}", paths::ROOT, paths::encode_segment(path));
        if rest.is_empty() { base } else { format!("{base}/{rest}") }
    }

    /// Its full path.
    pub fn path(&self) -> &str {
        match self {
            Target::Project(path) | Target::Group(path) => path,
        }
    }

    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Target::Project(_) => "project",
            Target::Group(_) => "group",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn a_full_path_stays_one_segment() {
        let group = Target::Group("acme/platform".to_owned());
        assert_eq!(group.below(""), "/api/v4/groups/acme%2Fplatform");
        assert_eq!(group.below("members"), "/api/v4/groups/acme%2Fplatform/members");
        assert_eq!(Target::Project("a/b".to_owned()).below("members"), "/api/v4/projects/a%2Fb/members");
    }
}
