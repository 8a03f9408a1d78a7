//! Labels of a project, or of a group and all that is in it. Must not know: storage, HTTP, what carries a label.

use super::member::Source;
use crate::clock::Millis;

/// Sum of red, green and blue above which a colour is light.
const LIGHT_FROM: u16 = 501;
/// Text on a light label.
const DARK_TEXT: &str = "#1F1E24";
/// Text on a dark label.
const LIGHT_TEXT: &str = "#FFFFFF";

/// A label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Id, unique in the instance.
    pub id: u64,
    /// The project or group that it belongs to.
    pub source: Source,
    /// Name, unique there without regard to case.
    pub name: String,
    /// Colour, `#` and six hex digits.
    pub color: String,
    /// Text.
    pub description: String,
    /// Place among the labels that have one; lower comes first. Those of groups have none.
    pub priority: Option<u32>,
    /// When made.
    pub created_at: Millis,
    /// When last changed.
    pub updated_at: Millis,
}

/// Reads a colour, `#rgb` or `#rrggbb`; answers the long form as written.
pub fn parse_color(text: &str) -> Option<String> {
    let digits = text.trim().strip_prefix('#')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    match digits.len() {
        6 => Some(format!("#{digits}")),
        3 => Some(digits.chars().fold("#".to_owned(), |color, digit| color + &format!("{digit}{digit}"))),
        _ => None,
    }
}

/// The colour in which text can be read on that one.
pub fn text_color(color: &str) -> &'static str {
    let part = |at: usize| color.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).map_or(0, u16::from);
    if part(1) + part(3) + part(5) >= LIGHT_FROM { DARK_TEXT } else { LIGHT_TEXT }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_hex() {
        assert_eq!(parse_color("#ff0000").as_deref(), Some("#ff0000"));
        assert_eq!(parse_color(" #FaB ").as_deref(), Some("#FFaaBB"));
        for wrong in ["", "#", "ff0000", "#ff00", "#ff00000", "#gg0000", "red", "#ff000é", "#１２３"] {
            assert_eq!(parse_color(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn text_stands_out() {
        assert_eq!((text_color("#000000"), text_color("#ff0000")), (LIGHT_TEXT, LIGHT_TEXT));
        assert_eq!((text_color("#ffffff"), text_color("#FFECDB")), (DARK_TEXT, DARK_TEXT));
        assert_eq!(text_color("#"), LIGHT_TEXT);
    }
}
