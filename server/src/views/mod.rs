//! The read side: stored rows to wire types. Must not know: HTTP, how rows are made, who may see them.

pub mod access;
pub mod audit;
pub mod branches;
pub mod bridges;
pub mod commits;
pub mod coverage;
pub mod dependencies;
pub mod entries;
pub mod findings;
pub mod history;
pub mod hooks;
pub mod imports;
pub mod jobs;
pub mod labels;
#[cfg(test)]
mod list_tests;
pub mod markdown;
pub mod pipelines;
pub mod projects;
pub mod reasons;
#[cfg(test)]
mod reasons_tests;
pub mod settings;
pub mod storage;
pub mod trace;
pub mod uploads;
pub mod vulnerabilities;
pub mod vulnerability_json;
pub mod vulnerability_list;

use crate::domain::scan::{Message, Tool};
use casemate_shared::api;

/// A tool on the wire; empty texts are absent.
fn tool(tool: &Tool) -> api::pipeline::Tool {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    api::pipeline::Tool {
        external_id: tool.external_id.clone(),
        name: tool.name.clone(),
        version: some(&tool.version),
        vendor: some(&tool.vendor),
    }
}

fn messages(messages: &[Message]) -> Vec<api::report::Message> {
    let wire = |message: &Message| api::report::Message {
        kind: message.kind.clone(),
        message: message.message.clone(),
        place: message.place.clone(),
    };
    messages.iter().map(wire).collect()
}
