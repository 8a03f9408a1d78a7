//! Writes down who may what: `docs/permissions.md` for people, `schemas/permissions/matrix.json` for the test that
//! asks a real server. Fails when the table has changed and nobody has read the difference. `UPDATE=1` writes both
//! anew.
//!
//! Must not know: how the gate decides. What is expected is worked out here from the rules alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use super::routes::ROUTES;
use crate::access::{AccessLevel, Action, Asker, Rule, Standing, Subject, Target, Who, decide, decide_before};
use crate::domain::account::User;
use crate::domain::project::Visibility;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// Who asks: name, level by membership of the group, whether signed in, external, administrator.
const ROLES: [(&str, AccessLevel, Kind); 12] = [
    ("anonymous", AccessLevel::None, Kind::Nobody),
    ("external", AccessLevel::None, Kind::External),
    ("stranger", AccessLevel::None, Kind::Person),
    ("minimal", AccessLevel::Minimal, Kind::Person),
    ("guest", AccessLevel::Guest, Kind::Person),
    ("planner", AccessLevel::Planner, Kind::Person),
    ("reporter", AccessLevel::Reporter, Kind::Person),
    ("security_manager", AccessLevel::SecurityManager, Kind::Person),
    ("developer", AccessLevel::Developer, Kind::Person),
    ("maintainer", AccessLevel::Maintainer, Kind::Person),
    ("owner", AccessLevel::Owner, Kind::Person),
    ("admin", AccessLevel::Admin, Kind::Admin),
];
const VISIBILITIES: [Visibility; 3] = [Visibility::Private, Visibility::Internal, Visibility::Public];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nobody,
    External,
    Person,
    Admin,
}

/// What the answer has to be: `ok`, or the status of the refusal.
fn expected(rule: &Rule, level: AccessLevel, kind: Kind, visibility: Visibility) -> &'static str {
    let opens_to = match visibility {
        Visibility::Private => false,
        Visibility::Internal => matches!(kind, Kind::Person | Kind::Admin),
        Visibility::Public => true,
    };
    let knows_from = if rule.subject == Subject::Group { AccessLevel::Minimal } else { AccessLevel::Guest };
    let sees = rule.subject == Subject::Instance || opens_to || level >= knows_from;
    let may = match rule.who {
        Who::Everybody => return "ok",
        Who::SignedIn => kind != Kind::Nobody,
        Who::Insider => matches!(kind, Kind::Person | Kind::Admin),
        Who::Admin => kind == Kind::Admin,
        Who::Viewer(_) => sees,
        Who::Member(least) => {
            level.number() >= least.number() || (rule.security_manager && level == AccessLevel::SecurityManager)
        }
    };
    match (kind, sees, may) {
        (_, true, true) => "ok",
        (Kind::Nobody, ..) => "401",
        (_, false, _) => "404",
        (_, true, false) => "403",
    }
}

fn line(rule: &Rule, visibility: Visibility) -> String {
    ROLES.map(|(_, level, kind)| expected(rule, level, kind, visibility)).join(" ")
}

fn as_json() -> String {
    let mut actions = Map::new();
    for action in Action::ALL {
        let rule = action.rule();
        let mut entry = json!({"scopes": rule.scopes, "refused_when_archived": is_frozen(&rule)});
        for visibility in VISIBILITIES {
            entry[visibility.as_str()] = line(&rule, visibility).into();
        }
        actions.insert(action.name().to_owned(), entry);
    }
    let routes: Vec<Value> = ROUTES.iter().map(|entry| json!([entry.method, entry.path, entry.action.name()])).collect();
    let routes: Vec<String> = routes.iter().map(|route| format!("    {route}")).collect();
    let roles = json!(ROLES.map(|(name, ..)| name));
    let actions = serde_json::to_string_pretty(&actions).unwrap().replace('\n', "\n  ");
    format!("{{\n  \"roles\": {roles},\n  \"actions\": {actions},\n  \"routes\": [\n{}\n  ]\n}}\n", routes.join(",\n"))
}

fn is_frozen(rule: &Rule) -> bool {
    rule.subject == Subject::Project && !rule.only_reads() && !rule.even_archived
}

const INTRODUCTION: &str = "\
# Permissions

Written by `server/src/http/permissions_tests.rs` from the table in `server/src/access/action.rs`; don't edit it. After \
a change: `UPDATE=1 cargo test -p casemate --lib permissions`, then read the difference.

A user's level in a project is the highest of all memberships that have not ended: of the project and of every group \
above it. Administrators may everything. Private places are seen by members; internal ones by everybody who is signed \
in and not external; public ones by everybody. What somebody may not see is answered with 404, as if it were not \
there; what they see and may not do, with 403. Who is not signed in gets 401 instead of either. What scanners found is \
for developers and security managers, however public the project is. An archived project is read-only. A token also \
needs one of the scopes.

`pub`: also who is not signed in, if it is public. `int`: also who is signed in, if it is internal or public.
";

