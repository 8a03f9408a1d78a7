//! Changing what a project settles for itself. Must not know: HTTP, who may change it.

use crate::audit::{self, Act, By, Entity, Event};
use crate::domain::settings::SecuritySettings;
use crate::store::{StoreError, WriteTx, settings};

/// What somebody wants changed; what is not told stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettingsWish {
    /// Days that findings are kept; none inside: as long as the instance says.
    pub findings_days: Option<Option<u32>>,
    /// Days that reports are kept; none inside: as long as the instance says.
    pub artifacts_days: Option<Option<u32>>,
}

/// Changes the settings of a project and remembers who did it. What says nothing new changes nothing.
///
/// # Errors
/// When the store fails.
pub fn change(wtx: &mut WriteTx, project: u64, wish: SettingsWish, user: u64, by: &By) -> Result<(), StoreError> {
    let old = settings::find(wtx, project)?;
    let was = |read: fn(&SecuritySettings) -> Option<u32>| old.as_ref().and_then(read);
    let (findings, artifacts) = (was(|old| old.findings_days), was(|old| old.artifacts_days));
    let findings_days = wish.findings_days.unwrap_or(findings);
    let artifacts_days = wish.artifacts_days.unwrap_or(artifacts);
    if (findings_days, artifacts_days) == (findings, artifacts) {
        return Ok(());
    }
    let now = by.at;
    let created_at = old.map_or(now, |old| old.created_at);
    let new =
        SecuritySettings { project_id: project, findings_days, artifacts_days, created_at, updated_at: now, updated_by: user };
    settings::put(wtx, &new)?;
    let days = |days: Option<u32>| days.map_or_else(|| "as the instance says".to_owned(), |days| days.to_string());
    let act = Act::on(Event::SecuritySettingsUpdated, Entity::Project(project))
        .changed("retention_findings_days", days(findings), days(findings_days))
        .changed("retention_artifacts_days", days(artifacts), days(artifacts_days));
    audit::pass(wtx, by, &act)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::clock::Millis;
    use crate::store::Store;

    #[test]
    fn what_is_told_changes_and_the_last_one_is_remembered() {
        let store = Store::in_memory().unwrap();
        let change = |wish: SettingsWish, by: u64, at: Millis| {
            store.write(|wtx| change(wtx, 7, wish, by, &By { at, ..By::default() })).unwrap();
            settings::find(&store.read().unwrap(), 7).unwrap()
        };
        let wish = SettingsWish::default();
        assert_eq!(change(wish, 1, 10), None, "nothing was told");
        assert_eq!(change(SettingsWish { findings_days: Some(None), ..wish }, 1, 10), None, "it is so already");
        let first = change(SettingsWish { findings_days: Some(Some(5)), ..wish }, 1, 11).unwrap();
        assert_eq!((first.findings_days, first.artifacts_days, first.updated_by, first.updated_at), (Some(5), None, 1, 11));
        let second = change(SettingsWish { artifacts_days: Some(Some(0)), ..wish }, 2, 12).unwrap();
        assert_eq!((second.findings_days, second.artifacts_days, second.updated_by), (Some(5), Some(0), 2));
        assert_eq!((second.created_at, second.updated_at), (11, 12));
        assert_eq!(change(SettingsWish { findings_days: Some(Some(5)), ..wish }, 3, 13).unwrap(), second);
        let third = change(SettingsWish { findings_days: Some(None), ..wish }, 3, 13).unwrap();
        assert_eq!((third.findings_days, third.updated_by), (None, 3));
    }
}
