//! The pages: each fetches what it shows and puts components together. None knows another page.

pub mod access_tokens;
pub mod admin;
pub mod audit;
pub mod dependencies;
pub mod groups;
pub mod imports;
pub mod members;
pub mod missing;
pub mod own;
pub mod pipelines;
pub mod project;
pub mod projects;
pub mod report;
pub mod settings;
pub mod sign_in;
pub mod upload;
pub mod vulnerability;
