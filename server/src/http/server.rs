//! Starts and stops the HTTP server. Must not know: what is behind the state.

use super::headers::{RequestIds, every_answer};
use super::open_files;
use super::origin::ExternalUrl;
use super::root::below_root;
use super::router;
use super::state::{Shared, State};
use super::ui::Ui;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Seconds that requests under way get when the server is told to stop.
const STOP_SECONDS: u64 = 20;
/// Longest time that the head of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that wait in the kernel to be taken.
const BACKLOG: i32 = 4_096;
/// A client that takes nothing of its answer for so long is let go.
const UNREAD: Duration = Duration::from_secs(60);
/// Threads that serve requests. More than there are processors in a small machine: while one is busy with a read,
/// the connections of the others are served.
pub const WORKERS: usize = 4;

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
    let ui = web::Data::new(Ui::embedded(state.reach.external_url.as_ref().map_or("", ExternalUrl::prefix)));
    let entropy = Arc::clone(&state.entropy);
    let ids = web::Data::new(RequestIds::new(move || crate::auth::token_text("", &*entropy)));
    let shares = open_files::shares(WORKERS);
    open_files::tell(shares, WORKERS);
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
    // The last piece of an answer must not wait until the client has acknowledged the one before: that is 40 ms.
    .tcp_nodelay(true)
    .max_connections(shares.connections_per_worker)
    // A head that comes slower than this is no head: who holds connections open without asking is let go.
    .client_request_timeout(HEAD_TIMEOUT)
    .shutdown_timeout(STOP_SECONDS)
    // A client that is refused early in a large body has to get the time to read why.
    .client_disconnect_timeout(Duration::from_secs(30))
    .listen(listener(listen)?)?;
    if let Some(address) = server.addrs().first() {
        ready(*address);
    }
    server.run().await
}

/// Listens. Connections inherit how long the kernel waits for a client that takes nothing: neither actix nor the
/// answer would notice, as nobody asks them for more.
fn listener(listen: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(listen), Type::STREAM, Some(Protocol::TCP))?;
    // A server that starts again finds its port free at once.
    socket.set_reuse_address(true)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNREAD))?;
    socket.bind(&listen.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
