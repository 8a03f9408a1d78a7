//! Tests of examine.rs.
