//! What was done that matters for security, and the chain that holds the notes about it together. Pure values.
//!
//! Must not know: storage, HTTP, which acts there are.

use crate::clock::Millis;
use sha2::{Digest, Sha256};

/// What the bytes of an event begin with, so that no other hash can be taken for one of these.
const DOMAIN: &[u8] = b"casemate audit event 1\n";

/// Hash before the first event.
pub const FIRST: [u8; 32] = [0; 32];

/// What an act was done to. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityKind {
    /// The instance.
    Instance,
    /// A user.
    User,
    /// A group.
    Group,
    /// A project.
    Project,
}

impl EntityKind {
    /// All, in the order of their numbers.
    pub const ALL: [EntityKind; 4] = [EntityKind::Instance, EntityKind::User, EntityKind::Group, EntityKind::Project];

    /// The word for it; GitLab's but for the instance.
    pub const fn as_str(self) -> &'static str {
        match self {
            EntityKind::Instance => "Instance",
            EntityKind::User => "User",
            EntityKind::Group => "Group",
            EntityKind::Project => "Project",
        }
    }

    /// Reads the word; that of GitLab for the instance too.
    pub fn parse(word: &str) -> Option<EntityKind> {
        if word == "Gitlab::Audit::InstanceScope" {
            return Some(EntityKind::Instance);
        }
        EntityKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            EntityKind::Instance => 0,
            EntityKind::User => 1,
            EntityKind::Group => 2,
            EntityKind::Project => 3,
        }
    }

    /// The kind of that number.
    pub fn from_number(number: u8) -> Option<EntityKind> {
        EntityKind::ALL.get(usize::from(number)).copied()
    }
}

/// One act. Appended, never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Id: 1, 2, 3 and so on, without gaps.
    pub id: u64,
    /// When; never before the event before it.
    pub at: Millis,
    /// Who; 0 when nobody was signed in, or the server did it by itself.
    pub author_id: u64,
    /// The name that they had then; a word for what it was when nobody was signed in.
    pub author_name: String,
    /// By what they were known: `session`, `access_token`, `job_token`; empty when by nothing.
    pub means: String,
    /// Id of that, of the pipeline for a job's token; 0 when there is none.
    pub means_id: u64,
    /// The administrator who acted as the author; 0 when nobody did.
    pub behind_id: u64,
    /// Their name.
    pub behind_name: String,
    /// Kind of what it was done to.
    pub entity: EntityKind,
    /// Its id; 0 for the instance.
    pub entity_id: u64,
    /// Its path or name then.
    pub entity_path: String,
    /// The word for the act.
    pub name: String,
    /// What in the entity it was about: `Token`, its id, its name. All empty when it was the entity itself.
    pub target: (String, u64, String),
    /// More about it, by name.
    pub facts: Vec<(String, String)>,
    /// What changed: name, before, after.
    pub changes: Vec<(String, String, String)>,
    /// Address of the client; empty when there was none.
    pub address: String,
    /// Id of the request; empty when there was none.
    pub request_id: String,
    /// SHA-256 of the hash of the event before and of all of the above.
    pub hash: [u8; 32],
}

impl AuditEvent {
    /// The hash that the event has to have when that of the one before is `before`.
    pub fn hash_after(&self, before: &[u8; 32]) -> [u8; 32] {
        Sha256::new().chain_update(DOMAIN).chain_update(before).chain_update(self.canonical()).finalize().into()
    }

    /// All but the hash, as bytes that no other event has: numbers in eight bytes, big-endian; texts and lists
    /// with their length before them. Does not depend on how rows are stored.
    fn canonical(&self) -> Vec<u8> {
        let mut bytes = Canonical(Vec::with_capacity(256));
        bytes.number(self.id);
        bytes.0.extend_from_slice(&self.at.to_be_bytes());
        bytes.number(self.author_id);
        bytes.text(&self.author_name);
        bytes.text(&self.means);
        bytes.number(self.means_id);
        bytes.number(self.behind_id);
        bytes.text(&self.behind_name);
        bytes.number(u64::from(self.entity.number()));
        bytes.number(self.entity_id);
        bytes.text(&self.entity_path);
        bytes.text(&self.name);
        bytes.text(&self.target.0);
        bytes.number(self.target.1);
        bytes.text(&self.target.2);
        bytes.number(self.facts.len() as u64);
        for (name, value) in &self.facts {
            bytes.text(name);
            bytes.text(value);
        }
        bytes.number(self.changes.len() as u64);
        for (name, from, to) in &self.changes {
            bytes.text(name);
            bytes.text(from);
            bytes.text(to);
        }
        bytes.text(&self.address);
        bytes.text(&self.request_id);
        bytes.0
    }
}

struct Canonical(Vec<u8>);

