//! Where the modules of a QR code stand: patterns to find it by, its format, its bytes, and the mask that breaks
//! up large areas. Must not know what the bytes say.

/// Middles of the small squares, per version.
const SQUARES: [&[usize]; 9] = [&[], &[6, 18], &[6, 22], &[6, 26], &[6, 30], &[6, 34], &[6, 22, 38], &[6, 24, 42], &[6, 26, 46]];

/// Modules as they are drawn: dark or light, and whether they belong to a pattern that stays.
struct Grid {
    dark: Vec<Vec<bool>>,
    fixed: Vec<Vec<bool>>,
}

/// Draws the bytes as a code of that version, with the mask that leaves the fewest long runs.
pub fn draw(version: usize, words: &[u8]) -> Vec<Vec<bool>> {
    let size = 17 + 4 * version;
    let mut grid = Grid { dark: vec![vec![false; size]; size], fixed: vec![vec![false; size]; size] };
    grid.patterns(version);
    grid.bytes(words);
    let masked = (0..8).map(|mask| grid.masked(mask));
    masked.min_by_key(|rows| runs(rows)).unwrap_or_default()
}

impl Grid {
    fn size(&self) -> usize {
        self.dark.len()
    }

    fn fix(&mut self, x: usize, y: usize, dark: bool) {
        set(&mut self.dark, x, y, dark);
        set(&mut self.fixed, x, y, true);
    }

    fn patterns(&mut self, version: usize) {
        let last = self.size() - 1;
        for at in 0..=last {
            self.fix(6, at, at % 2 == 0);
            self.fix(at, 6, at % 2 == 0);
        }
        for (x, y) in [(3, 3), (last - 3, 3), (3, last - 3)] {
            self.ring(x, y, 4, |far| far != 2 && far != 4);
        }
        let middles = SQUARES.get(version - 1).copied().unwrap_or_default();
        for (x, y) in middles.iter().flat_map(|x| middles.iter().map(move |y| (*x, *y))) {
            let in_corner = (x == 6 && (y == 6 || y == last - 6)) || (x == last - 6 && y == 6);
            if !in_corner {
                self.ring(x, y, 2, |far| far != 1);
            }
        }
        self.format(0);
        if version >= 7 {
            self.version(version);
        }
    }

    /// A square around a middle; what lies outside of the code is left out.
    fn ring(&mut self, x: usize, y: usize, reach: usize, is_dark: impl Fn(usize) -> bool) {
        for (dx, dy) in (0..=2 * reach).flat_map(|dx| (0..=2 * reach).map(move |dy| (dx, dy))) {
            let far = dx.abs_diff(reach).max(dy.abs_diff(reach));
            let (at_x, at_y) = ((x + dx).checked_sub(reach), (y + dy).checked_sub(reach));
            if let (Some(at_x), Some(at_y)) = (at_x, at_y)
                && at_x < self.size()
                && at_y < self.size()
            {
                self.fix(at_x, at_y, is_dark(far));
            }
        }
    }

    /// Level L and the mask, twice, with a correction of their own.
    fn format(&mut self, mask: usize) {
        let data = 0b01 << 3 | mask;
        let bits = (data << 10 | remainder(data, 10, 0x537)) ^ 0x5412;
        let last = self.size() - 1;
        let left = [0, 1, 2, 3, 4, 5, 7, 8];
        for at in 0..15 {
            let dark = bits >> at & 1 == 1;
            // Down the column and along the row beside the first finder.
            match at {
                0..8 => self.fix(8, left.get(at).copied().unwrap_or(0), dark),
                8 => self.fix(7, 8, dark),
                _ => self.fix(14 - at, 8, dark),
            }
            match at {
                0..8 => self.fix(last - at, 8, dark),
                _ => self.fix(8, last - 14 + at, dark),
            }
        }
        self.fix(8, last - 7, true);
    }

