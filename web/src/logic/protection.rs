//! Who may do something to a protected branch: the least level of some rules, and what has to change for another one.
//! Rules that name a user or group stay as they are. Must not know requests or views.

use casemate_shared::api::branch::BranchAccess;
use serde::Serialize;

/// One change of the rules, as the API takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleChange {
    /// The rule that changes; none: a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// Its least level from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_level: Option<u8>,
    /// Whether it goes.
    #[serde(rename = "_destroy", skip_serializing_if = "std::ops::Not::not")]
    pub destroy: bool,
}

/// The least level that is let in; 0 for nobody, none when only users and groups are named.
pub fn level(rules: &[BranchAccess]) -> Option<u8> {
    let levels = || rules.iter().filter_map(|rule| rule.access_level);
    levels().filter(|level| *level > 0).min().or_else(|| levels().min())
}

/// Users and groups that are named, in words.
pub fn named(rules: &[BranchAccess]) -> Vec<String> {
    let names = rules.iter().filter(|rule| rule.access_level.is_none());
    names.map(|rule| rule.access_level_description.clone()).collect()
}

/// What makes `wanted` the one level of the rules; nothing when it is so.
pub fn changes(rules: &[BranchAccess], wanted: Option<u8>) -> Vec<RuleChange> {
    if level(rules) == wanted {
        return Vec::new();
    }
    let mut ids = rules.iter().filter(|rule| rule.access_level.is_some()).map(|rule| rule.id);
    let first = wanted.map(|level| RuleChange { id: ids.next(), access_level: Some(level), destroy: false });
    let others = ids.map(|id| RuleChange { id: Some(id), access_level: None, destroy: true });
    first.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(id: u64, access_level: Option<u8>, user_id: Option<u64>) -> BranchAccess {
        let access_level_description = format!("rule {id}");
        BranchAccess { id, access_level, access_level_description, deploy_key_id: None, user_id, group_id: None }
    }

    fn told(rules: &[BranchAccess], wanted: Option<u8>) -> serde_json::Value {
        serde_json::to_value(changes(rules, wanted)).unwrap_or_default()
    }

    #[test]
    fn the_most_generous_level_counts_and_nobody_only_alone() {
        assert_eq!(level(&[rule(1, Some(60), None), rule(2, Some(30), None), rule(3, Some(0), None)]), Some(30));
        assert_eq!(level(&[rule(1, Some(0), None), rule(2, None, Some(7))]), Some(0));
        assert_eq!((level(&[rule(2, None, Some(7))]), level(&[])), (None, None));
    }

    #[test]
    fn a_level_is_exchanged_and_those_named_stay() {
        let rules = [rule(1, Some(40), None), rule(2, None, Some(7)), rule(3, Some(60), None)];
        assert_eq!(told(&rules, Some(30)), json!([{"id": 1, "access_level": 30}, {"id": 3, "_destroy": true}]));
        assert_eq!(told(&rules, Some(40)), json!([]));
        assert_eq!(told(&rules, None), json!([{"id": 1, "_destroy": true}, {"id": 3, "_destroy": true}]));
        assert_eq!(told(&rules[1..2], Some(0)), json!([{"access_level": 0}]));
        assert_eq!(named(&rules), ["rule 2"]);
    }
}
