//! The grade of a project: its worst open class (UX, section 4.5). Must not know where the counts come from.

use casemate_shared::api::vulnerability::SeverityCounts;

/// `F` with a critical, `D` with a high or unknown, `C` with a medium, `B` with a low, else `A`.
pub const fn grade(counts: &SeverityCounts) -> char {
    if counts.critical > 0 {
        'F'
    } else if counts.high > 0 || counts.unknown > 0 {
        'D'
    } else if counts.medium > 0 {
        'C'
    } else if counts.low > 0 {
        'B'
    } else {
        'A'
    }
}

/// What a grade means, for a tooltip and for readers.
pub const fn meaning(grade: char) -> &'static str {
    match grade {
        'F' => "at least one critical vulnerability is open",
        'D' => "at least one high or unknown vulnerability is open",
        'C' => "at least one medium vulnerability is open",
        'B' => "at least one low vulnerability is open",
        _ => "nothing worse than info is open",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_open_class_decides() {
        let mut counts = SeverityCounts { info: 9, ..SeverityCounts::default() };
        assert_eq!(grade(&counts), 'A');
        counts.low = 1;
        assert_eq!(grade(&counts), 'B');
        counts.medium = 1;
        assert_eq!(grade(&counts), 'C');
        counts.unknown = 1;
        assert_eq!(grade(&counts), 'D');
        counts.critical = 1;
        assert_eq!(grade(&counts), 'F');
        assert!(meaning('F').contains("critical"));
    }
}
