//! Settings of the instance come from its file, its flags and its environment, so nobody is seen changing them: each
//! start compares them with those of the last one. Must not know: which settings there are.

use super::{Act, By, Entity, Event, pass};
use crate::clock::Millis;
use crate::store::{Store, StoreError, settings};
use std::collections::BTreeMap;

/// Takes note of settings that differ from those of the last start, and remembers them. At the very first start they
/// are remembered only.
///
/// # Errors
/// When the store fails.
pub fn note_settings(store: &Store, told: &BTreeMap<&'static str, String>, now: Millis) -> Result<(), StoreError> {
    let before = settings::of_instance(&store.read()?)?;
    if before.iter().map(|(name, value)| (name.as_str(), value)).eq(told.iter().map(|(name, value)| (*name, value))) {
        return Ok(());
    }
    store.write(|wtx| {
        settings::put_of_instance(wtx, told)?;
        if before.is_empty() {
            return Ok(());
        }
        let was = |name: &str| before.get(name).cloned().unwrap_or_default();
        let act = Act::on(Event::InstanceSettingsChanged, Entity::Instance);
        let act = told.iter().fold(act, |act, (name, value)| act.changed(name, was(name), value));
        let gone: Vec<&str> = before.keys().map(String::as_str).filter(|name| !told.contains_key(name)).collect();
        pass(wtx, &By::system(now), &act.with("not_there_any_more", gone.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::store::audit::{find, head};

    #[test]
    fn only_what_differs_from_the_last_start_is_noted() {
        let store = Store::in_memory().unwrap();
        let start = |told: &[(&'static str, &str)]| {
            let told = told.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            note_settings(&store, &told, 5).unwrap();
            head(&store.read().unwrap()).unwrap().map_or(0, |(count, _)| count)
        };
        assert_eq!(start(&[("a", "1"), ("b", "x")]), 0, "the first start changes nothing");
        assert_eq!(start(&[("a", "1"), ("b", "x")]), 0);
        assert_eq!(start(&[("a", "2"), ("c", "y")]), 1);
        let event = find(&store.read().unwrap(), 1).unwrap().unwrap();
        let changes: Vec<(&str, &str, &str)> =
            event.changes.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
        assert_eq!(changes, [("a", "1", "2"), ("c", "", "y")]);
        assert_eq!(event.facts, [("not_there_any_more".to_owned(), "b".to_owned())]);
        assert_eq!((event.name.as_str(), event.author_name.as_str()), ("instance_settings_changed", "Casemate"));
        assert_eq!(start(&[("a", "2"), ("c", "y")]), 1, "remembered");
    }
}
