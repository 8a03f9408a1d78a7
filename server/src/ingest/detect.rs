//! What kind of file is this, when nobody said? Must not know: schemas, storage.

use super::foreign::members;
use casemate_shared::{FileType, ReportType};
use serde_json::Value;

/// CycloneDX by `bomFormat`, SARIF by `runs` or its `$schema`, a report by the type that it names in
/// `scan.type`; none when it is none of these.
pub fn file_type(bytes: &[u8]) -> Option<FileType> {
    let top = members::read(bytes).ok()?;
    let text = |name: &str| top.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    if text("bomFormat").as_deref() == Some("CycloneDX") {
        return Some(FileType::CycloneDx);
    }
    if top.get("runs").is_some() || text("$schema").is_some_and(|schema| schema.to_ascii_lowercase().contains("sarif")) {
        return Some(FileType::Sarif);
    }
    let scan: Value = serde_json::from_str(top.get("scan")?.get()).ok()?;
    scan.get("type").and_then(Value::as_str).and_then(ReportType::parse).map(FileType::Report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_told_by_its_own_members() {
        let kind = |text: &str| file_type(text.as_bytes());
        assert_eq!(kind(r#"{"bomFormat":"CycloneDX","specVersion":"1.5"}"#), Some(FileType::CycloneDx));
        assert_eq!(kind(r#"{"version":"2.1.0","runs":[]}"#), Some(FileType::Sarif));
        assert_eq!(kind(r#"{"$schema":"https://example.com/sarif-2.1.0.json"}"#), Some(FileType::Sarif));
        assert_eq!(kind(r#"{"vulnerabilities":[],"scan":{"type":"dast"}}"#), Some(FileType::Report(ReportType::Dast)));
        for nothing in ["", "[]", "{", "{}", r#"{"bomFormat":"SPDX"}"#, r#"{"scan":{"type":"x"}}"#, r#"{"scan":3}"#] {
            assert_eq!(kind(nothing), None, "{nothing}");
        }
    }
}
