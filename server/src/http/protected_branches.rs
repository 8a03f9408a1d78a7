//! Protected branches (API design, section 2.3). Must not know: what a protection lets whom do.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::listing::{self, Listing};
use super::params::Params;
use super::query::{Node, Tree};
use super::removing::removing;
use super::state::{Shared, block};
use crate::access::{AccessLevel, Standings};
use crate::audit::{self, Act, Entity, Event};
use crate::clock::day;
use crate::domain::branch::{Grantee, Grants, ProtectedBranch};
use crate::forge::protection::{self, Asking, GrantChange, NewProtection, ProtectionWish};
use crate::store::{WriteTx, branches as stored};
use crate::views::branches as views;
use actix_web::{HttpRequest, HttpResponse, web};

/// Where a protection stands in a path: its name or pattern.
#[derive(serde::Deserialize)]
pub struct Named {
    name: String,
}

/// `GET P/protected_branches`: search, page; in the order in which they were made.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn list(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let search = params.optional("search")?.unwrap_or_default().to_lowercase();
    listing::of_project(&request, state, granted, &params, move |listing| {
        let Listing { rtx, project, page, .. } = listing;
        let mut found = stored::protections(rtx, project.id)?;
        found.retain(|protection| protection.name.to_lowercase().contains(&search));
        let (total, found) = listing::cut(found, page);
        let rows = found.iter().map(|protection| views::protection(rtx, protection));
        Ok((total, rows.collect::<Result<_, _>>()?))
    })
    .await
}

/// `GET P/protected_branches/:name`.
///
/// # Errors
/// 401, 403, 404.
pub async fn show(state: Shared, granted: Granted, path: web::Path<Named>) -> Result<HttpResponse, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    let found = protection::find(&rtx, project.id, &path.name)?;
    Ok(HttpResponse::Ok().json(views::protection(&rtx, &found)?))
}

/// `POST P/protected_branches`: name; push_access_level, merge_access_level, unprotect_access_level (40 unless
/// told), allowed_to_push, allowed_to_merge, allowed_to_unprotect (each of access_level, user_id or group_id),
/// allow_force_push, code_owner_approval_required.
///
/// # Errors
/// 400, 401, 403, 404, 409 when there is one of that name, 422 for a user or group who is not of the project.
pub async fn create(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    params.required(&["name"])?;
    let new = NewProtection {
        name: params.optional("name")?.unwrap_or_default().to_owned(),
        push: grantees(&params, "push")?,
        merge: grantees(&params, "merge")?,
        unprotect: grantees(&params, "unprotect")?,
        allow_force_push: params.boolean("allow_force_push")?.unwrap_or(false),
        code_owner_approval: params.boolean("code_owner_approval_required")?.unwrap_or(false),
    };
    let by = caller::by(&state, &request, granted.caller());
    let answer = block(move || {
        let now = state.clock.now();
        let made = state.store.write(|wtx| {
            let project = granted.project_now(wtx)?;
            let made = protection::create(wtx, &project, new, now)?;
            audit::pass(wtx, &by, &about(Event::ProtectedBranchCreated, &made).with("rules", told(&made)))?;
            Ok::<_, ApiError>(made)
        })?;
        Ok(views::protection(&state.store.read()?, &made)?)
    })
    .await?;
    Ok(HttpResponse::Created().json(answer))
}

