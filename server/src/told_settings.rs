//! The settings as people read them: names and values, for the record of what the program ran with. Must not know:
//! who keeps the record. No secret is among them.

use super::Config;
use std::collections::BTreeMap;

impl Config {
    /// What matters for security, by the names of the file.
    pub fn told(&self) -> BTreeMap<&'static str, String> {
        let (auth, kept, limits, rates) = (&self.auth, &self.retention, &self.limits, &self.rate_limits);
        let networks =
            |networks: &[crate::http::origin::Network]| networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let url = self.reach.external_url.as_ref().map(|url| url.as_str().to_owned());
        BTreeMap::from([
            // On which port matters to nobody.
            ("listen", self.listen.ip().to_string()),
            ("external_url", url.unwrap_or_default()),
            ("trusted_proxies", networks(&self.reach.trusted_proxies)),
            ("pipeline_timeout_s", self.pipeline_timeout_s.to_string()),
            ("metrics_networks", networks(&self.metrics.networks)),
            ("metrics_token", if self.metrics.token.is_some() { "set" } else { "none" }.to_owned()),
            ("auth.sign_ins_per_minute", auth.sign_ins_per_minute.to_string()),
            ("auth.session_hours", auth.session_hours.to_string()),
            ("auth.session_idle_minutes", auth.session_idle_minutes.to_string()),
            ("auth.token_days", auth.token_days.to_string()),
            ("auth.admin_mode", auth.admin_mode.to_string()),
            ("rate_limits.authenticated_per_hour", rates.authenticated_per_hour.to_string()),
            ("rate_limits.anonymous_per_hour", rates.anonymous_per_hour.to_string()),
            ("rate_limits.ingest_per_minute", rates.ingest_per_minute.to_string()),
            ("retention.findings_days", kept.findings_days.to_string()),
            ("retention.artifacts_days", kept.artifacts_days.to_string()),
            ("retention.artifacts_bytes", kept.artifacts_bytes.to_string()),
            ("retention.interval_hours", kept.interval_hours.to_string()),
            ("limits.file_bytes", limits.file_bytes.to_string()),
            ("limits.ratio", limits.ratio.to_string()),
            ("limits.ratio_free_bytes", limits.ratio_free_bytes.to_string()),
            ("limits.request_bytes", limits.request_bytes.to_string()),
            ("limits.json_depth", limits.json_depth.to_string()),
        ])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::ServeArgs;
    use super::*;

    #[test]
    fn what_is_told_follows_the_settings_and_holds_no_secret() {
        let plain = Config::load(ServeArgs::default()).unwrap().told();
        let secret = "a-secret-that-opens-it";
        let args = ServeArgs {
            metrics_token: Some(secret.to_owned()),
            trusted_proxies: Some(vec!["10.0.0.0/8".to_owned(), "fd00::1".to_owned()]),
            external_url: Some("https://sec.example/".to_owned()),
            ..ServeArgs::default()
        };
        let told = Config::load(args).unwrap().told();
        let changed: Vec<&str> = told.iter().filter(|(name, value)| plain[*name] != **value).map(|(name, _)| *name).collect();
        assert_eq!(changed, ["external_url", "metrics_token", "trusted_proxies"]);
        assert_eq!((told["trusted_proxies"].as_str(), told["metrics_token"].as_str()), ("10.0.0.0/8, fd00::1/128", "set"));
        assert!(!told.values().any(|value| value.contains(secret)));
    }
}
