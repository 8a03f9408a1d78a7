//! A small server that follows a script, one connection after the other. Must not know: what is uploaded.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

/// What the server does with one connection.
pub enum Step {
    /// Reads the request and answers.
    Answer(u16, &'static str, String),
    /// Reads so many bytes of the body and hangs up.
    HangUpAfter(usize),
}

/// A request that it got.
pub struct Seen {
    /// First line.
    pub line: String,
    /// Headers.
    pub head: String,
    /// Body.
    pub body: Vec<u8>,
}

/// The server.
pub struct Server {
    /// Its address.
    pub url: String,
    /// What it saw, when all is done.
    pub thread: JoinHandle<Vec<Seen>>,
}

/// Starts one that follows the steps and ends.
pub fn serve(steps: Vec<Step>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || steps.into_iter().map(|step| take(&listener.accept().unwrap().0, step)).collect());
    Server { url, thread }
}

fn take(stream: &TcpStream, step: Step) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 2 {}
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    let wanted = match step {
        Step::HangUpAfter(bytes) => bytes,
        Step::Answer(..) => length.unwrap_or(0),
    };
    let mut body = vec![0; wanted];
    reader.read_exact(&mut body).unwrap();
    if let Step::Answer(status, header, text) = step {
        let length = text.len();
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{header}\r\n");
        let mut stream = stream;
        stream.write_all(format!("{head}{text}").as_bytes()).unwrap();
    }
    Seen { line, head, body }
}
