//! Asks the same again and again over connections that stay open, and keeps how long each answer took.
//!
//! Must not know: who answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

/// What was seen.
pub struct Figures {
    /// Answers a second, over all connections.
    pub per_second: f64,
    /// Half of the answers took at most so long, in milliseconds.
    pub p50_ms: f64,
    /// Of a hundred answers one took longer, in milliseconds.
    pub p99_ms: f64,
}

/// Asks `count` times over so many connections at once. Every answer has to be a 200.
pub fn ask(address: SocketAddr, request: &[u8], connections: usize, count: usize) -> Figures {
    let begin = Instant::now();
    let mut took: Vec<f64> = std::thread::scope(|scope| {
        let each = || scope.spawn(|| ask_on_one(address, request, count / connections));
        let threads: Vec<_> = (0..connections).map(|_| each()).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a connection lives")).collect()
    });
    let per_second = took.len() as f64 / begin.elapsed().as_secs_f64();
    took.sort_by(f64::total_cmp);
    Figures { per_second, p50_ms: took[took.len() / 2] * 1e3, p99_ms: took[took.len() * 99 / 100] * 1e3 }
}

fn ask_on_one(address: SocketAddr, request: &[u8], count: usize) -> Vec<f64> {
    let mut socket = TcpStream::connect(address).expect("a connection");
    socket.set_nodelay(true).expect("a socket of the network");
    let mut buffer = Vec::with_capacity(64 << 10);
    let ask = |_| {
        let begin = Instant::now();
        socket.write_all(request).expect("the request is sent");
        read_answer(&mut socket, &mut buffer);
        begin.elapsed().as_secs_f64()
    };
    (0..count).map(ask).collect()
}

/// Reads one answer whole.
fn read_answer(socket: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut chunk = [0; 16 << 10];
    loop {
        let n = socket.read(&mut chunk).expect("the answer arrives");
        assert!(n > 0, "the connection ended: {}", String::from_utf8_lossy(buffer));
        buffer.extend_from_slice(&chunk[..n]);
        if let Some(head) = head_end(buffer) {
            let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
            assert!(text.starts_with("http/1.1 200"), "{text}");
            let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("a length");
            if buffer.len() >= head + length.trim().parse::<usize>().expect("a number") {
                return;
            }
        }
    }
}

/// Where the body begins.
fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}
