//! QR codes of short texts (ISO/IEC 18004): byte mode, error correction L, versions 1 to 9, which is 230 bytes.
//! Must not know what the texts mean.

mod correction;
mod matrix;

/// Per version: bytes of data of a block, bytes of correction of a block, blocks.
const VERSIONS: [(usize, usize, usize); 9] =
    [(19, 7, 1), (34, 10, 1), (55, 15, 1), (80, 20, 1), (108, 26, 1), (68, 18, 2), (78, 20, 2), (97, 24, 2), (116, 30, 2)];

/// A QR code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    size: usize,
    rows: Vec<Vec<bool>>,
}

impl Code {
    /// The code of a text; none when it is longer than 230 bytes.
    pub fn of(text: &str) -> Option<Code> {
        let fits = |(data, _, blocks): &(usize, usize, usize)| text.len() + 2 <= data * blocks;
        let at = VERSIONS.iter().position(fits)?;
        let (data, more, blocks) = *VERSIONS.get(at)?;
        let words = correction::interleaved(&words(text, data * blocks), data, more);
        let rows = matrix::draw(at + 1, &words);
        Some(Code { size: rows.len(), rows })
    }

    /// Modules of a side, without the white around.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The dark modules as a path, one unit each, joined along the rows.
    pub fn path(&self) -> String {
        let mut out = String::new();
        for (y, row) in self.rows.iter().enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run.first() == Some(&true) {
                    out.push_str(&format!("M{x} {y}h{0}v1h-{0}z", run.len()));
                }
                x += run.len();
            }
        }
        out
    }
}

/// Mode, length, text, end and filling.
fn words(text: &str, room: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b0100, 4);
    bits.push(u32::try_from(text.len()).unwrap_or(0), 8);
    text.bytes().for_each(|byte| bits.push(u32::from(byte), 8));
    let end = (room * 8).saturating_sub(bits.length).min(4);
    bits.push(0, end);
    let mut words = bits.bytes;
    let filling = [0xec, 0x11].into_iter().cycle();
    let missing = room.saturating_sub(words.len());
    words.extend(filling.take(missing));
    words
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    length: usize,
}

impl Bits {
    fn push(&mut self, value: u32, count: usize) {
        for at in (0..count).rev() {
            if self.length.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = u8::try_from(value >> at & 1).unwrap_or(0);
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << (7 - self.length % 8);
            }
            self.length += 1;
        }
    }
}

/// A secret in groups of four, easier to type.
pub fn in_fours(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_smallest_version_that_fits_is_taken() {
        let side = |length: usize| Code::of(&"a".repeat(length)).map(|code| code.size());
        assert_eq!([17, 18, 78, 106, 134, 154, 230].map(side), [21, 25, 33, 37, 41, 45, 53].map(Some));
        assert_eq!((side(231), side(0)), (None, Some(21)));
    }

    #[test]
    fn words_are_framed_and_filled() {
        assert_eq!(words("AB", 8), [0x40, 0x24, 0x14, 0x20, 0xec, 0x11, 0xec, 0x11]);
        assert_eq!(in_fours("ABCDEFGHIJ"), "ABCD EFGH IJ");
    }

    #[test]
    fn finders_stand_in_three_corners() {
        let code = Code::of("otpauth://totp/x").unwrap();
        let finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"];
        let last = code.size() - 7;
        for (x, y) in [(0, 0), (last, 0), (0, last)] {
            for (dy, wanted) in finder.iter().enumerate() {
                let row: String = code.rows[y + dy][x..x + 7].iter().map(|dark| if *dark { '1' } else { '0' }).collect();
                assert_eq!(row, *wanted);
            }
        }
        assert!(code.path().starts_with("M0 0h7v1h-7z"));
    }
}
