//! Tests of the reading of multipart bodies, as CI clients send them and as nobody should.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use crate::ingest::spool::UploadLimits;
use actix_web::ResponseError as _;
use actix_web::test::TestRequest;
use futures_util::Stream;
use proptest::prelude::*;
use std::pin::Pin;

const LIMITS: UploadLimits =
    UploadLimits { file_bytes: 3 << 20, ratio: 100, ratio_free_bytes: 64 << 10, request_bytes: 4 << 20, json_depth: 64 };

struct Place {
    dir: tempfile::TempDir,
    spool: Spool,
}

impl Place {
    fn new() -> Place {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path(), LIMITS).unwrap();
        Place { dir, spool }
    }

    fn n_files(&self) -> usize {
        std::fs::read_dir(self.dir.path()).unwrap().count()
    }

    async fn read(&self, request: TestRequest) -> Result<Upload, ApiError> {
        let (request, payload) = request.to_http_parts();
        let wanted = |name: &str| matches!(name, "sast" | "dast" | "file");
        read_upload(&request, payload, &Files::unknown(&self.spool), wanted).await
    }

    async fn refused(&self, request: TestRequest) -> (u16, String) {
        let error = self.read(request).await.unwrap_err();
        assert_eq!(self.n_files(), 0, "files were left behind");
        (error.status_code().as_u16(), error.to_string())
    }
}

fn part(head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n");
    [head.as_bytes(), body, b"\r\n"].concat()
}

fn closed(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), b"--XX--\r\n".to_vec()].concat()
}

fn post(body: Vec<u8>) -> TestRequest {
    TestRequest::post().insert_header(("content-type", "multipart/form-data; boundary=XX")).set_payload(body)
}

fn content(part: &UploadedPart) -> Vec<u8> {
    std::fs::read(part.file.path()).unwrap()
}

#[actix_web::test]
async fn fields_and_several_files_of_one_type() {
    let place = Place::new();
    let body = closed(&[
        part("name=\"ref\"", b"main"),
        part("name=\"sast[]\"; filename=\"ci/gl-sast.json\"", b"{}"),
        part("name=\"sast[]\"; filename=\"b.json\"", b"\x1f\x8bzz"),
        part("name=\"dast\"", b"[from stdin]"),
        part("name=\"labels[]\"", b"x"),
    ]);
    let upload = place.read(post(body)).await.unwrap();
    let fields = [("ref", "main"), ("labels[]", "x")].map(|(k, v)| (k.into(), v.into()));
    assert_eq!(upload.fields, fields);
    let seen: Vec<_> = upload.files.iter().map(|f| (f.field.as_str(), f.filename.as_str())).collect();
    assert_eq!(seen, [("sast", "gl-sast.json"), ("sast", "b.json"), ("dast", "dast")]);
    assert_eq!(content(&upload.files[0]), b"{}");
    assert!(upload.files[1].file.gzip && !upload.files[0].file.gzip);
    drop(upload);
    assert_eq!(place.n_files(), 0);
}

#[actix_web::test]
async fn an_empty_avatar_is_no_news_and_an_unknown_file_is() {
    let place = Place::new();
    for head in ["name=\"avatar\"", "name=\"avatar\"; filename=\"\"", "name=\"avatar\"; filename=\"a\""] {
        let upload = place.read(post(closed(&[part(head, b"")]))).await.unwrap();
        assert!(upload.fields.is_empty() && upload.files.is_empty() && upload.ignored.is_empty());
    }
    let body = closed(&[
        part("name=\"avatar\"; filename=\"me.png\"", b"png"),
        part("name=\"notes\"; filename=\"n.txt\"", b"text"),
        part("name=\"sast\"; filename=\"empty.json\"", b""),
    ]);
    let upload = place.read(post(body)).await.unwrap();
    assert_eq!(upload.ignored, ["avatar", "notes"]);
    assert_eq!((upload.files.len(), upload.files[0].file.size), (1, 0));
}

#[actix_web::test]
async fn a_file_of_several_megabytes_arrives_whole() {
    let place = Place::new();
    let bytes: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    let body = closed(&[part("name=\"sast\"; filename=\"a\"", &bytes)]);
    let upload = place.read(post(body)).await.unwrap();
    assert_eq!(upload.files[0].file.size, 2_800_000);
    assert_eq!(content(&upload.files[0]), bytes);
}

