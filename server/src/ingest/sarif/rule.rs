//! The rules of a run, and what a rule says about its results: names, texts, CVE and CWE. Must not know: places.

use crate::ingest::foreign::entry::{cves, cwe_number};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// Tags of a rule that count.
const MOST_TAGS: usize = 10;

/// Rules of the driver and of its extensions.
pub struct Rules<'a> {
    /// By component, the driver first, then the extensions.
    components: Vec<&'a [Value]>,
    by_id: HashMap<&'a str, &'a Value>,
    /// Rules with more tags than count.
    pub with_more_tags: usize,
}

impl<'a> Rules<'a> {
    /// Those of a run.
    pub fn read(run: &'a Value) -> Rules<'a> {
        let of = |component: &'a Value| array(component.get("rules"));
        let driver = run.pointer("/tool/driver").map(of).unwrap_or_default();
        let extensions = array(run.pointer("/tool/extensions")).iter().map(of);
        let components: Vec<&[Value]> = std::iter::once(driver).chain(extensions).collect();
        let mut by_id = HashMap::new();
        for rule in components.iter().flat_map(|rules| rules.iter()) {
            if let Some(id) = rule.get("id").and_then(Value::as_str) {
                by_id.entry(id).or_insert(rule);
            }
        }
        let has_more = |rule: &&Value| array(rule.pointer("/properties/tags")).len() > MOST_TAGS;
        let with_more_tags = components.iter().flat_map(|rules| rules.iter()).filter(has_more).count();
        Rules { components, by_id, with_more_tags }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.components.iter().map(|rules| rules.len()).sum()
    }

    /// The id of a result's rule and the rule, if the run describes it.
    pub fn of(&self, result: &'a Value) -> (Option<&'a str>, Option<&'a Value>) {
        let id = [result.get("ruleId"), result.pointer("/rule/id")].into_iter().flatten().filter_map(Value::as_str);
        let id = id.map(str::trim).find(|id| !id.is_empty());
        let by_index = self.by_index(result);
        match id {
            Some(id) => {
                // `CA1000/1` is a case of the rule `CA1000`.
                let is_it =
                    |rule: &&Value| rule.get("id").and_then(Value::as_str).is_some_and(|own| id == own || is_below(id, own));
                let by_id = || self.by_id.get(id).or_else(|| self.by_id.get(id.rsplit_once('/')?.0)).copied();
                (Some(id), by_index.filter(is_it).or_else(by_id))
            }
            None => (by_index.and_then(|rule| rule.get("id")?.as_str()).map(str::trim).filter(|id| !id.is_empty()), by_index),
        }
    }

    fn by_index(&self, result: &Value) -> Option<&'a Value> {
        let number = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|index| usize::try_from(index).ok());
        let component = match result.pointer("/rule/toolComponent/index") {
            Some(index) => number(Some(index))?.checked_add(1)?,
            None => 0,
        };
        let index = number(result.get("ruleIndex")).or_else(|| number(result.pointer("/rule/index")))?;
        self.components.get(component)?.get(index)
    }
}

fn is_below(id: &str, rule: &str) -> bool {
    id.strip_prefix(rule).is_some_and(|rest| rest.starts_with('/'))
}

