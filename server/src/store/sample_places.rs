//! The rows of the sample that say who there is and where: users, tokens, sessions, groups, members, projects.
//! Must not know: what is tested with them.

use super::sample::PROJECT;
use crate::domain::account::{AccessToken, SecondFactor, Session, TokenKind, User, UserKind, UserState};
use crate::domain::audit::{AuditEvent, EntityKind};
use crate::domain::member::{Member, Source};
use crate::domain::project::{Namespace, Project, Visibility};
use casemate_shared::AccessLevel;

pub(super) fn user() -> User {
    User {
        password_hash: Some("$argon2".to_owned()),
        is_admin: true,
        state: UserState::Deactivated,
        kind: UserKind::GroupBot,
        external: true,
        two_factor: true,
        last_sign_in_at: Some(2),
        last_activity_at: Some(3),
        ..User::new(1, "Root", "R", "R@a.example", 1)
    }
}

pub(super) fn token() -> AccessToken {
    AccessToken {
        id: 1,
        user_id: 1,
        name: "ci".to_owned(),
        description: "d".to_owned(),
        scopes: vec!["api".to_owned()],
        created_at: 2,
        expires_on: Some("2027-01-01".to_owned()),
        ends_at: Some(9),
        revoked: false,
        rotated: true,
        kind: TokenKind::Project,
        place_id: Some(PROJECT),
        access_level: 40,
        family: 1,
        last_used_at: Some(4),
    }
}

pub(super) fn session() -> Session {
    Session {
        id: 1,
        user_id: 1,
        csrf: "x".to_owned(),
        created_at: 1,
        expires_at: 9,
        last_seen_at: 2,
        address: "127.0.0.1".to_owned(),
        agent: "a".to_owned(),
    }
}

pub(super) fn second_factor() -> SecondFactor {
    SecondFactor { user_id: 1, secret: [6; 20], is_confirmed: true, last_step: 7, recovery: vec![[8; 32]] }
}

pub(super) fn namespace() -> Namespace {
    Namespace {
        id: 1,
        parent_id: None,
        is_user: false,
        name: "Acme".to_owned(),
        path: "Acme".to_owned(),
        full_path: "Acme".to_owned(),
        full_name: "Acme".to_owned(),
        visibility: Visibility::Internal,
        description: "d".to_owned(),
        creator_id: 1,
        created_at: 1,
        deleted_at: None,
    }
}

pub(super) fn member(source: Source) -> Member {
    Member {
        source,
        user_id: 1,
        level: AccessLevel::SecurityManager,
        expires_on: Some("2027-01-01".to_owned()),
        invited_by: Some(1),
        created_at: 3,
    }
}

pub(super) fn project() -> Project {
    Project {
        id: PROJECT,
        namespace_id: 2,
        name: "Shop".to_owned(),
        path: "Shop".to_owned(),
        full_path: "Acme/web/Shop".to_owned(),
        default_branch: "main".to_owned(),
        visibility: Visibility::Public,
        description: String::new(),
        topics: vec!["a".to_owned(), "b".to_owned()],
        repository_url: Some("https://a.example".to_owned()),
        archived: true,
        creator_id: 1,
        created_at: 1,
        last_activity_at: 2,
        deleted_at: None,
    }
}

pub(super) fn audit_event() -> AuditEvent {
    AuditEvent {
        id: 1,
        at: 5,
        author_id: 1,
        author_name: "Root".to_owned(),
        means: "session".to_owned(),
        means_id: 1,
        behind_id: 1,
        behind_name: "Root".to_owned(),
        entity: EntityKind::Project,
        entity_id: PROJECT,
        entity_path: "Acme/web/Shop".to_owned(),
        name: "member_created".to_owned(),
        target: ("User".to_owned(), 1, "Root".to_owned()),
        facts: vec![("access_level".to_owned(), "owner".to_owned())],
        changes: vec![("name".to_owned(), "a".to_owned(), "b".to_owned())],
        address: "127.0.0.1".to_owned(),
        request_id: "r".to_owned(),
        hash: [7; 32],
    }
}
