//! Numbers as a person reads them. Must not know what they count.

/// `1284` as `1,284`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun, `1 finding`, `2 findings`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// Words with those that repeat counted: `2 SAST, DAST`, in the order of their first place.
pub fn repeated<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut counted: Vec<(&str, u64)> = Vec::new();
    for word in words {
        match counted.iter_mut().find(|(known, _)| *known == word) {
            Some((_, number)) => *number += 1,
            None => counted.push((word, 1)),
        }
    }
    let one = |(word, number): (&str, u64)| if number == 1 { word.to_owned() } else { format!("{} {word}", thousands(number)) };
    counted.into_iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Bytes in the unit that gives at most four digits: `812 B`, `1.5 KB`, `20 MB`.
pub fn bytes(number: u64) -> String {
    let units = ["KB", "MB", "GB", "TB"];
    if number < 1024 {
        return format!("{number} B");
    }
    let mut tenths = number.saturating_mul(10) / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < units.len() {
        tenths /= 1024;
        unit += 1;
    }
    let name = units.get(unit).copied().unwrap_or("TB");
    if tenths < 100 { format!("{}.{} {name}", tenths / 10, tenths % 10) } else { format!("{} {name}", tenths / 10) }
}

/// How many pages `total` rows make; at least one.
pub fn pages(total: u64, per_page: u32) -> u32 {
    let pages = total.div_ceil(u64::from(per_page.max(1))).max(1);
    u32::try_from(pages).unwrap_or(u32::MAX)
}

/// First and last row of a page, counted from 1: `(21, 40)`. `(0, 0)` when there are none.
pub fn span(page: u32, per_page: u32, total: u64) -> (u64, u64) {
    if total == 0 {
        return (0, 0);
    }
    let first = u64::from(page.max(1) - 1) * u64::from(per_page) + 1;
    (first.min(total), (first - 1 + u64::from(per_page)).min(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_counted() {
        assert_eq!(repeated(["SAST", "DAST", "SAST"].into_iter()), "2 SAST, DAST");
        assert_eq!(repeated(std::iter::empty()), "");
    }

    #[test]
    fn groups_of_three() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1284), "1,284");
        assert_eq!(thousands(1_000_000), "1,000,000");
        assert_eq!(count(1, "finding", "findings"), "1 finding");
        assert_eq!(count(1284, "finding", "findings"), "1,284 findings");
    }

    #[test]
    fn sizes_keep_few_digits() {
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(1536), "1.5 KB");
        assert_eq!(bytes(20 * 1024 * 1024), "20 MB");
        assert_eq!(bytes(3 << 30), "3.0 GB");
    }

    #[test]
    fn pages_and_spans() {
        assert_eq!(pages(0, 20), 1);
        assert_eq!(pages(20, 20), 1);
        assert_eq!(pages(21, 20), 2);
        assert_eq!(span(1, 20, 152), (1, 20));
        assert_eq!(span(8, 20, 152), (141, 152));
        assert_eq!(span(1, 20, 0), (0, 0));
    }
}
