//! The audit log. Must not know views.

use super::places::Target;
use super::{ApiError, Client, Page};
use casemate_shared::api::audit::AuditEvent;
use casemate_shared::api::paths;

/// A page of the audit log of a project or group; of the instance's without one.
pub async fn events(client: Client, of: Option<Target>, query: String) -> Result<Page<AuditEvent>, ApiError> {
    client.list(&format!("{}?{query}", path(of))).await
}

fn path(of: Option<Target>) -> String {
    of.map_or_else(|| format!("{}/audit_events", paths::ROOT), |of| of.below("audit_events"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_log_has_its_place() {
        assert_eq!(path(None), "/api/v4/audit_events");
        assert_eq!(path(Some(Target::Group("a/b".to_owned()))), "/api/v4/groups/a%2Fb/audit_events");
    }
}
