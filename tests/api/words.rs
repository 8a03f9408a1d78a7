//! Small questions about values of answers.

use serde_json::Value;

/// Whether a value is a time as the interface writes them: UTC with milliseconds and a Z.
pub fn is_time(value: &Value) -> bool {
    let form = b"dddd-dd-ddTdd:dd:dd.dddZ";
    value.as_str().is_some_and(|text| {
        let fits = |(byte, wanted): (&u8, &u8)| if *wanted == b'd' { byte.is_ascii_digit() } else { byte == wanted };
        text.len() == form.len() && text.as_bytes().iter().zip(form).all(fits)
    })
}

/// The texts of a field over many rows, in their order.
pub fn column(rows: &[Value], field: &str) -> Vec<String> {
    let text = |row: &Value| row[field].as_str().unwrap_or_else(|| panic!("no text {field} in {row}")).to_owned();
    rows.iter().map(text).collect()
}

/// The same, sorted.
pub fn sorted(rows: &[Value], field: &str) -> Vec<String> {
    let mut texts = column(rows, field);
    texts.sort();
    texts
}

/// All keys named `id` or ending in `_id` that hold something else than a number or null, as paths.
pub fn ids_that_are_no_numbers(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, "", &mut |path, key, value| {
        let is_id = key == "id" || key == "iid" || key.ends_with("_id");
        // Ids that tools and standards give are texts.
        let is_foreign = key == "external_id" || key == "short_id" || path.ends_with("/commit/id");
        if is_id && !is_foreign && !value.is_u64() && !value.is_null() {
            found.push(format!("{path} = {value}"));
        }
    });
    found
}

/// All keys that end in `_at` and hold neither null nor a time.
pub fn times_that_are_none(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(value, "", &mut |path, key, value| {
        if key.ends_with("_at") && !value.is_null() && !is_time(value) {
            found.push(format!("{path} = {value}"));
        }
    });
    found
}

fn walk(value: &Value, path: &str, look: &mut impl FnMut(&str, &str, &Value)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}/{key}");
                look(&path, key, value);
                // What a report says is not ours.
                if !["raw_metadata", "location", "details", "evidence", "cvss"].contains(&key.as_str()) {
                    walk(value, &path, look);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, path, look)),
        _ => {}
    }
}
