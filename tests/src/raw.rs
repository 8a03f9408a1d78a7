//! HTTP written by hand on a socket: for requests that a well-behaved client cannot send, such as
//! one that is cut off after a number of bytes.
//!
//! Must not know: the API.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

/// A whole HTTP/1.1 request as bytes, with `Content-Length` and `Connection: close`.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    let end = format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    bytes.extend_from_slice(end.as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Sends the first `count` bytes and leaves the connection open: the server waits for the rest.
pub fn send_first(address: SocketAddr, bytes: &[u8], count: usize) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(&bytes[..count.min(bytes.len())])?;
    Ok(stream)
}

/// Sends everything and reads what comes back until the server closes the connection. A server that
/// answers before it has read everything may reset the connection: what came until then is given.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    // A refused upload closes the writing side early; the answer is still there to be read.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if answer.is_empty() => Err(error),
        _ => Ok(answer),
    }
}

/// The status code of a raw answer, `None` when it is no HTTP.
pub fn status(answer: &[u8]) -> Option<u16> {
    let line = answer.split(|&byte| byte == b'\r').next()?;
    let line = std::str::from_utf8(line).ok()?;
    line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

/// Sends a POST whose body comes in pieces and is never whole in memory; reads the answer until the
/// server closes the connection. `length` is the sum of the pieces' lengths. A server that refuses early
/// may reset the connection while the rest is sent: its answer is given nevertheless.
pub fn post_pieces(
    address: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    length: u64,
    pieces: impl IntoIterator<Item = Vec<u8>>,
) -> std::io::Result<Vec<u8>> {
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(head.as_bytes())?;
    for piece in pieces {
        if stream.write_all(&piece).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(error) if answer.is_empty() => Err(error),
        _ => Ok(answer),
    }
}
