//! Members of groups and projects on the wire.

use super::user::UserBrief;
use serde::{Deserialize, Serialize};

/// A member: the user, and how far they belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The user.
    #[serde(flatten)]
    pub user: UserBrief,
    /// Whether it is the bot of an access token of a project or group [E].
    pub bot: bool,
    /// GitLab's number, such as 30 for developers.
    pub access_level: u8,
    /// The day from which on it counts no more, `YYYY-MM-DD`; null when it stays.
    pub expires_at: Option<String>,
    /// When added.
    pub created_at: String,
    /// Who added the member, if somebody did.
    pub created_by: Option<UserBrief>,
    /// Always `active`: there are no requests and no invitations.
    pub membership_state: String,
}
