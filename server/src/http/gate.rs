//! The gate before every route: finds out who calls and what it is about, and asks the table whether they may.
//! Handlers begin behind it and take what it found as [`Granted`].
//!
//! Must not know: what a handler does, how a decision is made, how what a path names is found.

use super::caller;
use super::error::ApiError;
use super::limits::{Bucket, Told, Verdict};
use super::moved;
use super::params::{Params, Strange};
use super::patience::{SILENCE, patient};
use super::routes::Entry;
use super::state::{Shared, State};
use super::subject::{Parts, Place, find, find_moved};
use super::under_way::{Hold, arriving};
use crate::access::{AccessLevel, Action, Asker, Refusal, Rule, Standing, Standings, Subject, Target, decide, decide_before};
use crate::auth::{Caller, Means};
use crate::clock::day;
use crate::domain::account::User;
use crate::domain::member::Source;
use crate::domain::project::{Namespace, Project};
use crate::store::{ReadTx, projects as stored};
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, web};
use std::future::{Ready, ready};
use std::sync::Arc;

/// What the gate found out about a request that it let through.
#[derive(Clone)]
pub struct Granted(Arc<Grant>);

struct Grant {
    route: &'static str,
    caller: Option<Caller>,
    place: Place,
    level: AccessLevel,
}

/// Middleware of every route.
///
/// # Errors
/// 401, 403, 404 as the table says.
pub async fn gate<B: MessageBody>(
    entry: &'static Entry,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let state = request.app_data::<Shared>().cloned().ok_or_else(|| ApiError::internal("no state"))?;
    let body = request.take_payload();
    request.set_payload(patient(body, SILENCE));
    let action = entry.action;
    let rule = action.rule();
    let caller = match caller_of(&rule, &state, &mut request).await {
        Ok(None) if rule.is_open() => Ok(None),
        Ok(None) => caller::identify_with_care(&state, request.request(), entry.path).await,
        found => found,
    };
    let turn = Turn { state: &state, told: request.extensions().get::<Told>().cloned().unwrap_or_default(), action };
    let bucket = turn.before(caller.as_ref().ok().and_then(Option::as_ref), request.request())?;
    let parts = request.extract::<web::Path<Parts>>().await?.into_inner();
    let grant = authorise(entry, caller?, &state, request.request(), &parts);
    turn.behind(bucket, grant.as_ref().ok())?;
    let grant = grant?;
    if let (Action::HandInReports | Action::AttachFiles, Place::Project(project)) = (action, &grant.place) {
        let caller = grant.caller.as_ref().map_or(0, |caller| caller.user.id);
        let hold = state.under_way.begin(project.id, caller, 1)?;
        let body = request.take_payload();
        request.set_payload(arriving(body, hold));
    }
    if grant.caller.is_none() {
        request.extensions_mut().insert(Strange);
    }
    request.extensions_mut().insert(Granted(Arc::new(grant)));
    next.call(request).await
}

/// Counts a request: by nobody for the address, by somebody for them. What hands something in to a project counts
/// for that project instead, once it is known that it may.
struct Turn<'a> {
    state: &'a State,
    told: Told,
    action: Action,
}

impl Turn<'_> {
    /// Counts before it is known what the request is about; answers what is left to count, if that has to be known.
    fn before(&self, caller: Option<&Caller>, request: &HttpRequest) -> Result<Option<Bucket>, ApiError> {
        let bucket = match caller {
            Some(caller) => Bucket::User(caller.behind.unwrap_or(caller.user.id)),
            None => Bucket::Address(self.state.reach.client_ip(request)),
        };
        match self.action {
            Action::Probe => Ok(None),
            Action::HandInReports | Action::AttachFiles | Action::UpdateJob if caller.is_some() => Ok(Some(bucket)),
            _ => self.count(bucket).map(|()| None),
        }
    }

    fn behind(&self, bucket: Option<Bucket>, grant: Option<&Grant>) -> Result<(), ApiError> {
        match (bucket, grant.map(|grant| &grant.place)) {
            (None, _) => Ok(()),
            (Some(_), Some(Place::Project(project))) => self.count(Bucket::Ingest(project.id)),
            (Some(bucket), _) => self.count(bucket),
        }
    }

    fn count(&self, bucket: Bucket) -> Result<(), ApiError> {
        let now = self.state.clock.now();
        let verdict = self.state.limits.count(bucket, now);
        self.told.tell(verdict);
        match verdict.filter(Verdict::is_over) {
            Some(verdict) => Err(ApiError::TooMany { retry_after_s: verdict.retry_after_s(now) }),
            None => Ok(()),
        }
    }
}

