//! What kind of report is this, when nobody said? Must not know: schemas, storage.

use super::document;
use casemate_shared::ReportType;
use serde_json::Value;

/// The type that the report names in `scan.type`; none when it is no report or names none.
pub fn report_type(bytes: &[u8]) -> Option<ReportType> {
    let document = document::split(bytes).ok()?;
    document.head.get("scan")?.get("type").and_then(Value::as_str).and_then(ReportType::parse)
}
