//! What a request is about: the project or group that the named parts of its path lead to, under the path that it has
//! or one that it had before.
//!
//! Must not know: who asks, what they may do with it.

use super::error::ApiError;
use super::moved::{self, Moved};
use super::routes::Entry;
use crate::access::Subject;
use crate::domain::project::{Namespace, Project};
use crate::projects;
use crate::store::{ReadTx, findings, pipelines, projects as stored};

/// The named parts of a path, decoded.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub struct Parts {
    id: String,
    jid: String,
    uid: String,
    owner: String,
    repo: String,
}

impl Parts {
    /// The user that the path names.
    pub fn user(&self) -> Option<u64> {
        self.uid.parse().ok()
    }
}

/// What a request is about.
pub enum Place {
    /// The instance, or nothing that was found.
    Instance,
    /// A project.
    Project(Project),
    /// A group.
    Group(Namespace),
}

/// What the path names, and the word for it. The first part of the path behind the root says of what kind it is. With
/// `only_of` jobs of other pipelines are not there.
///
/// # Errors
/// When the store fails; 500 for a route of no known kind.
pub fn find(rtx: &ReadTx, entry: &Entry, parts: &Parts, only_of: Option<u64>) -> Result<(Option<Place>, &'static str), ApiError> {
    let pattern = entry.path;
    let of_project = |id: Option<u64>| -> Result<Option<Place>, ApiError> {
        Ok(id.map(|id| stored::find_project(rtx, id)).transpose()?.flatten().map(Place::Project))
    };
    if entry.action.rule().subject == Subject::Group {
        return Ok((projects::find_group(rtx, &parts.id)?.map(Place::Group), "Group"));
    }
    if pattern.starts_with("/api/v4/projects/") {
        return Ok((projects::find(rtx, &parts.id)?.map(Place::Project), "Project"));
    }
    if pattern.starts_with("/api/v4/vulnerabilities/") {
        let pair = parts.id.parse().ok().map(|id| findings::find_pair(rtx, id)).transpose()?.flatten();
        return Ok((of_project(pair.map(|pair| pair.vulnerability.project_id))?, "Vulnerability"));
    }
    if pattern.starts_with("/api/v4/jobs/") {
        let job = parts.jid.parse().ok().map(|id| pipelines::find_job(rtx, id)).transpose()?.flatten();
        let job = job.filter(|job| only_of.is_none_or(|pipeline| pipeline == job.pipeline_id));
        return Ok((of_project(job.map(|job| job.project_id))?, "Job"));
    }
    if pattern.starts_with("/api/v3/repos/") {
        let path = format!("{}/{}", parts.owner, parts.repo);
        return Ok((projects::find(rtx, &path)?.map(Place::Project), "Project"));
    }
    Err(ApiError::internal(format!("nothing says what {pattern} is about")))
}

/// What had the path before that the request names.
///
/// # Errors
/// When the store fails.
pub fn find_moved(rtx: &ReadTx, entry: &Entry, parts: &Parts) -> Result<Option<Place>, ApiError> {
    let is_below = |root: &str| entry.path.starts_with(root);
    let path = if is_below("/api/v3/repos/") {
        format!("{}/{}", parts.owner, parts.repo)
    } else if is_below("/api/v4/projects/") || is_below("/api/v4/groups/") {
        parts.id.clone()
    } else {
        return Ok(None);
    };
    Ok(match (moved::find(rtx, &path)?, entry.action.rule().subject) {
        (Some(Moved::Project(project)), Subject::Project) => Some(Place::Project(project)),
        (Some(Moved::Group(group)), Subject::Group) => Some(Place::Group(group)),
        _ => None,
    })
}
