//! What a commit says about itself: how far the outbox is indexed, for which database, in which
//! schema. It must not know the index that carries it.

use serde::{Deserialize, Serialize};

use super::schema::SCHEMA_NUMBER;

/// The JSON text stored with a commit.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payload {
    /// The last outbox entry in the index.
    pub seq: u64,
    /// The complement of `seq`. The commit file has no checksum, and one changed digit would skip
    /// or repeat entries unnoticed.
    not_seq: u64,
    /// The database id as 32 hexadecimal digits.
    pub db: String,
    /// [`SCHEMA_NUMBER`] of the version that wrote it.
    pub schema: u32,
}

impl Payload {
    /// A payload of this version.
    pub(super) fn new(seq: u64, db_id: [u8; 16]) -> Payload {
        Payload { seq, not_seq: !seq, db: db_name(db_id), schema: SCHEMA_NUMBER }
    }

    /// Whether the sequence number is the one that was written.
    pub(super) fn is_sound(&self) -> bool {
        self.not_seq == !self.seq
    }

    /// Whether the commit was made for this database.
    pub(super) fn is_of(&self, db_id: [u8; 16]) -> bool {
        self.db == db_name(db_id)
    }
}

fn db_name(db_id: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(db_id))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]

    use super::Payload;

    #[test]
    fn the_text_names_sequence_database_and_schema() {
        let mut db_id = [0; 16];
        db_id[0] = 0x0a;
        db_id[15] = 0xff;
        let payload = Payload::new(u64::MAX, db_id);
        let text = serde_json::to_string(&payload).expect("plain data");
        assert_eq!(text, r#"{"seq":18446744073709551615,"not_seq":0,"db":"0a0000000000000000000000000000ff","schema":2}"#);
        let back: Payload = serde_json::from_str(&text).expect("own text");
        assert_eq!(back, payload);
        assert!(back.is_sound() && back.is_of(db_id));
        assert!(!back.is_of([0; 16]));
        assert!(!Payload { seq: 1, ..back }.is_sound());
    }
}
