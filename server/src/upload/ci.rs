//! What the CI tells about the job at hand: ref, commit, project, name (GitLab CI, GitHub Actions,
//! Jenkins, Buildkite).
//!
//! Must not know: flags, files, the server.
//!
//! A build of a pull request is never given the name of its branch unless the CI vouches that the
//! branch lies in the same repository: a fork may call its branch `main`, and what is uploaded for the
//! default branch decides about vulnerabilities.

/// Facts of the environment; each `None` where the CI does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CiFacts {
    /// Branch, or `refs/tags/…`.
    pub ref_name: Option<String>,
    /// Commit.
    pub sha: Option<String>,
    /// Full path of the project.
    pub project: Option<String>,
    /// Name of the job.
    pub job: Option<String>,
}

/// Variables that are looked at for the ref, for the text of an error.
pub const REF_VARIABLES: &str = "CASEMATE_REF, CI_COMMIT_REF_NAME, GITHUB_REF, GIT_BRANCH, BUILDKITE_BRANCH";
/// Variables that are looked at for the commit, for the text of an error.
pub const SHA_VARIABLES: &str = "CASEMATE_SHA, CI_COMMIT_SHA, GITHUB_SHA, GIT_COMMIT, BUILDKITE_COMMIT";

type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

impl CiFacts {
    /// Reads the variables of the first CI that is recognised.
    pub fn read(env: Env<'_>) -> CiFacts {
        if get(env, "CI_COMMIT_SHA").is_some() {
            gitlab(env)
        } else if get(env, "GITHUB_SHA").is_some() {
            github(env)
        } else if get(env, "BUILDKITE_COMMIT").is_some() {
            buildkite(env)
        } else {
            jenkins(env)
        }
    }
}

/// A variable that is set and not empty.
pub fn get(env: Env<'_>, name: &str) -> Option<String> {
    env(name).map(|value| value.trim().to_string()).filter(|value| !value.is_empty())
}

