//! The pages: each fetches what it shows and puts components together. None knows another page.

pub mod dependencies;
pub mod imports;
pub mod missing;
pub mod pipelines;
pub mod project;
pub mod projects;
pub mod report;
pub mod sign_in;
pub mod upload;
pub mod vulnerability;
