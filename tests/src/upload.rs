//! Building a multipart upload of reports (API design, section 2.5 A).
//!
//! Must not know: where it is sent.

use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// Separates the parts. No fixture holds it.
const BOUNDARY: &str = "casemate-tests-4b1f0c2e7d";

/// An upload that is being put together. Parts keep their order.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    body: Vec<u8>,
}

impl Upload {
    /// An upload for a branch and a commit.
    pub fn new(ref_name: &str, sha: &str) -> Upload {
        Upload::default().field("ref", ref_name).field("sha", sha)
    }

    /// Adds a form field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Upload {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        self.body.extend_from_slice(head.as_bytes());
        self
    }

    /// Adds a file; `field` is the report type, or `file`.
    #[must_use]
    pub fn file(mut self, field: &str, file_name: &str, bytes: &[u8]) -> Upload {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; \
             filename=\"{file_name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        self.body.extend_from_slice(head.as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// Adds a report of the fixtures under its own file name.
    #[must_use]
    #[track_caller]
    pub fn fixture(self, report_type: &str, name: &str) -> Upload {
        let file_name = name.rsplit('/').next().unwrap_or(name);
        self.file(report_type, file_name, &crate::fixture::bytes(name))
    }

    /// Adds a file packed with gzip.
    #[must_use]
    pub fn gzip_file(self, field: &str, file_name: &str, bytes: &[u8]) -> Upload {
        self.file(field, file_name, &gzip(bytes))
    }

    /// The value of `Content-Type`.
    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    /// The whole body.
    pub fn into_body(mut self) -> Vec<u8> {
        self.body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.body
    }
}

/// Packs bytes with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}

#[cfg(test)]
mod tests {
    use super::Upload;

    #[test]
    fn parts_keep_their_order_and_the_body_is_closed() {
        let body = Upload::new("main", "ab").file("sast", "r.json", b"{}").into_body();
        let text = String::from_utf8(body).unwrap();
        let place = |what: &str| text.find(what).unwrap();
        assert!(place("name=\"ref\"") < place("name=\"sha\""));
        assert!(place("name=\"sha\"") < place("filename=\"r.json\""));
        assert!(text.ends_with("--\r\n"));
    }
}
