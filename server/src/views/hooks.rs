//! Webhooks on the wire: everything but their secrets. Must not know: who may see them.

use crate::clock::iso;
use crate::domain::hook::{Hook, HookEvent};
use casemate_shared::api::hook as wire;

/// A hook.
pub fn hook(hook: &Hook) -> wire::Hook {
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    wire::Hook {
        id: hook.id,
        project_id: hook.project_id,
        url: hook.url.clone(),
        name: some(&hook.name),
        description: some(&hook.description),
        enable_ssl_verification: hook.verifies_tls,
        branch_filter_strategy: hook.branch_filter.as_str().to_owned(),
        push_events_branch_filter: some(&hook.branches),
        custom_headers: hook.headers.iter().map(|(key, _)| wire::HookHeader { key: key.clone() }).collect(),
        alert_status: "executable".to_owned(),
        disabled_until: None,
        token_set: hook.token.is_some(),
        signing_token_set: hook.signing_token.is_some(),
        created_at: iso(hook.created_at),
        events: HookEvent::ALL.iter().map(|event| (event.as_str().to_owned(), hook.events.contains(event))).collect(),
    }
}