/// The caller by the token in the body, where the rule takes one from there.
async fn caller_of(rule: &Rule, state: &Shared, request: &mut ServiceRequest) -> Result<Option<Caller>, ApiError> {
    if !rule.token_in_body {
        return Ok(None);
    }
    request.extensions_mut().insert(Strange);
    let params = request.extract::<Params>().await?;
    let token = params.optional("token")?.filter(|token| !token.is_empty()).map(str::to_owned);
    request.extensions_mut().insert(params);
    match token {
        Some(token) => Ok(Some(caller::by_told_token(state, request.request(), &token).await?)),
        None => Ok(None),
    }
}

fn authorise(
    entry: &Entry,
    caller: Option<Caller>,
    state: &State,
    request: &HttpRequest,
    parts: &Parts,
) -> Result<Grant, ApiError> {
    let action = entry.action;
    let asker = asker(caller.as_ref());
    decide_before(action, asker).map_err(|refusal| answer(refusal, ""))?;
    let subject = action.rule().subject;
    if subject == Subject::Instance {
        return Ok(Grant { route: entry.path, caller, place: Place::Instance, level: AccessLevel::None });
    }
    let rtx = state.store.read()?;
    let today = day(state.clock.now());
    let mut standings = Standings::new(&rtx, asker.user, &today);
    let (mut place, what) = find(&rtx, entry, parts, only_pipeline(caller.as_ref()))?;
    let is_moved = place.is_none();
    if is_moved {
        place = find_moved(&rtx, entry, parts)?;
    }
    let hidden = Standing { level: AccessLevel::None, is_visible: false };
    let (standing, is_archived) = match &place {
        Some(Place::Project(project)) => (standings.of_project(project)?, project.archived),
        Some(Place::Group(group)) => (standings.of_group(group)?, false),
        _ => (hidden, false),
    };
    let is_about_oneself = parts.user().is_some_and(|id| asker.user.is_some_and(|user| user.id == id));
    decide(action, asker, Target { standing, is_archived, is_about_oneself }).map_err(|refusal| answer(refusal, what))?;
    match &place {
        Some(Place::Project(project)) if is_moved => return Err(moved::answer(state, request, project.id, &project.full_path)),
        Some(Place::Group(group)) if is_moved => return Err(moved::answer(state, request, group.id, &group.full_path)),
        _ => {}
    }
    Ok(Grant { route: entry.path, caller, place: place.unwrap_or(Place::Instance), level: standing.level })
}

/// Who asks, for the table.
pub(super) fn asker(caller: Option<&Caller>) -> Asker<'_> {
    Asker { user: caller.map(|caller| &caller.user), scopes: caller.and_then(|caller| caller.scopes.as_deref()) }
}

/// The token of a pipeline's jobs is good for those only.
fn only_pipeline(caller: Option<&Caller>) -> Option<u64> {
    match caller?.means {
        Means::Job { pipeline_id } => Some(pipeline_id),
        Means::Token { .. } | Means::Session { .. } => None,
    }
}

/// The answer to a refusal about something called `what`.
fn answer(refusal: Refusal, what: &str) -> ApiError {
    match refusal {
        Refusal::SignIn => ApiError::Unauthorized,
        Refusal::Scope(scopes) => ApiError::InsufficientScope { scope: scopes.last().copied().unwrap_or_default() },
        Refusal::Hidden => ApiError::NotFound(what.to_owned()),
        Refusal::ShutOut | Refusal::External | Refusal::AdminOnly | Refusal::Level { .. } | Refusal::Archived => {
            ApiError::Forbidden(refusal.to_string())
        }
    }
}

impl FromRequest for Granted {
    type Error = ApiError;
    type Future = Ready<Result<Granted, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let granted = request.extensions().get::<Granted>().cloned();
        ready(granted.ok_or_else(|| ApiError::internal("a route without the gate")))
    }
}

