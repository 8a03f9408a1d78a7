//! Stored users, tokens, sessions and second factors. Must not know: tables and keys.

use super::row;
use crate::domain::account::{AccessToken, SecondFactor, Session, TokenKind, User, UserKind, UserState};

row! { UserRow, 2, User {
    id: u64, username: String, name: String, email: String, password_hash: Option<String>, is_admin: bool, created_at: i64,
    state: UserState, kind: UserKind, external: bool, two_factor: bool, last_sign_in_at: Option<i64>, last_activity_at: Option<i64>,
} }
row! { AccessTokenRow, 2, AccessToken {
    id: u64, user_id: u64, name: String, description: String, scopes: Vec<String>, created_at: i64, expires_on: Option<String>,
    ends_at: Option<i64>, revoked: bool, rotated: bool, kind: TokenKind, place_id: Option<u64>, access_level: u8, family: u64,
    last_used_at: Option<i64>,
} }
row! { SessionRow, 2, Session {
    id: u64, user_id: u64, csrf: String, created_at: i64, expires_at: i64, last_seen_at: i64, address: String, agent: String,
} }
row! { SecondFactorRow, 1, SecondFactor {
    user_id: u64, secret: [u8; 20], is_confirmed: bool, last_step: u64, recovery: Vec<[u8; 32]>,
} }
