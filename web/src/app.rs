//! The whole page: what every part shares, who may see it, and which page an address means. Must not know
//! what a page shows.

use crate::api::{self, ApiError, Client};
use crate::components::alert::Failure;
use crate::components::shell::Shell;
use crate::pages;
use crate::state::go::Go;
use crate::state::keys::Keys;
use crate::state::project::Here;
use crate::state::session::{Session, SessionState};
use crate::state::theme::ThemeState;
use crate::state::visit::LastVisit;
use crate::url::{Admin, GroupPlace, Own, Place, Route as Address, Section, after_sign_in, sign_in_from};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::hooks::use_location;
use leptos_router::path;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let session = Session::new();
    provide_context(session);
    provide_context(Client::new(session));
    provide_context(ThemeState::load());
    provide_context(Keys::load());
    provide_context(LastVisit::new());
    // One route for everything: `url::Route` knows the addresses, whose project part has any length.
    view! {
        <Router>
            <FlatRoutes fallback=Root>
                <Route path=path!("/*any") view=Root/>
            </FlatRoutes>
        </Router>
    }
}

#[component]
fn Root() -> impl IntoView {
    let (session, client) = (expect_context::<Session>(), expect_context::<Client>());
    let location = use_location();
    let route = Memo::new(move |_| Address::parse(&location.pathname.get()));
    let signed_in = Memo::new(move |_| matches!(session.get(), SessionState::In(_)));
    provide_context(Go::new());
    provide_context(Here::new(client, session, route, signed_in));
    guard(session, route);
    let failed = RwSignal::new(None);
    ask_session(session, client, failed);
    let retry = Callback::new(move |()| ask_session(session, client, failed));
    let state = Memo::new(move |_| match session.get() {
        SessionState::Unknown => None,
        SessionState::Out => Some(false),
        SessionState::In(_) => Some(true),
    });
    move || match (state.get(), failed.get()) {
        (None, Some(error)) => view! {
            <main class="alone"><Failure what="Casemate could not be started" error retry/></main>
        }
        .into_any(),
        (None, None) => view! { <p class="boot" role="status">"Loading Casemate …"</p> }.into_any(),
        (Some(false), _) => view! { <pages::sign_in::SignInPage/> }.into_any(),
        (Some(true), _) => view! { <Shell>{page(route)}</Shell> }.into_any(),
    }
}

fn ask_session(session: Session, client: Client, failed: RwSignal<Option<ApiError>>) {
    failed.set(None);
    spawn_local(async move {
        match api::session::current(client).await {
            Ok(found) => session.signed_in(found),
            Err(error) if error.status == 401 => session.set(SessionState::Out),
            Err(error) => failed.set(Some(error)),
        }
    });
}

/// Sends everybody who is not signed in to the sign-in page, and back when they are.
fn guard(session: Session, route: Memo<Address>) {
    let go = expect_context::<Go>();
    let location = use_location();
    Effect::new(move |_| {
        let at_sign_in = route.get() == Address::SignIn;
        match session.get() {
            SessionState::Out if !at_sign_in => {
                let search = location.search.get_untracked();
                let from = crate::logic::query::join(&location.pathname.get_untracked(), &search);
                go.instead(&sign_in_from(&from));
            }
            SessionState::In(_) if at_sign_in => {
                go.instead(&after_sign_in(&location.search.get_untracked()));
            }
            _ => {}
        }
    });
}

