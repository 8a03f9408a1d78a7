//! The caller's own account: data, password, sessions, second factor. Must not know: other users.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::number::number;
use super::params::Params;
use super::state::{Shared, block};
use super::users::slowly;
use crate::auth::users::{UserChange, living};
use crate::auth::{By, Caller, Means};
use crate::views::access;
use actix_web::{HttpRequest, HttpResponse, web};
use casemate_shared::api::user::{RecoveryCodes, SecondFactorSetup};

/// The caller and who that is for the notes about acts.
///
/// # Errors
/// 401.
fn caller_and_by(state: &Shared, request: &HttpRequest, granted: &Granted) -> Result<(Caller, By), ApiError> {
    let caller = granted.caller().ok_or(ApiError::Unauthorized)?.clone();
    let by = caller::by(state, request, Some(&caller));
    Ok((caller, by))
}

/// A text that has to be there.
fn required(params: &Params, name: &str) -> Result<String, ApiError> {
    params.required(&[name])?;
    Ok(params.optional(name)?.unwrap_or_default().to_owned())
}

/// Id of the session that asks.
const fn session_of(caller: &Caller) -> Option<u64> {
    match caller.means {
        Means::Session { id } => Some(id),
        Means::Token { .. } | Means::Job { .. } => None,
    }
}

/// `GET /user`.
///
/// # Errors
/// 401, 403.
pub async fn show(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    // The row says whether the user is an administrator, also where the token may not use it.
    let user = living(&state.store.read()?, granted.user()?.id)?;
    let last_seen = state.door.activity.last_seen(&user);
    Ok(HttpResponse::Ok().json(access::user(&user, last_seen, &state.origin(&request))))
}

/// `PUT /user` [E]: name; email with current_password. Nothing else of the row can be changed by its user.
///
/// # Errors
/// 400, 401, 403, 409, 429.
pub async fn update(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let (caller, by) = caller_and_by(&state, &request, &granted)?;
    let text = |name: &str| Ok::<_, ApiError>(params.optional(name)?.map(|text| text.trim().to_owned()));
    let change = UserChange { name: text("name")?, email: text("email")?, ..UserChange::default() };
    if change.email.is_some() {
        // An address can be signed in with.
        params.required(&["current_password"])?;
    }
    let password = params.optional("current_password")?.map(str::to_owned).filter(|_| change.email.is_some());
    let changed = slowly(&state, move |state| {
        if let Some(password) = password {
            state.door.check_own_password(&by, caller.user.id, &password).map_err(wrong_password)?;
        }
        Ok(state.door.change_user(&by, caller.user.id, change)?)
    })
    .await?;
    Ok(HttpResponse::Ok().json(access::user(&changed, state.door.activity.last_seen(&changed), &state.origin(&request))))
}

/// A wrong password of somebody who is signed in: not a 401, which would sign the page out.
fn wrong_password(error: crate::auth::AuthError) -> ApiError {
    match error {
        crate::auth::AuthError::Unauthorized => {
            ApiError::Validation(vec![("current_password".to_owned(), "is wrong".to_owned())])
        }
        other => other.into(),
    }
}

/// `PUT /user/password` [E]: current_password, password. Other sessions end.
///
/// # Errors
/// 400, 401, 403, 429.
pub async fn change_password(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (caller, by) = caller_and_by(&state, &request, &granted)?;
    params.required(&["current_password", "password"])?;
    let (old, new) = (required(&params, "current_password")?, required(&params, "password")?);
    let session = session_of(&caller);
    slowly(&state, move |state| state.door.change_own_password(&by, caller.user.id, &old, &new, session).map_err(wrong_password))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /user/sessions` [E].
///
/// # Errors
/// 401, 403.
pub async fn sessions(state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let caller = granted.caller().ok_or(ApiError::Unauthorized)?;
    let open = state.door.sessions(&state.store.read()?, caller.user.id)?;
    let rows: Vec<_> = open.iter().map(|session| access::listed_session(session, session_of(caller))).collect();
    Ok(HttpResponse::Ok().json(rows))
}

/// `DELETE /user/sessions/:sid` [E].
///
/// # Errors
/// 401, 403, 404.
pub async fn end_session(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (caller, by) = caller_and_by(&state, &request, &granted)?;
    let id = number(&id, "Session")?;
    block(move || Ok(state.door.revoke_session(&by, caller.user.id, id)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /user/two_factor` [E]: current_password. Answers the secret; it counts after the confirmation.
///
/// # Errors
/// 400, 401, 403, 409 when there is one, 429.
pub async fn begin_two_factor(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (caller, by) = caller_and_by(&state, &request, &granted)?;
    let password = required(&params, "current_password")?;
    let setup =
        slowly(&state, move |state| state.door.begin_second_factor(&by, &caller.user, &password).map_err(wrong_password)).await?;
    Ok(HttpResponse::Created().json(SecondFactorSetup { secret: setup.secret, uri: setup.uri }))
}

/// `POST /user/two_factor/confirm` [E]: code. Answers the recovery codes, told once; other sessions end.
///
/// # Errors
/// 400 for a wrong code, 401, 403, 409 when there is nothing to confirm, 429.
pub async fn confirm_two_factor(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (caller, by) = caller_and_by(&state, &request, &granted)?;
    let code = required(&params, "code")?;
    let session = session_of(&caller);
    let codes = block(move || Ok(state.door.confirm_second_factor(&by, caller.user.id, &code, session)?)).await?;
    Ok(HttpResponse::Created().json(RecoveryCodes { recovery_codes: codes }))
}

/// `DELETE /user/two_factor` [E]: current_password.
///
/// # Errors
/// 400, 401, 403, 404 when there is none, 429.
pub async fn end_two_factor(
    request: HttpRequest,
    state: Shared,
    granted: Granted,
    params: Params,
) -> Result<HttpResponse, ApiError> {
    let (caller, by) = caller_and_by(&state, &request, &granted)?;
    let password = required(&params, "current_password")?;
    slowly(&state, move |state| state.door.end_own_second_factor(&by, caller.user.id, &password).map_err(wrong_password)).await?;
    Ok(HttpResponse::NoContent().finish())
}
