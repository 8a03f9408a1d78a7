//! Numbers that the server and the page share.

/// Rows of a page when the client does not say (API design, section 1.6).
pub const PER_PAGE_DEFAULT: usize = 20;
/// Most rows of a page; a larger wish is clamped, not refused.
pub const PER_PAGE_MAX: usize = 100;
/// Identifiers kept of one finding (ingestion design, section 1.6).
pub const IDENTIFIERS_PER_FINDING: usize = 20;
/// Characters of a vulnerability's title.
pub const TITLE_CHARS: usize = 255;
/// Characters of the comment on a change of state (ingestion design, section 6).
pub const COMMENT_CHARS: usize = 50_000;
/// Longest wait that `?wait=` grants, in seconds.
pub const WAIT_MAX_SECONDS: u64 = 60;
/// Shortest and longest text of an access token that the environment may set.
pub const TOKEN_CHARS: std::ops::RangeInclusive<usize> = 20..=255;