/// Columns for members.
const COLUMNS: [(&str, AccessLevel); 8] = [
    ("Guest", AccessLevel::Guest),
    ("Planner", AccessLevel::Planner),
    ("Reporter", AccessLevel::Reporter),
    ("Security manager", AccessLevel::SecurityManager),
    ("Developer", AccessLevel::Developer),
    ("Maintainer", AccessLevel::Maintainer),
    ("Owner", AccessLevel::Owner),
    ("Admin", AccessLevel::Admin),
];

fn as_markdown() -> String {
    let mut text = INTRODUCTION.to_owned();
    for (title, subject) in [("Projects", Subject::Project), ("Groups", Subject::Group)] {
        write!(text, "\n## {title}\n\n| to | others |").unwrap();
        COLUMNS.iter().for_each(|(name, _)| write!(text, " {name} |").unwrap());
        writeln!(text, " scopes |\n|---|---|{}---|", "---|".repeat(COLUMNS.len())).unwrap();
        for action in Action::ALL.iter().filter(|action| action.rule().subject == subject) {
            let rule = action.rule();
            let others = if matches!(rule.who, Who::Viewer(_)) { "int, pub" } else { "" };
            let archived = if rule.even_archived { " (archived too)" } else { "" };
            write!(text, "| {}{archived} | {others} |", action.what()).unwrap();
            for (_, level) in COLUMNS {
                let kind = if level == AccessLevel::Admin { Kind::Admin } else { Kind::Person };
                let may = expected(&rule, level, kind, Visibility::Private) == "ok";
                write!(text, " {} |", if may { "x" } else { "" }).unwrap();
            }
            writeln!(text, " {} |", rule.scopes.join(", ")).unwrap();
        }
    }
    text.push_str("\n## The instance and oneself\n\n| to | who | scopes |\n|---|---|---|\n");
    for action in Action::ALL.iter().filter(|action| action.rule().subject == Subject::Instance) {
        let rule = action.rule();
        let who = match rule.who {
            Who::Everybody => "everybody",
            Who::SignedIn => "who is signed in",
            Who::Insider => "who is signed in and not external",
            _ => "administrators",
        };
        writeln!(text, "| {} | {who} | {} |", action.what(), rule.scopes.join(", ")).unwrap();
    }
    text
}

/// Compares with the committed file below the root of the repository, or writes it when `UPDATE` is set.
#[track_caller]
fn check(path: &str, fresh: &str) {
    let remedy = "UPDATE=1 cargo test -p casemate --lib permissions";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, fresh).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    for (number, (old, new)) in committed.lines().zip(fresh.lines()).enumerate() {
        assert_eq!(old, new, "{}, line {}: the table says otherwise: {remedy}", path.display(), number + 1);
    }
    assert_eq!(committed.lines().count(), fresh.lines().count(), "{} has other lines: {remedy}", path.display());
}

#[test]
fn the_page_about_permissions_says_what_the_table_says() {
    check("server/docs/permissions.md", &as_markdown());
}

#[test]
fn the_permissions_as_data_say_what_the_table_says() {
    check("schemas/permissions/matrix.json", &as_json());
}

/// The decision for a member as the gate asks for it.
fn decided(action: Action, level: AccessLevel, kind: Kind, visibility: Visibility) -> &'static str {
    let user = User { is_admin: kind == Kind::Admin, external: kind == Kind::External, ..User::new(1, "u", "", "", 0) };
    let asker = Asker { user: (kind != Kind::Nobody).then_some(&user), scopes: None };
    let opens_to = match visibility {
        Visibility::Private => false,
        Visibility::Internal => kind != Kind::Nobody && kind != Kind::External,
        Visibility::Public => true,
    };
    let from = if action.rule().subject == Subject::Group { AccessLevel::Minimal } else { AccessLevel::Guest };
    let standing = Standing { level, is_visible: opens_to || level >= from };
    let target = Target { standing, is_archived: false, is_about_oneself: false };
    let answer = match action.rule().subject {
        Subject::Instance => decide_before(action, asker),
        _ => decide_before(action, asker).and_then(|()| decide(action, asker, target)),
    };
    use crate::access::Refusal;
    match answer {
        Ok(()) => "ok",
        Err(Refusal::SignIn) => "401",
        Err(Refusal::Hidden) => "404",
        Err(_) => "403",
    }
}

#[test]
fn the_permissions_that_are_decided_are_the_expected_ones() {
    for action in Action::ALL {
        for visibility in VISIBILITIES {
            for (name, level, kind) in ROLES {
                let (want, got) = (expected(&action.rule(), level, kind, visibility), decided(*action, level, kind, visibility));
                assert_eq!(got, want, "{} by {name}, {}", action.name(), visibility.as_str());
            }
        }
    }
}

#[test]
fn what_scanners_found_is_permitted_to_nobody_outside() {
    let secret = ["ReadReports", "ReadUpload", "ReadVulnerabilities", "ReadDependencies", "ChangeVulnerability", "UndoImport"];
    for action in Action::ALL.iter().filter(|action| secret.contains(&action.name())) {
        assert!(matches!(action.rule().who, Who::Member(least) if least >= AccessLevel::Developer), "{}", action.name());
    }
}
