//! Starts and stops the HTTP server. Must not know: what is behind the state.

use super::headers::{RequestIds, every_answer};
use super::open_files;
use super::root::below_root;
use super::router;
use super::state::{Shared, State};
use super::ui::Ui;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Seconds that requests under way get when the server is told to stop.
const STOP_SECONDS: u64 = 20;
/// Longest time that the head of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that wait in the kernel to be taken.
const BACKLOG: u32 = 4_096;
/// Threads that serve requests.
const WORKERS: usize = 2;

/// Serves on the calling thread until a signal says stop, then stops the rooms behind the state.
///
/// # Errors
/// When the address can't be listened on.
pub fn run(state: State, listen: SocketAddr, ready: impl FnOnce(SocketAddr)) -> std::io::Result<()> {
    let state = Shared::new(state);
    let answer = actix_web::rt::System::new().block_on(serve(state.clone(), listen, ready));
    state.stop();
    answer
}

/// Serves until a signal says stop (SIGTERM, SIGINT): then no new requests, those under way are finished.
/// `ready` is told the address, once, when it listens.
///
/// # Errors
/// When the address can't be listened on.
async fn serve(state: Shared, listen: SocketAddr, ready: impl FnOnce(SocketAddr)) -> std::io::Result<()> {
    let ui = web::Data::new(Ui::embedded());
    let entropy = Arc::clone(&state.entropy);
    let ids = web::Data::new(RequestIds::new(move || crate::auth::token_text("", &*entropy)));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .app_data(ui.clone())
            .app_data(ids.clone())
            .wrap(from_fn(every_answer))
            .wrap(from_fn(below_root))
            .configure(router::routes)
    })
    .workers(WORKERS)
    .max_connections(open_files::connections_per_worker(WORKERS))
    .backlog(BACKLOG)
    // A head that comes slower than this is no head: who holds connections open without asking is let go.
    .client_request_timeout(HEAD_TIMEOUT)
    .shutdown_timeout(STOP_SECONDS)
    // A client that is refused early in a large body has to get the time to read why.
    .client_disconnect_timeout(Duration::from_secs(30))
    .bind(listen)?;
    if let Some(address) = server.addrs().first() {
        ready(*address);
    }
    server.run().await
}