fn page(route: Memo<Address>) -> impl IntoView {
    move || match route.get() {
        Address::Projects => view! { <pages::projects::ProjectsPage/> }.into_any(),
        Address::NewProject => view! { <pages::projects::NewProjectPage/> }.into_any(),
        Address::SignIn => ().into_any(),
        Address::Missing => view! { <pages::missing::MissingPage/> }.into_any(),
        Address::Groups => view! { <pages::groups::GroupsPage/> }.into_any(),
        Address::NewGroup => view! { <pages::groups::NewGroupPage/> }.into_any(),
        Address::Own(own) => own_page(own),
        Address::Admin(admin) => view! { <pages::admin::AdminFrame>{admin_page(admin)}</pages::admin::AdminFrame> }.into_any(),
        Address::User(name) => view! {
            <pages::admin::AdminFrame><pages::access_tokens::UserTokensPage name=name.clone()/></pages::admin::AdminFrame>
        }
        .into_any(),
        Address::Group(_, place) => view! { <pages::groups::GroupFrame place/> }.into_any(),
        Address::Project(_, place) => view! { <pages::project::ProjectFrame place/> }.into_any(),
    }
}

fn own_page(own: Own) -> AnyView {
    match own {
        Own::Profile => view! { <pages::own::ProfilePage/> }.into_any(),
        Own::Password => view! { <pages::own::PasswordPage/> }.into_any(),
        Own::SecondFactor => view! { <pages::own::SecondFactorPage/> }.into_any(),
        Own::Sessions => view! { <pages::own::SessionsPage/> }.into_any(),
        Own::Tokens => view! { <pages::access_tokens::OwnTokensPage/> }.into_any(),
    }
}

fn admin_page(admin: Admin) -> AnyView {
    match admin {
        Admin::Users => view! { <pages::admin::UsersPage/> }.into_any(),
        Admin::Groups => view! { <pages::admin::GroupsPage/> }.into_any(),
        Admin::Projects => view! { <pages::admin::ProjectsPage/> }.into_any(),
        Admin::Instance => view! { <pages::admin::InstancePage/> }.into_any(),
        Admin::Audit => view! { <pages::audit::AuditPage/> }.into_any(),
        Admin::Storage => view! { <pages::admin::StoragePage/> }.into_any(),
    }
}

/// The page of a place within a group.
pub fn group_page(place: GroupPlace) -> AnyView {
    match place {
        GroupPlace::Home => view! { <pages::groups::GroupPage/> }.into_any(),
        GroupPlace::Members => view! { <pages::members::MembersPage/> }.into_any(),
        GroupPlace::General => view! { <pages::groups::GroupGeneralPage/> }.into_any(),
        GroupPlace::Tokens => view! { <pages::access_tokens::PlaceTokensPage/> }.into_any(),
        GroupPlace::Audit => view! { <pages::audit::PlaceAuditPage/> }.into_any(),
    }
}

/// The page of a place within a project.
pub fn project_page(place: Place) -> AnyView {
    match place {
        Place::Home => ().into_any(),
        Place::Report => view! { <pages::report::ReportPage/> }.into_any(),
        Place::Vulnerability(id) => view! { <pages::vulnerability::VulnerabilityPage id/> }.into_any(),
        Place::Pipelines => view! { <pages::pipelines::PipelinesPage/> }.into_any(),
        Place::Pipeline(id) => view! { <pages::pipelines::PipelinePage id/> }.into_any(),
        Place::Dependencies => view! { <pages::dependencies::DependenciesPage/> }.into_any(),
        Place::Imports => view! { <pages::imports::ImportsPage/> }.into_any(),
        Place::NewImport => view! { <pages::imports::NewImportPage/> }.into_any(),
        Place::Upload => view! { <pages::upload::UploadPage/> }.into_any(),
        Place::Members => view! { <pages::members::MembersPage/> }.into_any(),
        Place::Settings(Section::General) => view! { <pages::settings::GeneralPage/> }.into_any(),
        Place::Settings(Section::Tokens) => view! { <pages::access_tokens::PlaceTokensPage/> }.into_any(),
        Place::Settings(Section::Branches) => view! { <pages::settings::BranchesPage/> }.into_any(),
        Place::Settings(Section::Retention) => view! { <pages::settings::RetentionPage/> }.into_any(),
        Place::Settings(Section::Audit) => view! { <pages::audit::PlaceAuditPage/> }.into_any(),
    }
}