/// `PATCH P/protected_branches/:name`: allowed_to_push, allowed_to_merge, allowed_to_unprotect (with `id` to change
/// one and `_destroy` to take it away), allow_force_push, code_owner_approval_required.
///
/// # Errors
/// 400, 401, 403 also when the caller may not unprotect it, 404, 422 as [`create`].
pub async fn update(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let wish = ProtectionWish {
        push: changes(&params, "allowed_to_push")?,
        merge: changes(&params, "allowed_to_merge")?,
        unprotect: changes(&params, "allowed_to_unprotect")?,
        allow_force_push: params.boolean("allow_force_push")?,
        code_owner_approval: params.boolean("code_owner_approval_required")?,
    };
    let by = caller::by(&state, &request, granted.caller());
    let answer = block(move || {
        let now = state.clock.now();
        let new = state.store.write(|wtx| {
            check_unprotects(wtx, &granted, &path.name, &day(now))?;
            let project = granted.project_now(wtx)?;
            let (old, new) = protection::change(wtx, &project, &path.name, wish, now)?;
            let act = about(Event::ProtectedBranchUpdated, &new);
            audit::pass(wtx, &by, &act.changed("rules", told(&old), told(&new)))?;
            Ok::<_, ApiError>(new)
        })?;
        Ok(views::protection(&state.store.read()?, &new)?)
    })
    .await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// `DELETE P/protected_branches/:name`.
///
/// # Errors
/// 401, 403 also when the caller may not unprotect it, 404.
pub async fn delete(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    path: web::Path<Named>,
) -> Result<HttpResponse, ApiError> {
    removing(&request, state, granted, move |wtx, granted, by| {
        check_unprotects(wtx, granted, &path.name, &day(by.at))?;
        let old = protection::remove(wtx, granted.source()?.id(), &path.name)?;
        Ok(audit::pass(wtx, by, &about(Event::ProtectedBranchDeleted, &old).with("rules", told(&old)))?)
    })
    .await
}

/// Who may weaken a protection is said by itself.
fn check_unprotects(wtx: &WriteTx, granted: &Granted, name: &str, today: &str) -> Result<(), ApiError> {
    let project = granted.project_now(wtx)?;
    let protection = protection::find(wtx, project.id, name)?;
    let user = granted.user()?;
    let mut standings = Standings::new(wtx, Some(user), today);
    let level = standings.of_project(&project)?.level;
    let mut asking = Asking { user, level, standings: &mut standings };
    if protection.unprotect.is_empty() || asking.is_let(&protection.unprotect)? {
        return Ok(());
    }
    Err(ApiError::Forbidden("this protection does not let you change it or take it away".to_owned()))
}

fn about(event: Event, protection: &ProtectedBranch) -> Act {
    let name = protection.name.clone();
    Act::on(event, Entity::Project(protection.project_id)).about("ProtectedBranch", protection.id, name)
}

/// A protection in one line.
fn told(protection: &ProtectedBranch) -> String {
    let list = |grants: &Grants| {
        let one = |(_, grantee): &(u64, Grantee)| match grantee {
            Grantee::Level(AccessLevel::None) => "nobody".to_owned(),
            Grantee::Level(level) => level.as_str().to_owned(),
            Grantee::User(id) => format!("user {id}"),
            Grantee::Group(id) => format!("group {id}"),
        };
        grants.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let ProtectedBranch { push, merge, unprotect, allow_force_push, code_owner_approval, .. } = protection;
    format!(
        "push: {}; merge: {}; unprotect: {}; force push: {allow_force_push}; code owners: {code_owner_approval}",
        list(push),
        list(merge),
        list(unprotect)
    )
}

/// A level of a protected branch. Nobody can't be asked to unprotect: nobody could ever.
fn level(text: &str) -> Option<AccessLevel> {
    let levels = [AccessLevel::None, AccessLevel::Developer, AccessLevel::Maintainer, AccessLevel::Admin];
    let number: u8 = text.trim().parse().ok()?;
    levels.into_iter().find(|level| level.number() == number)
}

/// `push_access_level` and `allowed_to_push` as those whom they let.
fn grantees(params: &Params, kind: &str) -> Result<Vec<Grantee>, ApiError> {
    let (one, many) = (format!("{kind}_access_level"), format!("allowed_to_{kind}"));
    let mut grantees: Vec<Grantee> = params.choice(&one, level)?.into_iter().map(Grantee::Level).collect();
    for change in changes(params, &many)? {
        match change {
            GrantChange::Add(grantee) => grantees.push(grantee),
            _ => return Err(ApiError::invalid(&many)),
        }
    }
    if kind == "unprotect" && grantees.contains(&Grantee::Level(AccessLevel::None)) {
        return Err(ApiError::invalid(&one));
    }
    Ok(grantees)
}

fn changes(params: &Params, name: &str) -> Result<Vec<GrantChange>, ApiError> {
    let items = match params.node(name) {
        None | Some(Node::Null) => return Ok(Vec::new()),
        Some(Node::List(items)) => items,
        Some(_) => return Err(ApiError::invalid(name)),
    };
    let read = |item: &Node| match item {
        Node::Map(map) => change(map).filter(|change| !(name == "allowed_to_unprotect" && is_nobody(*change))),
        _ => None,
    };
    items.iter().map(|item| read(item).ok_or_else(|| ApiError::invalid(name))).collect()
}

fn is_nobody(change: GrantChange) -> bool {
    let nobody = Grantee::Level(AccessLevel::None);
    matches!(change, GrantChange::Add(grantee) | GrantChange::Replace(_, grantee) if grantee == nobody)
}

/// One entry: `{user_id: 1}`, `{access_level: 40}`, `{id: 7, access_level: 30}`, `{id: 7, _destroy: true}`.
fn change(map: &Tree) -> Option<GrantChange> {
    let text = |key: &str| match map.get(key) {
        Some(Node::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let number = |key: &str| text(key).map(|text| text.parse::<u64>().ok());
    if map.keys().any(|key| !["id", "_destroy", "access_level", "user_id", "group_id"].contains(&key.as_str())) {
        return None;
    }
    let id = match number("id") {
        None => None,
        Some(id) => Some(id?),
    };
    if text("_destroy").is_some_and(|flag| ["true", "1"].contains(&flag)) {
        return id.map(GrantChange::Remove);
    }
    let grantee = match (text("access_level").map(level), number("user_id"), number("group_id")) {
        (Some(level), None, None) => Grantee::Level(level?),
        (None, Some(user), None) => Grantee::User(user?),
        (None, None, Some(group)) => Grantee::Group(group?),
        _ => return None,
    };
    Some(id.map_or(GrantChange::Add(grantee), |id| GrantChange::Replace(id, grantee)))
}