impl Granted {
    /// The route as it stands in the table, whichever way its path was written.
    pub fn route(&self) -> &'static str {
        self.0.route
    }

    /// The caller; none when nobody is signed in.
    pub fn caller(&self) -> Option<&Caller> {
        self.0.caller.as_ref()
    }

    /// The user who calls.
    ///
    /// # Errors
    /// 401 when nobody is signed in.
    pub fn user(&self) -> Result<&User, ApiError> {
        self.0.caller.as_ref().map(|caller| &caller.user).ok_or(ApiError::Unauthorized)
    }

    /// Who asks for a list that holds what they may see; none when nobody is signed in.
    pub fn viewer(&self) -> Option<&User> {
        self.0.caller.as_ref().map(|caller| &caller.user)
    }

    /// Their level in the project or group; none at all for what is about the instance.
    pub fn level(&self) -> AccessLevel {
        self.0.level
    }

    /// Counts files that the caller has open of the project that the request is about.
    ///
    /// # Errors
    /// 503 when too many are open.
    pub fn open_files(&self, state: &State, files: usize) -> Result<Hold, ApiError> {
        state.under_way.begin(self.source()?.id(), self.user()?.id, files)
    }

    /// The project that the request is about, as this snapshot has it.
    ///
    /// # Errors
    /// 404 when it went meanwhile.
    pub fn project(&self, rtx: &ReadTx) -> Result<Project, ApiError> {
        let Place::Project(known) = &self.0.place else { return Err(ApiError::internal("the route is about no project")) };
        let found = stored::find_project(rtx, known.id)?.filter(|project| project.deleted_at.is_none());
        found.ok_or_else(|| ApiError::NotFound("Project".to_owned()))
    }

    /// The project that the request is about, as a write finds it.
    ///
    /// # Errors
    /// 404 when it went meanwhile, 403 when it was archived.
    pub fn project_now(&self, tx: &impl crate::store::Reads) -> Result<Project, ApiError> {
        let id = self.source()?.id();
        match stored::find_project(tx, id)?.filter(|project| project.deleted_at.is_none()) {
            Some(project) if project.archived => Err(answer(Refusal::Archived, "")),
            Some(project) => Ok(project),
            None => Err(ApiError::NotFound("Project".to_owned())),
        }
    }

    /// The project or group that the request is about, as a write finds it.
    ///
    /// # Errors
    /// 404 when it went meanwhile, 403 for a project that was archived.
    pub fn source_now(&self, tx: &impl crate::store::Reads) -> Result<Source, ApiError> {
        let source = self.source()?;
        match source {
            Source::Project(_) => self.project_now(tx).map(|_| source),
            Source::Group(id) => match stored::find_namespace(tx, id)?.filter(|group| group.deleted_at.is_none()) {
                Some(_) => Ok(source),
                None => Err(ApiError::NotFound("Group".to_owned())),
            },
        }
    }

    /// What the request is about, as something that one can be a member of.
    ///
    /// # Errors
    /// 500 when it is about neither a project nor a group.
    pub fn source(&self) -> Result<Source, ApiError> {
        match &self.0.place {
            Place::Project(project) => Ok(Source::Project(project.id)),
            Place::Group(group) => Ok(Source::Group(group.id)),
            Place::Instance => Err(ApiError::internal("the route is about no project and no group")),
        }
    }

    /// The group that the request is about, as this snapshot has it.
    ///
    /// # Errors
    /// 404 when it went meanwhile.
    pub fn group(&self, rtx: &ReadTx) -> Result<Namespace, ApiError> {
        let Place::Group(known) = &self.0.place else { return Err(ApiError::internal("the route is about no group")) };
        let found = stored::find_namespace(rtx, known.id)?.filter(|group| group.deleted_at.is_none());
        found.ok_or_else(|| ApiError::NotFound("Group".to_owned()))
    }

    /// Whether the caller may do something else to the same project or group.
    pub fn may(&self, action: Action) -> bool {
        self.require(action).is_ok()
    }

    /// Refuses unless the caller may do something else to the same project or group.
    ///
    /// # Errors
    /// 401, 403, 404.
    pub fn require(&self, action: Action) -> Result<(), ApiError> {
        let asker = asker(self.caller());
        let is_archived = matches!(&self.0.place, Place::Project(project) if project.archived);
        let standing = Standing { level: self.0.level, is_visible: true };
        decide_before(action, asker).map_err(|refusal| answer(refusal, ""))?;
        decide(action, asker, Target { standing, is_archived, is_about_oneself: false }).map_err(|refusal| answer(refusal, ""))
    }

    /// Refuses unless the caller may do something else that is about the instance.
    ///
    /// # Errors
    /// 401, 403.
    pub fn require_of_instance(&self, action: Action) -> Result<(), ApiError> {
        decide_before(action, asker(self.caller())).map_err(|refusal| answer(refusal, ""))
    }

    /// Whether the caller may do that to something that they stand to like this.
    pub fn may_there(&self, action: Action, standing: Standing) -> bool {
        let asker = asker(self.caller());
        let target = Target { standing, is_archived: false, is_about_oneself: false };
        decide_before(action, asker).and_then(|()| decide(action, asker, target)).is_ok()
    }

    /// Refuses unless the caller may do that to another group, as a write sees it.
    ///
    /// # Errors
    /// 401, 403, 404.
    pub fn require_in_group(
        &self,
        tx: &impl crate::store::Reads,
        action: Action,
        group: &Namespace,
        today: &str,
    ) -> Result<(), ApiError> {
        let asker = asker(self.caller());
        let standing = Standings::new(tx, asker.user, today).of_group(group)?;
        decide_before(action, asker).map_err(|refusal| answer(refusal, "Namespace"))?;
        let target = Target { standing, is_archived: false, is_about_oneself: false };
        decide(action, asker, target).map_err(|refusal| answer(refusal, "Namespace"))
    }
}
