//! What a project settles for itself about security [E]. Must not know: what a setting does.

use super::caller;
use super::error::ApiError;
use super::gate::Granted;
use super::params::Params;
use super::state::{Shared, State, block};
use crate::domain::settings::MOST_DAYS;
use crate::projects::settings::{self, SettingsWish};
use crate::views;
use actix_web::{HttpRequest, HttpResponse};
use casemate_shared::api::settings::SecuritySettings;

/// `GET P/security_settings` [E].
///
/// # Errors
/// 401, 403, 404.
pub async fn show(request: HttpRequest, state: Shared, granted: Granted) -> Result<HttpResponse, ApiError> {
    let origin = state.origin(&request);
    let answer = block(move || read(&state, &granted, &origin)).await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// `PUT P/security_settings` [E]: retention_findings_days, retention_artifacts_days; null for as long as the
/// instance says. What is not sent stays.
///
/// # Errors
/// 400, 401, 403, 404.
pub async fn update(request: HttpRequest, state: Shared, granted: Granted, params: Params) -> Result<HttpResponse, ApiError> {
    let origin = state.origin(&request);
    let wish = SettingsWish {
        findings_days: days(&params, "retention_findings_days")?,
        artifacts_days: days(&params, "retention_artifacts_days")?,
    };
    if wish == SettingsWish::default() {
        let names = "retention_findings_days, retention_artifacts_days";
        return Err(ApiError::BadParameter(format!("{names} are missing, at least one parameter must be provided")));
    }
    let (user, by) = (granted.user()?.id, caller::by(&state, &request, granted.caller()));
    let answer = block(move || {
        let project = granted.project(&state.store.read()?)?;
        state.store.write(|wtx| settings::change(wtx, project.id, wish, user, &by))?;
        read(&state, &granted, &origin)
    })
    .await?;
    Ok(HttpResponse::Ok().json(answer))
}

fn read(state: &State, granted: &Granted, origin: &str) -> Result<SecuritySettings, ApiError> {
    let rtx = state.store.read()?;
    let project = granted.project(&rtx)?;
    Ok(views::settings::security(&rtx, &project, state.retention.settings(), origin)?)
}

/// Days, if they were sent; none inside when null was.
fn days(params: &Params, name: &str) -> Result<Option<Option<u32>>, ApiError> {
    if !params.has(name) {
        return Ok(None);
    }
    match params.unsigned(name)? {
        None => Ok(Some(None)),
        Some(days) => match u32::try_from(days).ok().filter(|days| *days <= MOST_DAYS) {
            Some(days) => Ok(Some(Some(days))),
            None => Err(ApiError::BadParameter(format!(
                "{name} does not have a valid value: at most {MOST_DAYS} days, or 0 for ever"
            ))),
        },
    }
}