/// CVE ids and CWE numbers that a result and its rule name.
pub fn classes(id: &str, result: &Value, rule: Option<&Value>) -> (Vec<String>, BTreeSet<u64>) {
    let owners = || rule.into_iter().chain([result]);
    let tags =
        || owners().flat_map(|owner| array(owner.pointer("/properties/tags")).iter().take(MOST_TAGS).filter_map(Value::as_str));
    let mut found = cves(id);
    let mut numbers: BTreeSet<u64> = tags().filter_map(cwe_number).collect();
    found.extend(tags().flat_map(cves));
    for owner in owners() {
        let own = owner.pointer("/properties/cwe");
        let listed = array(own).iter().chain(own);
        numbers.extend(listed.filter_map(Value::as_str).filter_map(cwe_number));
    }
    let targets = array(rule.and_then(|rule| rule.get("relationships"))).iter().filter_map(|one| one.get("target"));
    for target in targets.chain(array(result.get("taxa"))) {
        let text = |path: &str| target.pointer(path).and_then(Value::as_str).unwrap_or_default();
        found.extend(cves(text("/id")));
        if text("/toolComponent/name").eq_ignore_ascii_case("cwe") {
            numbers.extend(text("/id").parse().ok().or_else(|| cwe_number(text("/id"))).filter(|number| *number > 0));
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|cve| seen.insert(cve.clone()));
    (found, numbers)
}

/// An array, or an empty one.
pub fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rule_is_found_by_id_index_or_extension() {
        let run = json!({"tool": {"driver": {"rules": [{"id": "A"}, {"id": "B", "name": "of the driver"}]},
            "extensions": [{"rules": [{"id": "B", "name": "of the extension"}, {"id": "C"}]}, 7]}});
        let rules = Rules::read(&run);
        assert_eq!(rules.len(), 4);
        let name = |result: Value| {
            let result: &'static Value = Box::leak(Box::new(result));
            let run: &'static Value = Box::leak(Box::new(run.clone()));
            let (id, rule) = Rules::read(run).of(result);
            (id, rule.map(|rule| rule.get("name").or(rule.get("id")).and_then(Value::as_str).unwrap_or_default()))
        };
        assert_eq!(name(json!({"ruleId": "B"})), (Some("B"), Some("of the driver")));
        assert_eq!(name(json!({"ruleIndex": 0})), (Some("A"), Some("A")));
        assert_eq!(name(json!({"ruleId": "B", "ruleIndex": 0})), (Some("B"), Some("of the driver")));
        assert_eq!(
            name(json!({"rule": {"id": "B", "index": 0, "toolComponent": {"index": 0}}})),
            (Some("B"), Some("of the extension"))
        );
        assert_eq!(name(json!({"ruleId": "C/1"})), (Some("C/1"), Some("C")));
        assert_eq!(name(json!({"ruleId": "Z", "ruleIndex": 99})), (Some("Z"), None));
        assert_eq!(name(json!({"ruleId": " ", "ruleIndex": "1"})), (None, None));
    }

    #[test]
    fn cve_and_cwe_come_from_tags_relationships_and_taxa() {
        let rule = json!({"properties": {"tags": ["external/cwe/cwe-089", "security", 3], "cwe": ["CWE-20: Input"]},
            "relationships": [{"target": {"id": "CWE-564", "toolComponent": {"name": "CWE"}}}, {"target": {"id": "7", "toolComponent": {"name": "other"}}}]});
        let result = json!({"properties": {"tags": ["CVE-2020-1111"]}, "taxa": [{"id": "79", "toolComponent": {"name": "cwe"}}]});
        let (cves, cwes) = classes("CVE-2021-2222-lib", &result, Some(&rule));
        assert_eq!(cves, ["CVE-2021-2222", "CVE-2020-1111"]);
        assert_eq!(cwes.into_iter().collect::<Vec<_>>(), [20, 79, 89, 564]);
        assert_eq!(classes("x", &json!({"taxa": 1, "properties": []}), Some(&json!(null))), (vec![], BTreeSet::new()));
    }

    #[test]
    fn only_ten_tags_of_a_rule_count() {
        let mut tags: Vec<String> = (0..10).map(|number| format!("tag {number}")).collect();
        tags.push("CWE-79".to_owned());
        let rule = json!({"id": "A", "properties": {"tags": tags}});
        assert!(classes("A", &json!({}), Some(&rule)).1.is_empty());
        assert_eq!(Rules::read(&json!({"tool": {"driver": {"rules": [rule]}}})).with_more_tags, 1);
    }
}