    fn version(&mut self, version: usize) {
        let bits = version << 12 | remainder(version, 12, 0x1f25);
        let far = self.size() - 11;
        for at in 0..18 {
            let dark = bits >> at & 1 == 1;
            self.fix(far + at % 3, at / 3, dark);
            self.fix(at / 3, far + at % 3, dark);
        }
    }

    /// Two columns at a time from the right, up and down in turn; the column of the timing pattern is left out.
    fn bytes(&mut self, words: &[u8]) {
        let size = self.size();
        let mut bits = words.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1 == 1));
        let rights = (1..size).rev().step_by(2).map(|right| if right <= 6 { right - 1 } else { right });
        for (turn, right) in rights.enumerate() {
            for step in 0..size {
                let y = if turn % 2 == 0 { size - 1 - step } else { step };
                for x in [right, right - 1] {
                    if !get(&self.fixed, x, y) {
                        set(&mut self.dark, x, y, bits.next().unwrap_or(false));
                    }
                }
            }
        }
    }

    fn masked(&self, mask: usize) -> Vec<Vec<bool>> {
        let mut grid = Grid { dark: self.dark.clone(), fixed: self.fixed.clone() };
        for (y, row) in grid.dark.iter_mut().enumerate() {
            for (x, dark) in row.iter_mut().enumerate() {
                *dark ^= !get(&self.fixed, x, y) && turns(mask, x, y);
            }
        }
        grid.format(mask);
        grid.dark
    }
}

fn turns(mask: usize, x: usize, y: usize) -> bool {
    match mask {
        0 => (x + y).is_multiple_of(2),
        1 => y.is_multiple_of(2),
        2 => x.is_multiple_of(3),
        3 => (x + y).is_multiple_of(3),
        4 => (x / 3 + y / 2).is_multiple_of(2),
        5 => (x * y % 2 + x * y % 3) == 0,
        6 => (x * y % 2 + x * y % 3).is_multiple_of(2),
        _ => ((x + y) % 2 + x * y % 3).is_multiple_of(2),
    }
}

/// Rest of dividing by a generator, over single bits.
fn remainder(data: usize, degree: usize, generator: usize) -> usize {
    (0..degree).fold(data, |rest, _| (rest << 1) ^ if rest >> (degree - 1) & 1 == 1 { generator } else { 0 })
}

/// How many modules stand in runs of five and more of one colour, along rows and columns.
fn runs(rows: &[Vec<bool>]) -> usize {
    let size = rows.len();
    let columns = (0..size).map(|x| (0..size).map(|y| get(rows, x, y)).collect::<Vec<_>>());
    let long = |line: &[bool]| line.chunk_by(|a, b| a == b).map(<[bool]>::len).filter(|length| *length >= 5).sum::<usize>();
    rows.iter().map(|row| long(row)).sum::<usize>() + columns.map(|column| long(&column)).sum::<usize>()
}

fn get(rows: &[Vec<bool>], x: usize, y: usize) -> bool {
    rows.get(y).and_then(|row| row.get(x)).copied().unwrap_or(false)
}

fn set(rows: &mut [Vec<bool>], x: usize, y: usize, to: bool) {
    if let Some(cell) = rows.get_mut(y).and_then(|row| row.get_mut(x)) {
        *cell = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_versions_are_those_of_the_standard() {
        let format = |mask: usize| ((0b01000 | mask) << 10 | remainder(0b01000 | mask, 10, 0x537)) ^ 0x5412;
        assert_eq!(format(0), 0b111_0111_1100_0100);
        assert_eq!(format(4), 0b110_0110_0010_1111);
        assert_eq!(7 << 12 | remainder(7, 12, 0x1f25), 0b00_0111_1100_1001_0100);
    }

    #[test]
    fn every_bit_of_the_largest_code_has_a_module() {
        let rows = draw(9, &[0xff; 292]);
        assert_eq!(rows.len(), 53);
        assert!(rows.iter().all(|row| row.len() == 53));
    }
}
