//! Very many connections at once, idle or stopped at every point of a request, and clients that read nothing of their
//! answers: others are served meanwhile, in bounded memory. Must not know: the API beyond a few paths.

use crate::people::{add, person};
use casemate_tests::server::ROOT_TOKEN;
use casemate_tests::{Settings, TestServer, Upload, raw, sample};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the project promises.
const CONNECTIONS: usize = 10_000;
/// Files that this process needs beside.
const OTHERS: usize = 300;
/// Ports of one address that are used: fewer than any system has.
const PER_ADDRESS: usize = 500;
/// Longest time for the answers to others, with so much open and other tests beside.
const PATIENCE: Duration = Duration::from_secs(20);

/// One crowd at a time: together they would not have the files.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many connections there can be here: each takes a file of this process and one of the server's.
fn possible() -> usize {
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).unwrap();
    let files = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap());
    // The server keeps 1,024 for other purposes, and on a small system half of all.
    let of_server = files.saturating_sub(1_024).max(files / 2);
    CONNECTIONS.min(files.saturating_sub(OTHERS)).min(of_server.saturating_sub(16))
}

/// A connection from one of many addresses of the loopback, where the system has them.
fn connect(server: SocketAddr, number: usize, small_window: bool) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    if small_window {
        socket.set_recv_buffer_size(4_096).unwrap();
    }
    let host = u8::try_from(2 + number / PER_ADDRESS % 200).unwrap();
    // Only Linux has all of 127.0.0.0/8; elsewhere the ports of one address have to do.
    let _ = socket.bind(&SocketAddr::from(([127, 0, 0, host], 0)).into());
    socket.connect_timeout(&server.into(), PATIENCE).unwrap_or_else(|error| panic!("connection {number}: {error}"));
    socket.into()
}

fn open(server: &TestServer, count: usize, begin: impl Fn(usize) -> Vec<u8>) -> Vec<TcpStream> {
    let one = |number| {
        let mut stream = connect(server.address(), number, false);
        stream.write_all(&begin(number)).unwrap();
        stream
    };
    (0..count).map(one).collect()
}

/// Somebody else asks, by a connection of their own each time.
fn others_are_served(server: &TestServer) {
    for _ in 0..20 {
        let mut stream = connect(server.address(), 0, false);
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(&raw::request("GET", "/api/v4/projects", &[("PRIVATE-TOKEN", ROOT_TOKEN)], &[])).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(raw::status(&answer), Some(200), "{}", String::from_utf8_lossy(&answer));
    }
}

/// A request that stops: before it begins, in its head, in its body.
fn half_a_request(number: usize) -> Vec<u8> {
    let body = "Host: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{\"login\":";
    match number % 4 {
        0 => Vec::new(),
        1 => b"GET /-/health HTTP/1.1\r\nHost: x\r\nX-Half:".to_vec(),
        2 => format!("POST /api/v4/session HTTP/1.1\r\n{body}").into_bytes(),
        // Answered; the connection stays for the next one.
        _ => b"GET /-/health HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
    }
}

#[test]
fn ten_thousand_open_connections_leave_it_responsive() {
    let _alone = alone();
    let server = TestServer::start();
    others_are_served(&server);
    let (count, before) = (possible(), server.peak_kib());
    println!("{count} of {CONNECTIONS} connections are possible here");
    assert!(count >= 100, "this system lets a process have too few files to test anything: {count}");
    let crowd = open(&server, count, half_a_request);
    assert_eq!(crowd.len(), count);
    others_are_served(&server);
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < 64 * count as u64 + (32 << 10), "{grown} KiB for {count} connections");
    drop(crowd);
    others_are_served(&server);
}

#[test]
fn whoever_asks_nothing_is_let_go() {
    let _alone = alone();
    let server = TestServer::start();
    let crowd = open(&server, possible().min(400), |number| half_a_request(if number % 4 == 2 { 1 } else { number }));
    for mut stream in crowd {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut told = Vec::new();
        // A reset is an end, too; what must not come is the time limit.
        if let Err(error) = stream.read_to_end(&mut told) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}");
        }
        let text = String::from_utf8_lossy(&told).into_owned();
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 408") || text.starts_with("HTTP/1.1 200"), "{text}");
    }
}

#[test]
fn answers_that_nobody_reads_take_little_memory() {
    let _alone = alone();
    let server = TestServer::start();
    let page = server.anonymous().get("/").expect(200).text();
    let module = page.split('"').find(|part| part.ends_with("_bg.wasm")).expect("the page names its module").to_owned();
    let length = server.anonymous().get(&module).expect(200).body.len();
    assert!(length > 1 << 20, "{module} of {length} bytes is nothing to be unread");
    let (count, before) = (possible().min(1_000), server.peak_kib());
    let ask = format!("GET {module} HTTP/1.1\r\nHost: x\r\n\r\n").repeat(4);
    let crowd: Vec<TcpStream> = (0..count)
        .map(|number| {
            let mut stream = connect(server.address(), number, true);
            stream.write_all(ask.as_bytes()).unwrap();
            stream
        })
        .collect();
    others_are_served(&server);
    let grown = server.peak_kib().saturating_sub(before);
    assert!(grown < 256 * count as u64 + (32 << 10), "{grown} KiB for {count} answers of {length} bytes");
    drop(crowd);
}

#[test]
fn bodies_of_strangers_are_short() {
    let server = TestServer::start();
    let long = format!("{{\"login\": \"root\", \"password\": \"{}\"}}", "x".repeat(20_000));
    let asked = [("POST", "/api/v4/session"), ("PUT", "/api/v4/jobs/1")];
    for (method, path) in asked {
        let request = raw::request(method, path, &[("Content-Type", "application/json")], long.as_bytes());
        let answer = raw::exchange(server.address(), &request).unwrap();
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1.1 413") && text.contains("body_bytes of 16384"), "{method} {path}: {text}");
    }
    // Who is known may say more.
    let wish = serde_json::json!({"name": "n", "path": "n", "unknown": "x".repeat(20_000)});
    server.client().post("/api/v4/groups", &wish).expect(201);
}

#[test]
fn uploads_that_never_end_leave_files_for_others() {
    let _alone = alone();
    let server = TestServer::with(Settings::default().unlimited());
    let root = server.client();
    root.create_project("acme/slow");
    let count = possible().min(600);
    let body = "Content-Type: multipart/form-data; boundary=X\r\nContent-Length: 100000\r\n\r\n--X\r\nContent-Disposition: form-data; name=\"sast\"; filename=\"a.json\"\r\n\r\n{";
    let begin = format!(
        "POST /api/v4/projects/acme%2Fslow/security_reports HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: {ROOT_TOKEN}\r\n{body}"
    );
    let mut crowd = open(&server, count, |_| begin.clone().into_bytes());
    others_are_served(&server);
    if count > 64 {
        // More of one caller than they may have: sent away, to come again.
        let mut last = crowd.pop().unwrap();
        last.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut first = [0; 12];
        last.read_exact(&mut first).unwrap();
        assert_eq!(String::from_utf8_lossy(&first), "HTTP/1.1 503");
    }
    let anna = person(&server, "anna");
    root.create_project("acme/other");
    for path in ["acme/slow", "acme/other"] {
        add(&root, &format!("/api/v4/projects/{}", path.replace('/', "%2F")), anna.id, 30);
        let report = sample::report("sast", "scan", Vec::new()).to_string();
        let upload = Upload::new("main", &sample::sha(1)).file("sast", "r.json", report.as_bytes());
        anna.client.ingest(path, upload);
    }
}
