//! Stored users, tokens and sessions. Must not know: tables and keys.

use super::row;
use crate::domain::account::{AccessToken, Session, User};

row! { UserRow, 1, User { id: u64, username: String, name: String, email: String, password_hash: Option<String>, is_admin: bool, created_at: i64 } }
row! { AccessTokenRow, 1, AccessToken { id: u64, user_id: u64, name: String, scopes: Vec<String>, created_at: i64, expires_on: Option<String>, revoked: bool } }
row! { SessionRow, 1, Session { user_id: u64, csrf: String, created_at: i64, expires_at: i64 } }
