//! Commands for sending the first report, with this server's address and the project filled in. Must not
//! know views or the browser.

/// One way to send reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// Short name, also the id of its section.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// One or two sentences before the code.
    pub intro: &'static str,
    /// The code to copy.
    pub code: String,
}

/// What is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Address of the server, without a slash at its end.
    pub server: String,
    /// Full path of the project.
    pub project: String,
    /// Default branch.
    pub branch: String,
}

impl Target {
    fn address(&self) -> String {
        let key = casemate_shared::api::paths::encode_segment(&self.project);
        let path = casemate_shared::api::paths::below_project(&key, "security_reports");
        format!("{}{path}", self.server)
    }

    fn curl(&self, indent: &str, git_ref: &str, sha: &str) -> String {
        let lines = [
            "curl --fail-with-body --header \"PRIVATE-TOKEN: $CASEMATE_TOKEN\" \\".to_owned(),
            format!("  --form ref=\"{git_ref}\" --form sha=\"{sha}\" \\"),
            "  --form sast=@gl-sast-report.json \\".to_owned(),
            format!("  \"{}\"", self.address()),
        ];
        lines.join(&format!("\n{indent}"))
    }
}

/// All ways, the shortest first.
pub fn snippets(target: &Target) -> Vec<Snippet> {
    vec![curl(target), cli(target), gitlab(target), github(target), jenkins(target)]
}

fn curl(target: &Target) -> Snippet {
    Snippet {
        id: "curl",
        title: "curl",
        intro: "From any shell, inside the checkout that was scanned. Name each file after its report type; \
                several may go in one call.",
        code: target.curl("", &target.branch, "$(git rev-parse HEAD)"),
    }
}

fn cli(target: &Target) -> Snippet {
    let Target { server, project, branch } = target;
    Snippet {
        id: "cli",
        title: "The casemate program",
        intro: "The same binary that serves this page. It reads the token from CASEMATE_TOKEN, shows \
                progress and ends with a non-zero code when a report has errors.",
        code: format!(
            "casemate upload --server {server} --project {project} \\\n  --ref {branch} --sha $(git rev-parse HEAD) \\\n  sast=gl-sast-report.json"
        ),
    }
}

fn gitlab(target: &Target) -> Snippet {
    let curl = target.curl("      ", "$CI_COMMIT_REF_NAME", "$CI_COMMIT_SHA");
    Snippet {
        id: "gitlab",
        title: "GitLab CI",
        intro: "Add CASEMATE_TOKEN as a masked variable. The scanner's job has to list its report under \
                artifacts:paths too, so that this job can read it.",
        code: format!("casemate:\n  stage: .post\n  script:\n    - |\n      {curl}"),
    }
}

fn github(target: &Target) -> Snippet {
    let curl = target.curl("    ", "${GITHUB_HEAD_REF:-$GITHUB_REF_NAME}", "$GITHUB_SHA");
    Snippet {
        id: "github",
        title: "GitHub Actions",
        intro: "A step after the scanner, in the same job. Add CASEMATE_TOKEN as a repository secret.",
        code: format!(
            "- name: Send reports to Casemate\n  if: always()\n  env:\n    CASEMATE_TOKEN: ${{{{ secrets.CASEMATE_TOKEN }}}}\n  run: |\n    {curl}"
        ),
    }
}

fn jenkins(target: &Target) -> Snippet {
    let curl = target.curl("        ", "$BRANCH_NAME", "$GIT_COMMIT");
    Snippet {
        id: "jenkins",
        title: "Jenkins",
        intro: "A stage of a multibranch pipeline. Store the token as a secret text with the id \
                casemate-token.",
        code: format!(
            "stage('Casemate') {{\n  steps {{\n    withCredentials([string(credentialsId: 'casemate-token', variable: 'CASEMATE_TOKEN')]) {{\n      sh '''\n        {curl}\n      '''\n    }}\n  }}\n}}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_names_server_project_and_token() {
        let target = Target {
            server: "http://127.0.0.1:8080".to_owned(),
            project: "acme/platform/payments".to_owned(),
            branch: "main".to_owned(),
        };
        let all = snippets(&target);
        assert_eq!(all.iter().map(|s| s.id).collect::<Vec<_>>(), ["curl", "cli", "gitlab", "github", "jenkins"]);
        for snippet in all {
            assert!(snippet.code.contains("http://127.0.0.1:8080"), "{}", snippet.code);
            let named = snippet.code.contains("projects/acme%2Fplatform%2Fpayments/security_reports")
                || snippet.code.contains("--project acme/platform/payments");
            assert!(named, "{}", snippet.code);
            assert!(snippet.code.contains("CASEMATE_TOKEN") || snippet.id == "cli");
            assert!(!snippet.code.contains("{{{") && !snippet.intro.contains("  "), "{}", snippet.id);
        }
    }
}
