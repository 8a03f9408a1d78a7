//! Asks for some addresses in turn over connections that stay open, and keeps how long each answer took. One thread
//! asks on all connections: the servers share the cores with it, and it has to take as little of them as it can.
//!
//! Must not know: who answers.

use actix_web::rt::net::TcpStream;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
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

/// Asks `count` times over so many connections at once, each time for the next of the requests. Every answer has to
/// be a 200.
pub fn ask(address: SocketAddr, requests: &[Vec<u8>], connections: usize, count: usize) -> Figures {
    let (mut took, seconds) = actix_web::rt::System::new().block_on(async {
        let mut sockets = Vec::with_capacity(connections);
        for _ in 0..connections {
            let socket = TcpStream::connect(address).await.expect("a connection");
            socket.set_nodelay(true).expect("a socket of the network");
            sockets.push(socket);
        }
        let begin = Instant::now();
        let each = sockets.into_iter().enumerate();
        // Each connection begins at another request, so that they don't all ask for the same at the same time.
        let begin_at = |number: usize| requests.iter().cloned().cycle().skip(number * requests.len() / connections);
        // Whoever is answered asks again: no connection waits for a slower one at the end.
        let left = Rc::new(Cell::new(count));
        let tasks = each.map(|(number, socket)| {
            let mine: Vec<Vec<u8>> = begin_at(number).take(requests.len()).collect();
            actix_web::rt::spawn(ask_on_one(socket, mine, Rc::clone(&left)))
        });
        let mut took = Vec::with_capacity(count);
        for task in tasks.collect::<Vec<_>>() {
            took.extend(task.await.expect("a connection lives"));
        }
        (took, begin.elapsed().as_secs_f64())
    });
    let per_second = took.len() as f64 / seconds;
    took.sort_by(f64::total_cmp);
    Figures { per_second, p50_ms: took[took.len() / 2] * 1e3, p99_ms: took[took.len() * 99 / 100] * 1e3 }
}

async fn ask_on_one(socket: TcpStream, requests: Vec<Vec<u8>>, left: Rc<Cell<usize>>) -> Vec<f64> {
    let mut buffer = vec![0; 256 << 10];
    let mut took = Vec::new();
    for request in requests.iter().cycle() {
        if left.get() == 0 {
            break;
        }
        left.set(left.get() - 1);
        let begin = Instant::now();
        let sent = socket.try_write(request).expect("the request is sent");
        assert_eq!(sent, request.len(), "a request fits into the socket");
        read_answer(&socket, &mut buffer).await;
        took.push(begin.elapsed().as_secs_f64());
    }
    took
}

/// Reads one answer whole.
async fn read_answer(socket: &TcpStream, buffer: &mut [u8]) {
    let (mut filled, mut length) = (0, None);
    loop {
        socket.readable().await.expect("a connection");
        match socket.try_read(&mut buffer[filled..]) {
            Ok(n) => {
                assert!(n > 0, "the connection ended: {}", String::from_utf8_lossy(&buffer[..filled]));
                filled += n;
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(error) => panic!("the answer does not arrive: {error}"),
        }
        length = length.or_else(|| whole(&buffer[..filled]));
        if length.is_some_and(|length| filled >= length) {
            return;
        }
    }
}

/// Bytes of an answer, its head included; none while the head is not there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..head]).expect("a head is text");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let is_length = |line: &&str| line.get(..15).is_some_and(|name| name.eq_ignore_ascii_case("content-length:"));
    let length = head.lines().find(is_length).expect("a length");
    Some(head.len() + 4 + length[15..].trim().parse::<usize>().expect("a number"))
}
