//! A bare server of the same library: one route, the same bytes for everybody.
//!
//! Must not know: what the bytes are.

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

/// Threads that answer, as many as Casemate has.
const WORKERS: usize = 2;

/// A running one.
pub struct Bare {
    address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<()>,
    bytes: usize,
}

impl Bare {
    /// Starts one that answers everything with these bytes.
    pub fn start(body: Vec<u8>) -> Bare {
        let bytes = body.len();
        let body = web::Bytes::from(body);
        let (tell, told) = channel();
        let run = move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    let body = body.clone();
                    let answer = move || {
                        let body = body.clone();
                        async move { HttpResponse::Ok().content_type("application/json").body(body) }
                    };
                    App::new().default_service(web::to(answer))
                };
                let server = HttpServer::new(app).workers(WORKERS).bind("127.0.0.1:0").expect("a port");
                let address = server.addrs()[0];
                let server = server.run();
                tell.send((address, server.handle())).expect("somebody waits");
                server.await.expect("the bare server serves");
            });
        };
        let thread = std::thread::spawn(run);
        let (address, handle) = told.recv().expect("the bare server starts");
        Bare { address, handle, thread, bytes }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes of each answer.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Stops it.
    pub fn stop(self) {
        drop(self.handle.stop(false));
        drop(self.thread);
    }
}
