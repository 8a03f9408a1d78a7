//! Tests of matching.rs.
