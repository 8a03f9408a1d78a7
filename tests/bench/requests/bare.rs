//! A bare server of the same library: one route that answers with one of some texts. The path is the number of the
//! text, `/7`.
//!
//! Must not know: what the texts are.

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;

/// Threads that answer, as many as Casemate has.
const WORKERS: usize = 4;

/// A running one.
pub struct Bare {
    address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<()>,
}

impl Bare {
    /// Starts one that has these texts.
    pub fn start(texts: Vec<Vec<u8>>) -> Bare {
        let texts: Vec<web::Bytes> = texts.into_iter().map(web::Bytes::from).collect();
        let (tell, told) = channel();
        let run = move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    let texts = texts.clone();
                    let answer = move |request: HttpRequest| {
                        let wanted = request.path()[1..].parse().ok().and_then(|number: usize| texts.get(number)).cloned();
                        async move { wanted.map(|text| HttpResponse::Ok().content_type("application/json").body(text)) }
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
        Bare { address, handle, thread }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it.
    pub fn stop(self) {
        drop(self.handle.stop(false));
        drop(self.thread);
    }
}