impl Canonical {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// Walks along the chain. Tells the first event that breaks it.
#[derive(Debug)]
pub struct ChainWalk {
    /// Id of the event that was looked at last; 0 before the first.
    pub id: u64,
    /// Its hash.
    pub hash: [u8; 32],
    at: Millis,
}

impl Default for ChainWalk {
    fn default() -> ChainWalk {
        ChainWalk { id: 0, hash: FIRST, at: Millis::MIN }
    }
}

/// The first event that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its id.
    pub id: u64,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "event {}: {}", self.id, self.reason)
    }
}

impl ChainWalk {
    /// Looks at the next event: under which id it is stored, and the event, or why it can't be read.
    ///
    /// # Errors
    /// What is wrong; the walk is over then.
    pub fn next(&mut self, key: u64, event: Result<&AuditEvent, String>) -> Result<(), Broken> {
        let wanted = self.id.saturating_add(1);
        let broken = |id: u64, reason: &str| Err(Broken { id, reason: reason.to_owned() });
        if key != wanted {
            return broken(wanted, "it is missing");
        }
        let event = event.map_err(|reason| Broken { id: wanted, reason })?;
        if event.id != key {
            return broken(wanted, &format!("event {} stands in its place", event.id));
        }
        if event.hash != event.hash_after(&self.hash) {
            return broken(wanted, "its content, or the hash of the event before it, is not what its hash says");
        }
        if event.at < self.at {
            return broken(wanted, "it is older than the event before it");
        }
        *self = ChainWalk { id: key, hash: event.hash, at: event.at };
        Ok(())
    }

    /// Compares with what was kept about the end: how many events there are, and the hash of the last.
    ///
    /// # Errors
    /// What is wrong.
    pub fn end(&self, kept: Option<(u64, [u8; 32])>) -> Result<(), Broken> {
        let (count, hash) = kept.unwrap_or((0, FIRST));
        let broken = |id: u64, reason: &str| Err(Broken { id, reason: reason.to_owned() });
        if self.id < count {
            return broken(self.id + 1, &format!("it and what follows is missing, there were {count} events"));
        }
        if self.id > count {
            return broken(count + 1, &format!("it was not written by this program, there were {count} events"));
        }
        if self.hash != hash {
            return broken(count, "its hash is not the one that was kept as the last");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(facts: &[(&str, &str)]) -> AuditEvent {
        AuditEvent {
            id: 1,
            at: 2,
            author_id: 3,
            author_name: "a".to_owned(),
            means: "session".to_owned(),
            means_id: 4,
            behind_id: 0,
            behind_name: String::new(),
            entity: EntityKind::User,
            entity_id: 5,
            entity_path: "p".to_owned(),
            name: "n".to_owned(),
            target: Default::default(),
            facts: facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            changes: Vec::new(),
            address: String::new(),
            request_id: String::new(),
            hash: FIRST,
        }
    }

    #[test]
    fn no_two_events_have_the_same_bytes() {
        let all = [
            event(&[]),
            event(&[("ab", "c")]),
            event(&[("a", "bc")]),
            event(&[("a", ""), ("bc", "")]),
            AuditEvent { facts: Vec::new(), changes: vec![("ab".into(), "c".into(), String::new())], ..event(&[]) },
            AuditEvent { at: -2, ..event(&[]) },
            AuditEvent { entity: EntityKind::Group, ..event(&[]) },
            AuditEvent { address: "x".into(), ..event(&[]) },
            AuditEvent { request_id: "x".into(), ..event(&[]) },
        ];
        let hashes: std::collections::BTreeSet<_> = all.iter().map(|event| event.hash_after(&FIRST)).collect();
        assert_eq!(hashes.len(), all.len());
        assert_ne!(all[0].hash_after(&FIRST), all[0].hash_after(&[1; 32]));
        let other = AuditEvent { hash: [9; 32], ..event(&[]) };
        assert_eq!(other.hash_after(&FIRST), all[0].hash_after(&FIRST), "the hash is not in the hash");
    }

    #[test]
    fn the_hash_is_the_one_that_is_stored_everywhere() {
        // Changed bytes would make every log that is there look damaged.
        let hex: String = event(&[("k", "v")]).hash_after(&FIRST).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "862153541be84664e8de323e4c567bd03b4f279fe3f99db32ab7815f259cc705");
    }

    #[test]
    fn kinds_have_their_numbers_and_words() {
        for kind in EntityKind::ALL {
            assert_eq!(EntityKind::from_number(kind.number()), Some(kind));
            assert_eq!(EntityKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(EntityKind::parse("Gitlab::Audit::InstanceScope"), Some(EntityKind::Instance));
        assert_eq!(EntityKind::from_number(4), None);
    }
}
