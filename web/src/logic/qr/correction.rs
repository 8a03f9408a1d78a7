//! Error correction: Reed-Solomon over the field of 256 elements with x⁸ + x⁴ + x³ + x² + 1. Must not know where
//! the bytes are drawn.

/// Blocks of `data` bytes with `more` bytes of correction each, the first bytes of all blocks first.
pub fn interleaved(words: &[u8], data: usize, more: usize) -> Vec<u8> {
    let blocks: Vec<&[u8]> = words.chunks(data).collect();
    let fixes: Vec<Vec<u8>> = blocks.iter().map(|block| correction(block, more)).collect();
    let first = (0..data).flat_map(|at| blocks.iter().filter_map(move |block| block.get(at).copied()));
    let then = (0..more).flat_map(|at| fixes.iter().filter_map(move |block| block.get(at).copied()));
    first.chain(then).collect()
}

/// The rest of dividing by the generator of that degree.
fn correction(block: &[u8], degree: usize) -> Vec<u8> {
    let generator = generator(degree);
    let mut rest = vec![0_u8; degree];
    for byte in block {
        let factor = byte ^ rest.first().copied().unwrap_or(0);
        rest.rotate_left(1);
        if let Some(last) = rest.last_mut() {
            *last = 0;
        }
        for (cell, coefficient) in rest.iter_mut().zip(&generator) {
            *cell ^= product(*coefficient, factor);
        }
    }
    rest
}

/// (x - 1)(x - 2)(x - 4)…, without its leading one.
fn generator(degree: usize) -> Vec<u8> {
    let mut all = vec![1_u8];
    let mut root = 1;
    for _ in 0..degree {
        let times_root: Vec<u8> = all.iter().map(|one| product(*one, root)).collect();
        all.push(0);
        for (cell, more) in all.iter_mut().skip(1).zip(times_root) {
            *cell ^= more;
        }
        root = product(root, 2);
    }
    all.split_off(1)
}

fn product(left: u8, right: u8) -> u8 {
    (0..8).rev().fold(0_u8, |sum, at| {
        let carry = if sum & 0x80 == 0 { 0 } else { 0x1d };
        let doubled = (sum << 1) ^ carry;
        if right >> at & 1 == 1 { doubled ^ left } else { doubled }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generators_are_those_of_the_standard() {
        // Annex A: x⁷ + a⁸⁷x⁶ + a²²⁹x⁵ + a¹⁴⁶x⁴ + a¹⁴⁹x³ + a²³⁸x² + a¹⁰²x + a²¹
        let power = |exponent: usize| (0..exponent).fold(1, |value, _| product(value, 2));
        assert_eq!(generator(7), [87, 229, 146, 149, 238, 102, 21].map(power));
    }

    #[test]
    fn a_block_with_its_correction_has_every_root() {
        let mut word = b"Casemate".to_vec();
        word.extend(correction(b"Casemate", 10));
        let mut root = 1;
        for _ in 0..10 {
            assert_eq!(word.iter().fold(0, |sum, byte| product(sum, root) ^ byte), 0);
            root = product(root, 2);
        }
    }

    #[test]
    fn blocks_take_turns() {
        let words = interleaved(&[1, 2, 3, 4], 2, 1);
        assert_eq!((words.len(), &words[..4]), (6, &[1, 3, 2, 4][..]));
    }
}