fn gitlab(env: Env<'_>) -> CiFacts {
    let source = get(env, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID");
    let is_fork = source.is_some() && source != get(env, "CI_PROJECT_ID");
    let ref_name = match (get(env, "CI_COMMIT_TAG"), get(env, "CI_MERGE_REQUEST_IID")) {
        (Some(tag), _) => Some(format!("refs/tags/{tag}")),
        (None, Some(iid)) if is_fork => Some(format!("merge-requests/{iid}/head")),
        _ => get(env, "CI_COMMIT_REF_NAME"),
    };
    CiFacts { ref_name, sha: get(env, "CI_COMMIT_SHA"), project: get(env, "CI_PROJECT_PATH"), job: get(env, "CI_JOB_NAME") }
}

fn github(env: Env<'_>) -> CiFacts {
    let ref_name = get(env, "GITHUB_REF").map(|name| match name.strip_prefix("refs/pull/") {
        Some(rest) => format!("pull/{rest}"),
        None => name,
    });
    CiFacts { ref_name, sha: get(env, "GITHUB_SHA"), project: get(env, "GITHUB_REPOSITORY"), job: get(env, "GITHUB_JOB") }
}

fn buildkite(env: Env<'_>) -> CiFacts {
    let number = get(env, "BUILDKITE_PULL_REQUEST").filter(|number| number != "false");
    let ref_name = match (get(env, "BUILDKITE_TAG"), number) {
        (Some(tag), _) => Some(format!("refs/tags/{tag}")),
        (None, Some(number)) => Some(format!("pull/{number}/head")),
        (None, None) => get(env, "BUILDKITE_BRANCH"),
    };
    CiFacts { ref_name, sha: get(env, "BUILDKITE_COMMIT"), project: None, job: get(env, "BUILDKITE_STEP_KEY") }
}

/// Jenkins has no variable of its own that is always there; other CIs that follow it work too.
fn jenkins(env: Env<'_>) -> CiFacts {
    let branch = get(env, "GIT_BRANCH").map(|name| {
        let short = name.strip_prefix("origin/").map(str::to_string);
        short.unwrap_or(name)
    });
    let ref_name = match (get(env, "TAG_NAME"), get(env, "CHANGE_ID")) {
        (Some(tag), _) => Some(format!("refs/tags/{tag}")),
        (None, Some(number)) => Some(format!("pull/{number}/head")),
        (None, None) => branch,
    };
    CiFacts { ref_name, sha: get(env, "GIT_COMMIT"), project: None, job: get(env, "STAGE_NAME") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> CiFacts {
        let find = |name: &str| pairs.iter().find(|(key, _)| *key == name);
        CiFacts::read(&|name| find(name).map(|(_, value)| value.to_string()))
    }

    fn ref_of(pairs: &[(&str, &str)]) -> Option<String> {
        facts(pairs).ref_name
    }

    #[test]
    fn gitlab_branch_tag_and_merge_request() {
        let branch = [
            ("CI_COMMIT_SHA", "abc"),
            ("CI_COMMIT_REF_NAME", "main"),
            ("CI_PROJECT_PATH", "acme/pay"),
            ("CI_JOB_NAME", "semgrep"),
        ];
        let want = CiFacts {
            ref_name: Some("main".into()),
            sha: Some("abc".into()),
            project: Some("acme/pay".into()),
            job: Some("semgrep".into()),
        };
        assert_eq!(facts(&branch), want);
        let tag = [("CI_COMMIT_SHA", "abc"), ("CI_COMMIT_REF_NAME", "v1"), ("CI_COMMIT_TAG", "v1")];
        assert_eq!(ref_of(&tag).as_deref(), Some("refs/tags/v1"));
        let own = [
            ("CI_COMMIT_SHA", "abc"),
            ("CI_COMMIT_REF_NAME", "topic"),
            ("CI_PROJECT_ID", "5"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "5"),
        ];
        assert_eq!(ref_of(&own).as_deref(), Some("topic"));
    }

    #[test]
    fn a_fork_cannot_pass_for_the_default_branch() {
        let gitlab = [
            ("CI_COMMIT_SHA", "abc"),
            ("CI_COMMIT_REF_NAME", "main"),
            ("CI_PROJECT_ID", "5"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "99"),
        ];
        assert_eq!(ref_of(&gitlab).as_deref(), Some("merge-requests/7/head"));
        let github = [("GITHUB_SHA", "abc"), ("GITHUB_REF", "refs/pull/7/merge"), ("GITHUB_HEAD_REF", "main")];
        assert_eq!(ref_of(&github).as_deref(), Some("pull/7/merge"));
        let jenkins = [("GIT_COMMIT", "abc"), ("GIT_BRANCH", "main"), ("CHANGE_ID", "7")];
        assert_eq!(ref_of(&jenkins).as_deref(), Some("pull/7/head"));
        let buildkite = [("BUILDKITE_COMMIT", "abc"), ("BUILDKITE_BRANCH", "main"), ("BUILDKITE_PULL_REQUEST", "7")];
        assert_eq!(ref_of(&buildkite).as_deref(), Some("pull/7/head"));
    }

    #[test]
    fn github_jenkins_and_buildkite_branches() {
        let github = [("GITHUB_SHA", "abc"), ("GITHUB_REF", "refs/heads/main"), ("GITHUB_REPOSITORY", "acme/pay")];
        assert_eq!(facts(&github).ref_name.as_deref(), Some("refs/heads/main"));
        assert_eq!(facts(&github).project.as_deref(), Some("acme/pay"));
        let jenkins = facts(&[("GIT_COMMIT", "abc"), ("GIT_BRANCH", "origin/release/1")]);
        assert_eq!(jenkins.ref_name.as_deref(), Some("release/1"));
        assert_eq!(jenkins.sha.as_deref(), Some("abc"));
        let buildkite = [("BUILDKITE_COMMIT", "abc"), ("BUILDKITE_BRANCH", "main"), ("BUILDKITE_PULL_REQUEST", "false")];
        assert_eq!(ref_of(&buildkite).as_deref(), Some("main"));
    }

    #[test]
    fn empty_variables_are_no_facts() {
        assert_eq!(facts(&[("CI_COMMIT_SHA", " "), ("GIT_BRANCH", "")]), CiFacts::default());
    }
}
