//! Commits on the wire. There is no repository: a commit is what was told of it, by pipelines, statuses and
//! branches. Must not know: whom to believe.

use super::jobs::{short, title};
use crate::clock::{Millis, iso};
use crate::domain::commit::{Commit, Signature, ToldCommit};
use crate::domain::pipeline::Pipeline;
use crate::domain::project::Project;
use crate::store::{ReadTx, StoreError, commits, pipelines};
use casemate_shared::api::commit as wire;

/// What is known of a commit.
struct Known {
    told: Option<ToldCommit>,
    /// Newest first.
    pipelines: Vec<Pipeline>,
}

impl Known {
    fn read(rtx: &ReadTx, project: u64, sha: &str) -> Result<Known, StoreError> {
        Ok(Known { told: commits::find(rtx, project, sha)?, pipelines: pipelines::pipelines_of_commit(rtx, project, sha)? })
    }

    /// When it was first heard of; none when nobody spoke of it.
    fn since(&self) -> Option<Millis> {
        let times = self.pipelines.iter().map(|pipeline| pipeline.created_at);
        times.chain(self.told.as_ref().map(|told| told.created_at)).min()
    }

    fn head(&self, sha: &str, since: Millis, project: &Project, origin: &str) -> wire::CommitHead {
        let nothing = Commit::default();
        let told = self.told.as_ref().map_or(&nothing, |commit| &commit.told);
        let committed = iso(told.committed_at.or(told.authored_at).unwrap_or(since));
        let or = |text: &String, other: &String| if text.is_empty() { other.clone() } else { text.clone() };
        wire::CommitHead {
            id: sha.to_owned(),
            short_id: short(sha),
            title: title(told),
            message: told.message.clone(),
            author_name: told.author_name.clone(),
            author_email: told.author_email.clone(),
            created_at: committed.clone(),
            authored_date: told.authored_at.map_or_else(|| committed.clone(), iso),
            committer_name: or(&told.committer_name, &told.author_name),
            committer_email: or(&told.committer_email, &told.author_email),
            committed_date: committed,
            parent_ids: told.parent_ids.clone(),
            web_url: match self.pipelines.first() {
                Some(newest) => page(newest, project, origin),
                None => format!("{origin}/{}/-/pipelines", project.full_path),
            },
        }
    }
}

fn page(pipeline: &Pipeline, project: &Project, origin: &str) -> String {
    format!("{origin}/{}/-/pipelines/{}", project.full_path, pipeline.id)
}

/// A commit inside a branch that was first heard of then.
///
/// # Errors
/// When the store fails.
pub fn head(
    rtx: &ReadTx,
    project: &Project,
    sha: &str,
    branch_since: Millis,
    origin: &str,
) -> Result<wire::CommitHead, StoreError> {
    let known = Known::read(rtx, project.id, sha)?;
    let since = known.since().unwrap_or(branch_since);
    Ok(known.head(sha, since, project, origin))
}

/// A commit; none when nobody spoke of it. `branch_since` is when a branch was told to stand there.
///
/// # Errors
/// When the store fails.
pub fn commit(
    rtx: &ReadTx,
    project: &Project,
    sha: &str,
    branch_since: Option<Millis>,
    origin: &str,
) -> Result<Option<wire::Commit>, StoreError> {
    let known = Known::read(rtx, project.id, sha)?;
    let Some(since) = known.since().or(branch_since) else { return Ok(None) };
    let newest = known.pipelines.first();
    Ok(Some(wire::Commit {
        head: known.head(sha, since, project, origin),
        project_id: project.id,
        status: newest.map(|pipeline| pipeline.status.clone()),
        last_pipeline: newest.map(|pipeline| last_pipeline(pipeline, project, origin)),
        signature: known.told.and_then(|commit| commit.told.signature).as_ref().map(signature),
    }))
}

fn last_pipeline(newest: &Pipeline, project: &Project, origin: &str) -> wire::LastPipeline {
    wire::LastPipeline {
        id: newest.id,
        iid: newest.iid,
        project_id: newest.project_id,
        sha: newest.sha.clone(),
        ref_name: newest.ref_name.clone(),
        status: newest.status.clone(),
        source: newest.source.clone(),
        created_at: iso(newest.created_at),
        updated_at: iso(newest.updated_at),
        web_url: page(newest, project, origin),
    }
}

/// What was told of a signature.
pub fn signature(signature: &Signature) -> wire::CommitSignature {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    wire::CommitSignature {
        signature_type: some(&signature.kind),
        verification_status: signature.verdict.as_str().to_owned(),
        key_id: some(&signature.key),
        commit_source: "declared".to_owned(),
    }
}
