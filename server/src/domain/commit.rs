//! Commits without a repository: what somebody told of them. Must not know: storage, HTTP.

use crate::clock::Millis;

macro_rules! verdicts {
    ($($variant:ident $word:literal),* $(,)?) => {
        /// What the forge, or whoever declares the commit, says of its signature; GitLab's words and `unsigned`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is its word")]
        pub enum Verdict { $($variant),* }

        impl Verdict {
            /// All of them. The place in this list is part of the storage format.
            pub const ALL: &'static [Verdict] = &[$(Verdict::$variant),*];

            /// The API's word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Verdict::$variant => $word),* }
            }
        }
    };
}

verdicts! {
    Unsigned "unsigned",
    Unverified "unverified",
    Verified "verified",
    VerifiedSystem "verified_system",
    SameUserDifferentEmail "same_user_different_email",
    OtherUser "other_user",
    UnverifiedKey "unverified_key",
    UnknownKey "unknown_key",
    MultipleSignatures "multiple_signatures",
    RevokedKey "revoked_key",
    UnverifiedAuthorEmail "unverified_author_email",
}

impl Verdict {
    /// Reads the API's word.
    pub fn parse(word: &str) -> Option<Verdict> {
        Verdict::ALL.iter().copied().find(|verdict| verdict.as_str() == word)
    }

    /// Whether it says that the signature is good.
    pub const fn is_good(self) -> bool {
        matches!(self, Verdict::Verified | Verdict::VerifiedSystem)
    }
}

/// What was told of a commit's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Whether it is good.
    pub verdict: Verdict,
    /// `PGP`, `SSH` or `X509`; empty when not told.
    pub kind: String,
    /// Key that it was made with; empty when not told.
    pub key: String,
}

/// What was told about a commit; empty texts where nothing was.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// Message.
    pub message: String,
    /// Author.
    pub author_name: String,
    /// Author's address.
    pub author_email: String,
    /// When written.
    pub authored_at: Option<Millis>,
    /// Who committed it.
    pub committer_name: String,
    /// That one's address.
    pub committer_email: String,
    /// When committed.
    pub committed_at: Option<Millis>,
    /// The commits before it.
    pub parent_ids: Vec<String>,
    /// What was told of its signature.
    pub signature: Option<Signature>,
}

impl Commit {
    /// Takes what somebody else tells: a commit does not change, so what is known stays, and what is missing
    /// comes in. A signature is good only while nobody says that it is not.
    pub fn learn(&mut self, told: &Commit) {
        let learn_text = |own: &mut String, told: &String| {
            if own.is_empty() {
                own.clone_from(told);
            }
        };
        learn_text(&mut self.message, &told.message);
        learn_text(&mut self.author_name, &told.author_name);
        learn_text(&mut self.author_email, &told.author_email);
        learn_text(&mut self.committer_name, &told.committer_name);
        learn_text(&mut self.committer_email, &told.committer_email);
        self.authored_at = self.authored_at.or(told.authored_at);
        self.committed_at = self.committed_at.or(told.committed_at);
        if self.parent_ids.is_empty() {
            self.parent_ids.clone_from(&told.parent_ids);
        }
        let is_refuted = |own: &Signature, told: &Signature| own.verdict.is_good() && !told.verdict.is_good();
        match (&self.signature, &told.signature) {
            (None, Some(told)) => self.signature = Some(told.clone()),
            (Some(own), Some(told)) if is_refuted(own, told) => self.signature = Some(told.clone()),
            _ => {}
        }
    }
}

/// All that was told of one commit of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldCommit {
    /// Project.
    pub project_id: u64,
    /// Full id, 40 or 64 hex digits, lower case.
    pub sha: String,
    /// What was told.
    pub told: Commit,
    /// Who told of it first.
    pub told_by: u64,
    /// When first told of.
    pub created_at: Millis,
    /// When something was last learned.
    pub updated_at: Millis,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(verdict: Verdict) -> Commit {
        Commit { signature: Some(Signature { verdict, kind: "SSH".to_owned(), key: String::new() }), ..Commit::default() }
    }

    fn after(first: &Commit, second: &Commit) -> Option<Verdict> {
        let mut commit = first.clone();
        commit.learn(second);
        commit.signature.map(|signature| signature.verdict)
    }

    #[test]
    fn what_is_known_stays_and_what_is_missing_comes_in() {
        let mut commit = Commit { message: "Fix".to_owned(), ..Commit::default() };
        commit.learn(&Commit {
            message: "Lie".to_owned(),
            author_name: "Ada".to_owned(),
            authored_at: Some(7),
            ..Commit::default()
        });
        assert_eq!((commit.message.as_str(), commit.author_name.as_str(), commit.authored_at), ("Fix", "Ada", Some(7)));
    }

    #[test]
    fn a_signature_is_good_only_while_nobody_says_otherwise() {
        let (none, good, bad) = (Commit::default(), signed(Verdict::Verified), signed(Verdict::RevokedKey));
        assert_eq!(after(&none, &good), Some(Verdict::Verified));
        assert_eq!(after(&good, &none), Some(Verdict::Verified));
        assert_eq!(after(&good, &bad), Some(Verdict::RevokedKey));
        assert_eq!(after(&bad, &good), Some(Verdict::RevokedKey), "nobody makes it good again");
    }

    #[test]
    fn words_are_read_back() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::parse(verdict.as_str()), Some(*verdict));
        }
        assert_eq!(Verdict::parse("VERIFIED"), None);
    }
}
