//! The first start, and settings that are wrong.

use casemate_tests::server::free_address;
use casemate_tests::{Client, TestServer, patience, program};
use serde_json::json;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// A server that was started without any of the kit's settings. Ends with the value.
struct Plain {
    process: Child,
    log: std::path::PathBuf,
}

impl Plain {
    /// Starts it and waits until it answers.
    fn start(mut command: Command, base: &str, log: &Path) -> Plain {
        let file = File::create(log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let mut plain = Plain { process: command.spawn().expect("program starts"), log: log.to_path_buf() };
        let address = base.trim_start_matches("http://").to_owned();
        patience::until("the server to listen", patience::SOON, || {
            assert!(plain.process.try_wait().unwrap().is_none(), "{}", plain.log());
            std::net::TcpStream::connect(&address).ok()
        });
        plain
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn sign_in(base: &str, password: &str) -> u16 {
    Client::new(base).post("/api/v4/session", &json!({"login": "root", "password": password})).status
}

#[test]
fn the_first_start_tells_a_random_password_once_and_it_works() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log");
    let start = || {
        let address = free_address().to_string();
        let mut command = program::command();
        command.args(["serve", "--listen", &address, "--data-dir"]).arg(home.path().join("data"));
        let base = format!("http://{address}");
        (Plain::start(command, &base, &log), base)
    };
    let (first, base) = start();
    let said = first.log();
    let (_, after) = said.split_once("with the password ").unwrap_or_else(|| panic!("no password in {said}"));
    let password = after.split_whitespace().next().unwrap().to_owned();
    assert!(password.len() >= 16, "{password}");
    assert_eq!((sign_in(&base, &password), sign_in(&base, "root"), sign_in(&base, "")), (201, 401, 401));
    drop(first);
    let (second, base) = start();
    assert!(!second.log().contains("password"), "{}", second.log());
    assert_eq!(sign_in(&base, &password), 201);
    drop(second);
    let other = tempfile::tempdir().unwrap();
    let mut command = program::command();
    let address = free_address().to_string();
    command.args(["serve", "--listen", &address, "--data-dir"]).arg(other.path());
    let third = Plain::start(command, &format!("http://{address}"), &log);
    assert!(!third.log().contains(&password), "two servers have one password");
}

#[test]
fn settings_come_from_environment_and_file() {
    let home = tempfile::tempdir().unwrap();
    let address = free_address().to_string();
    let data_dir = home.path().join("from the file");
    let config = home.path().join("casemate.toml");
    std::fs::write(&config, format!("listen = \"127.0.0.1:1\"\ndata_dir = {data_dir:?}\n[limits]\nfile_bytes = 1000\n")).unwrap();
    let mut command = program::command();
    command
        .arg("serve")
        .env("CASEMATE_LISTEN", &address)
        .env("CASEMATE_CONFIG", &config)
        .env("CASEMATE_ROOT_PASSWORD", "from the environment");
    let base = format!("http://{address}");
    let server = Plain::start(command, &base, &home.path().join("log"));
    assert!(data_dir.is_dir());
    assert!(!server.log().contains("from the environment"), "{}", server.log());
    assert_eq!(sign_in(&base, "from the environment"), 201);
    drop(server);
    let check = program::command().arg("check-db").env("CASEMATE_DATA_DIR", &data_dir).output().unwrap();
    assert_eq!(check.status.code(), Some(0));
}

/// Runs `serve` with settings that it has to refuse.
fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = program::command();
    command.arg("serve").args(arguments).current_dir(home.path());
    command.envs(environment.iter().copied());
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{arguments:?} {environment:?} was taken");
    output
}

#[track_caller]
fn assert_said(output: &Output, code: i32, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} is not named: {said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn an_unknown_flag_or_key_aborts_the_start_by_name() {
    assert_said(&refused(&["--lisen", "127.0.0.1:1"], &[]), 2, &["--lisen"]);
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("c.toml");
    let path = config.to_str().unwrap();
    for (text, words) in [
        ("listne = \"127.0.0.1:1\"", ["listne", "c.toml"]),
        ("[limits]\nfile_byte = 1", ["file_byte", "c.toml"]),
        ("[limit]\nfile_bytes = 1", ["limit", "c.toml"]),
        ("listen = 7", ["listen", "c.toml"]),
        ("[limits]\nfile_bytes = -1", ["file_bytes", "c.toml"]),
        ("listen = ", ["line 1", "c.toml"]),
    ] {
        std::fs::write(&config, text).unwrap();
        assert_said(&refused(&["--config", path], &[]), 1, &words);
    }
    assert_said(&refused(&["--config", "none.toml"], &[]), 1, &["none.toml"]);
    assert_said(&refused(&["--listen", "nonsense"], &[]), 1, &["listen", "nonsense"]);
    assert_said(&refused(&[], &[("CASEMATE_LISTEN", "localhost")]), 1, &["listen", "localhost"]);
    assert_said(&refused(&["--external-url", "ftp://x"], &[]), 1, &["external_url"]);
    assert_said(&refused(&["--trusted-proxies", "10.0.0.0/99"], &[]), 1, &["trusted_proxies"]);
}

#[test]
fn an_address_in_use_and_a_place_that_is_no_directory_are_named() {
    let server = TestServer::start();
    let taken = server.address().to_string();
    assert_said(&refused(&["--listen", &taken], &[]), 1, &["listen", &taken]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    assert_said(&refused(&["--listen", "127.0.0.1:0", "--data-dir", path], &[]), 1, &[path]);
}

#[test]
fn a_token_of_the_environment_has_to_have_the_agreed_form() {
    let long = "x".repeat(256);
    for token in ["short", "a token with blanks 12345", "\u{e4}bcdefghijklmnopqrstuvwxyz", &long] {
        let output = refused(&["--listen", "127.0.0.1:0"], &[("CASEMATE_ROOT_TOKEN", token)]);
        assert_said(&output, 1, &["CASEMATE_ROOT_TOKEN"]);
        assert!(!String::from_utf8_lossy(&output.stderr).contains(token), "the token is printed");
    }
}

#[test]
fn password_and_token_of_the_environment_count_at_the_first_start_only() {
    let mut server = TestServer::start();
    server.stop();
    let other = casemate_tests::Settings::default()
        .env("CASEMATE_ROOT_PASSWORD", "another password")
        .env("CASEMATE_ROOT_TOKEN", "another-token-0123456789");
    server.configure(other);
    server.start_again();
    server.client().get("/api/v4/user").expect(200);
    server.anonymous().with_token("another-token-0123456789").get("/api/v4/user").expect(401);
    assert_eq!(sign_in(&server.base(), "another password"), 401);
    assert_eq!(sign_in(&server.base(), casemate_tests::server::ROOT_PASSWORD), 201);
}

#[test]
fn the_data_directory_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let server = TestServer::start();
    let mode = std::fs::metadata(server.data_dir()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}