#[actix_web::test]
async fn each_limit_is_413_and_named() {
    let place = Place::new();
    let file = |n: usize| part("name=\"sast\"; filename=\"a\"", &vec![b'x'; n]);
    let text = part("name=\"ref\"", &vec![b'x'; FIELD_BYTES as usize + 1]);
    let many = vec![part("name=\"a\"", b"1"); PARTS_MAX as usize + 1];
    for (body, want) in [
        (closed(&[file((3 << 20) + 1)]), "file_bytes of 3145728"),
        (closed(&[file(2 << 20), file(2 << 20)]), "request_bytes of 4194304"),
        (closed(&[text]), "field_bytes of 65536"),
        (closed(&many), "parts of 200"),
    ] {
        let (status, text) = place.refused(post(body)).await;
        assert_eq!(status, 413, "{text}");
        assert!(text.contains(want), "{text}");
    }
    let declared = post(closed(&[])).insert_header(("content-length", "4194305"));
    assert_eq!(place.refused(declared).await.0, 413);
}

#[actix_web::test]
async fn a_packed_request_is_unpacked_and_a_bomb_is_not() {
    use std::io::Write as _;
    let place = Place::new();
    let packed = |body: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(body).unwrap();
        post(out.finish().unwrap()).insert_header(("content-encoding", "gzip"))
    };
    let small = closed(&[part("name=\"sast\"; filename=\"a\"", b"{}")]);
    let upload = place.read(packed(&small)).await.unwrap();
    assert_eq!(content(&upload.files[0]), b"{}");
    drop(upload);
    let bomb = closed(&[part("name=\"sast\"; filename=\"a\"", &vec![b' '; 2 << 20])]);
    let (status, text) = place.refused(packed(&bomb)).await;
    assert_eq!((status, text.contains("ratio of 100")), (413, true), "{text}");
}

#[actix_web::test]
async fn what_is_no_multipart_is_400_with_the_reason() {
    let place = Place::new();
    let whole = closed(&[part("name=\"sast\"; filename=\"a\"", b"0123456789")]);
    let nameless = b"--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n".to_vec();
    for (body, want) in [
        (whole[..whole.len() - 20].to_vec(), "cut off"),
        (b"nothing like it".to_vec(), "not valid"),
        (Vec::new(), "not valid"),
        (nameless, "name"),
        (closed(&[part("name=\"ref\"", b"\xff\xfe")]), "ref is not valid UTF-8"),
    ] {
        let (status, text) = place.refused(post(body)).await;
        assert_eq!(status, 400, "{text}");
        assert!(text.contains(want), "{text}");
    }
    let json = TestRequest::post().insert_header(("content-type", "application/json"));
    assert_eq!(place.refused(json.set_payload("{}")).await.0, 415);
    let unbound = TestRequest::post().insert_header(("content-type", "multipart/form-data"));
    assert_eq!(place.refused(unbound.set_payload("--XX")).await.0, 400);
    assert_eq!(place.refused(TestRequest::post()).await.0, 415);
}

#[actix_web::test]
async fn a_connection_that_breaks_leaves_no_files() {
    let place = Place::new();
    let begun = part("name=\"sast\"; filename=\"a\"", &vec![b'x'; 2 << 20]);
    let chunks = vec![Ok(Bytes::from(begun)), Err(PayloadError::Incomplete(None))];
    let stream: Pin<Box<dyn Stream<Item = _>>> = Box::pin(futures_util::stream::iter(chunks));
    let payload = Payload::from(stream);
    let request = post(Vec::new()).to_http_request();
    let result = read_upload(&request, payload, &Files::unknown(&place.spool), |_| true).await;
    assert_eq!(result.unwrap_err().status_code().as_u16(), 400);
    assert_eq!(place.n_files(), 0);
}

#[test]
fn names_are_made_fit_for_showing() {
    for (name, want) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\reports\\a.json", "a.json"),
        ("a\u{1b}[31mb\r\n.json", "a[31mb.json"),
        ("\u{202e}nosj.a", "nosj.a"),
        ("dir/", "sast"),
        ("..", "sast"),
        ("", "sast"),
    ] {
        assert_eq!(shown_name(name, "sast"), want);
    }
    assert_eq!(shown_name(&"é".repeat(400), "x").chars().count(), FILENAME_CHARS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_answered_and_leave_nothing(
        bytes in proptest::collection::vec(prop_oneof![
            Just(b"--XX".to_vec()), Just(b"\r\n".to_vec()), Just(b"--".to_vec()),
            Just(b"Content-Disposition: form-data; name=\"sast\"; filename=\"a\"\r\n\r\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..20),
        ], 0..20),
    ) {
        let place = Place::new();
        actix_web::rt::System::new().block_on(async {
            drop(place.read(post(bytes.concat())).await);
        });
        prop_assert_eq!(place.n_files(), 0);
    }
}
