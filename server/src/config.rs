//! Configuration: flags, then environment, then the TOML file, then defaults. Must not know: rooms.

use crate::auth::Settings;
use crate::domain::retention::RetentionSettings;
use crate::http::limits::RateSettings;
use crate::http::metrics::MetricsAccess;
use crate::http::origin::{ExternalUrl, Network, Reach};
use crate::ingest::spool::UploadLimits;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

#[path = "told_settings.rs"]
mod told;

/// Where to listen when nobody says.
const LISTEN: &str = "127.0.0.1:8080";
/// Where the data is when nobody says.
const DATA_DIR: &str = "casemate-data";

/// Who may read the numbers when nobody says: programs of this machine.
const METRICS_NETWORKS: [&str; 2] = ["127.0.0.0/8", "::1"];
/// Shortest token that opens them.
const METRICS_TOKEN_BYTES: usize = 16;

/// Seconds that a pipeline waits for announced jobs when nobody says: a day.
const PIPELINE_TIMEOUT_S: u64 = 24 * 60 * 60;
/// Most seconds that it may be told to wait: a year.
const PIPELINE_TIMEOUT_MAX_S: u64 = 366 * 24 * 60 * 60;

/// Flags of `serve`; each also as a variable of the environment and a key of the file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT", env = "CASEMATE_LISTEN")]
    pub listen: Option<String>,
    /// Data directory; made when missing [default: casemate-data]
    #[arg(long, value_name = "DIR", env = "CASEMATE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address under which clients reach the server, behind a proxy
    #[arg(long, value_name = "URL", env = "CASEMATE_EXTERNAL_URL")]
    pub external_url: Option<String>,
    /// Networks of proxies whose X-Forwarded headers are believed, separated by commas
    #[arg(long, value_name = "CIDR", env = "CASEMATE_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<String>>,
    /// Seconds that a pipeline waits for announced jobs before it fails [default: 86400]
    #[arg(long, value_name = "SECONDS", env = "CASEMATE_PIPELINE_TIMEOUT_S")]
    pub pipeline_timeout_s: Option<u64>,
    /// What is kept how long
    #[command(flatten)]
    pub retention: RetentionArgs,
    /// Sessions, tokens, attempts
    #[command(flatten)]
    pub auth: AuthArgs,
    /// How often somebody may ask
    #[command(flatten)]
    pub rate_limits: RateArgs,
    /// Networks that may read `/-/metrics`, separated by commas; none: only by token [default: 127.0.0.0/8,::1]
    #[arg(long, value_name = "CIDR", env = "CASEMATE_METRICS_NETWORKS", value_delimiter = ',')]
    pub metrics_networks: Option<Vec<String>>,
    /// Token that opens `/-/metrics` from everywhere
    #[arg(long, value_name = "TEXT", env = "CASEMATE_METRICS_TOKEN", hide_env_values = true)]
    pub metrics_token: Option<String>,
    /// TOML file with the same keys
    #[arg(long, value_name = "FILE", env = "CASEMATE_CONFIG")]
    pub config: Option<PathBuf>,
}

/// Flags of retention; in the file they are keys of `[retention]`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RetentionArgs {
    /// Days that findings of pipelines are kept; 0 keeps them for ever [default: 90]
    #[arg(long = "retention-findings-days", value_name = "DAYS", env = "CASEMATE_RETENTION_FINDINGS_DAYS")]
    pub findings_days: Option<u32>,
    /// Days that reports are kept as they were uploaded; 0 keeps them for ever [default: 90]
    #[arg(long = "retention-artifacts-days", value_name = "DAYS", env = "CASEMATE_RETENTION_ARTIFACTS_DAYS")]
    pub artifacts_days: Option<u32>,
    /// Bytes that these reports may fill, the oldest go first; 0 sets no limit [default: 53687091200]
    #[arg(long = "retention-artifacts-bytes", value_name = "BYTES", env = "CASEMATE_RETENTION_ARTIFACTS_BYTES")]
    pub artifacts_bytes: Option<u64>,
    /// Hours from one run to the next; there is one at every start [default: 24]
    #[arg(long = "retention-interval-hours", value_name = "HOURS", env = "CASEMATE_RETENTION_INTERVAL_HOURS")]
    pub interval_hours: Option<u32>,
    /// Whether a database file that is mostly free is made smaller at the start [default: true]
    #[arg(long = "retention-compact-at-start", value_name = "BOOL", env = "CASEMATE_RETENTION_COMPACT_AT_START")]
    pub compact_at_start: Option<bool>,
}

impl RetentionArgs {
    fn over(self, file: RetentionSettings) -> RetentionSettings {
        RetentionSettings {
            findings_days: self.findings_days.unwrap_or(file.findings_days),
            artifacts_days: self.artifacts_days.unwrap_or(file.artifacts_days),
            artifacts_bytes: self.artifacts_bytes.unwrap_or(file.artifacts_bytes),
            interval_hours: self.interval_hours.unwrap_or(file.interval_hours),
            compact_at_start: self.compact_at_start.unwrap_or(file.compact_at_start),
        }
    }
}

/// Flags of signing in; in the file they are keys of `[auth]`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct AuthArgs {
    /// Attempts to sign in per minute, from one address with one name; 0 sets no limit [default: 10]
    #[arg(long = "auth-sign-ins-per-minute", value_name = "NUMBER", env = "CASEMATE_AUTH_SIGN_INS_PER_MINUTE")]
    pub sign_ins_per_minute: Option<u32>,
    /// Hours after which a session ends in any case [default: 12]
    #[arg(long = "auth-session-hours", value_name = "HOURS", env = "CASEMATE_AUTH_SESSION_HOURS")]
    pub session_hours: Option<u32>,
    /// Minutes without a request after which a session ends [default: 120]
    #[arg(long = "auth-session-idle-minutes", value_name = "MINUTES", env = "CASEMATE_AUTH_SESSION_IDLE_MINUTES")]
    pub session_idle_minutes: Option<u32>,
    /// Most days that an access token lives; 0 sets no limit [default: 400]
    #[arg(long = "auth-token-days", value_name = "DAYS", env = "CASEMATE_AUTH_TOKEN_DAYS")]
    pub token_days: Option<u32>,
    /// Whether tokens of administrators need the scope admin_mode to use an administrator's rights [default: false]
    #[arg(long = "auth-admin-mode", value_name = "BOOL", env = "CASEMATE_AUTH_ADMIN_MODE")]
    pub admin_mode: Option<bool>,
}

impl AuthArgs {
    fn over(self, file: Settings) -> Settings {
        Settings {
            sign_ins_per_minute: self.sign_ins_per_minute.unwrap_or(file.sign_ins_per_minute),
            session_hours: self.session_hours.unwrap_or(file.session_hours),
            session_idle_minutes: self.session_idle_minutes.unwrap_or(file.session_idle_minutes),
            token_days: self.token_days.unwrap_or(file.token_days),
            admin_mode: self.admin_mode.unwrap_or(file.admin_mode),
        }
    }
}

/// Flags of how often somebody may ask; in the file they are keys of `[rate_limits]`.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct RateArgs {
    /// Requests of one user per hour; 0 sets no limit [default: 7200]
    #[arg(
        long = "rate-limits-authenticated-per-hour",
        value_name = "NUMBER",
        env = "CASEMATE_RATE_LIMITS_AUTHENTICATED_PER_HOUR"
    )]
    pub authenticated_per_hour: Option<u32>,
    /// Requests of one address per hour without signing in; 0 sets no limit [default: 3600]
    #[arg(long = "rate-limits-anonymous-per-hour", value_name = "NUMBER", env = "CASEMATE_RATE_LIMITS_ANONYMOUS_PER_HOUR")]
    pub anonymous_per_hour: Option<u32>,
    /// Requests per minute that hand something in to one project; 0 sets no limit [default: 600]
    #[arg(long = "rate-limits-ingest-per-minute", value_name = "NUMBER", env = "CASEMATE_RATE_LIMITS_INGEST_PER_MINUTE")]
    pub ingest_per_minute: Option<u32>,
}

impl RateArgs {
    fn over(self, file: RateSettings) -> RateSettings {
        RateSettings {
            authenticated_per_hour: self.authenticated_per_hour.unwrap_or(file.authenticated_per_hour),
            anonymous_per_hour: self.anonymous_per_hour.unwrap_or(file.anonymous_per_hour),
            ingest_per_minute: self.ingest_per_minute.unwrap_or(file.ingest_per_minute),
        }
    }
}

/// The file. An unknown key aborts the start.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    listen: Option<String>,
    data_dir: Option<PathBuf>,
    external_url: Option<String>,
    trusted_proxies: Option<Vec<String>>,
    pipeline_timeout_s: Option<u64>,
    limits: UploadLimits,
    retention: RetentionSettings,
    auth: Settings,
    rate_limits: RateSettings,
    metrics_networks: Option<Vec<String>>,
    metrics_token: Option<String>,
}

/// The configuration, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the data is.
    pub data_dir: PathBuf,
    /// How clients reach the server.
    pub reach: Reach,
    /// Seconds that a pipeline waits for announced jobs, counted from its last news.
    pub pipeline_timeout_s: u64,
    /// What uploads may cost.
    pub limits: UploadLimits,
    /// What is kept how long.
    pub retention: RetentionSettings,
    /// How long sessions and tokens last, how often somebody may try to sign in.
    pub auth: Settings,
    /// How often somebody may ask.
    pub rate_limits: RateSettings,
    /// Who may read the numbers.
    pub metrics: MetricsAccess,
}

/// What is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the configuration file {path}: {reason}")]
    File {
        /// Path.
        path: String,
        /// Why.
        reason: String,
    },
    /// A value has a wrong form.
    #[error("{key} does not have a valid value: {reason}")]
    Value {
        /// Key.
        key: &'static str,
        /// Why.
        reason: String,
    },
}

impl Config {
    /// Puts flags, environment and file together.
    ///
    /// # Errors
    /// Names the file or the key.
    pub fn load(args: ServeArgs) -> Result<Config, ConfigError> {
        let file = match &args.config {
            Some(path) => read_file(path)?,
            None => File::default(),
        };
        let value = |key: &'static str| move |reason: String| ConfigError::Value { key, reason };
        let listen = args.listen.or(file.listen).unwrap_or_else(|| LISTEN.to_owned());
        let external_url = args.external_url.or(file.external_url).map(|url| ExternalUrl::parse(&url)).transpose();
        let networks = args.trusted_proxies.or(file.trusted_proxies).unwrap_or_default();
        let networks: Result<Vec<Network>, _> = networks.iter().map(|network| Network::parse(network.trim())).collect();
        let metrics = args.metrics_networks.or(file.metrics_networks);
        let metrics = metrics.unwrap_or_else(|| METRICS_NETWORKS.map(str::to_owned).to_vec());
        let metrics = metrics.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).map(Network::parse);
        let metrics: Result<Vec<Network>, _> = metrics.collect();
        let token = args.metrics_token.or(file.metrics_token).filter(|token| !token.is_empty());
        if token.as_ref().is_some_and(|token| token.len() < METRICS_TOKEN_BYTES) {
            return Err(value("metrics_token")(format!("at least {METRICS_TOKEN_BYTES} characters")));
        }
        Ok(Config {
            listen: listen.parse().map_err(|error: std::net::AddrParseError| value("listen")(format!("{listen}: {error}")))?,
            data_dir: args.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from(DATA_DIR)),
            reach: Reach {
                external_url: external_url.map_err(|error| value("external_url")(error.to_string()))?,
                trusted_proxies: networks.map_err(|error| value("trusted_proxies")(error.to_string()))?,
            },
            pipeline_timeout_s: check_timeout(args.pipeline_timeout_s.or(file.pipeline_timeout_s))?,
            limits: file.limits,
            retention: checked(args.retention.over(file.retention))?,
            auth: checked_auth(args.auth.over(file.auth))?,
            rate_limits: args.rate_limits.over(file.rate_limits),
            metrics: MetricsAccess { networks: metrics.map_err(|error| value("metrics_networks")(error.to_string()))?, token },
        })
    }
}

fn check_timeout(seconds: Option<u64>) -> Result<u64, ConfigError> {
    match seconds.unwrap_or(PIPELINE_TIMEOUT_S) {
        right @ 1..=PIPELINE_TIMEOUT_MAX_S => Ok(right),
        wrong => {
            let reason = format!("{wrong} is not between 1 and {PIPELINE_TIMEOUT_MAX_S}");
            Err(ConfigError::Value { key: "pipeline_timeout_s", reason })
        }
    }
}

fn checked(settings: RetentionSettings) -> Result<RetentionSettings, ConfigError> {
    if settings.interval_hours == 0 {
        return Err(ConfigError::Value { key: "retention.interval_hours", reason: "at least 1".to_owned() });
    }
    Ok(settings)
}

fn checked_auth(settings: Settings) -> Result<Settings, ConfigError> {
    let bounds = [
        ("auth.session_hours", settings.session_hours, 1..=8_784),
        // Uses are noted to a few minutes.
        ("auth.session_idle_minutes", settings.session_idle_minutes, 15..=527_040),
        ("auth.token_days", settings.token_days, 0..=36_600),
    ];
    match bounds.into_iter().find(|(_, value, bounds)| !bounds.contains(value)) {
        None => Ok(settings),
        Some((key, value, bounds)) => {
            let reason = format!("{value} is not between {} and {}", bounds.start(), bounds.end());
            Err(ConfigError::Value { key, reason })
        }
    }
}

fn read_file(path: &Path) -> Result<File, ConfigError> {
    let failed = |reason: String| ConfigError::File { path: path.display().to_string(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    toml::from_str(&text).map_err(|error| failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::io::Write;

    fn with_file(text: &str) -> Result<Config, ConfigError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Config::load(ServeArgs {
            config: Some(file.path().to_path_buf()),
            listen: Some("127.0.0.1:9".to_owned()),
            ..ServeArgs::default()
        })
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let config = with_file("listen = \"0.0.0.0:1\"\ndata_dir = \"/srv/x\"\n[limits]\nfile_bytes = 7\n").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:9");
        assert_eq!(config.data_dir, PathBuf::from("/srv/x"));
        assert_eq!((config.limits.file_bytes, config.limits.json_depth), (7, 64));
        assert_eq!(config.pipeline_timeout_s, 86_400);
    }

    #[test]
    fn retention_is_set_by_flags_and_by_the_file() {
        let file = "[retention]\nfindings_days = 30\nartifacts_bytes = 7\ncompact_at_start = false\n";
        let kept = with_file(file).unwrap().retention;
        assert_eq!((kept.findings_days, kept.artifacts_days, kept.artifacts_bytes), (30, 90, 7));
        assert_eq!((kept.interval_hours, kept.compact_at_start), (24, false));
        let flags = RetentionArgs { findings_days: Some(0), compact_at_start: Some(true), ..RetentionArgs::default() };
        let kept = flags.over(kept);
        assert_eq!((kept.findings_days, kept.artifacts_bytes, kept.compact_at_start), (0, 7, true));
        assert!(with_file("[retention]\ninterval_hours = 0").unwrap_err().to_string().contains("retention.interval_hours"));
        assert!(with_file("[retention]\nfindings_day = 1").unwrap_err().to_string().contains("findings_day"));
    }

    #[test]
    fn limits_and_who_reads_the_numbers_are_set() {
        let config = with_file("metrics_networks = [\"10.0.0.0/8\"]\n[rate_limits]\nanonymous_per_hour = 0\n").unwrap();
        assert_eq!((config.rate_limits.anonymous_per_hour, config.rate_limits.authenticated_per_hour), (0, 7_200));
        assert!(config.metrics.networks[0].contains("10.1.1.1".parse().unwrap()) && config.metrics.networks.len() == 1);
        let flags = RateArgs { ingest_per_minute: Some(5), ..RateArgs::default() };
        assert_eq!(flags.over(config.rate_limits).ingest_per_minute, 5);
        assert!(with_file("").unwrap().metrics.networks.iter().any(|net| net.contains("127.0.0.1".parse().unwrap())));
        assert!(with_file("metrics_token = \"short\"").unwrap_err().to_string().contains("metrics_token"));
        assert!(with_file("metrics_networks = [\"x\"]").unwrap_err().to_string().contains("metrics_networks"));
        assert!(with_file("[rate_limits]\nper_hour = 1").unwrap_err().to_string().contains("per_hour"));
    }

    #[test]
    fn what_nobody_knows_aborts() {
        assert!(with_file("listne = \"x\"").unwrap_err().to_string().contains("listne"));
        assert!(with_file("[limits]\nfile_byte = 1").unwrap_err().to_string().contains("file_byte"));
        assert!(with_file("trusted_proxies = [\"10.0.0.0/99\"]").unwrap_err().to_string().contains("trusted_proxies"));
        assert!(with_file("pipeline_timeout_s = 0").unwrap_err().to_string().contains("pipeline_timeout_s"));
        assert!(with_file("external_url = \"ftp://x\"").unwrap_err().to_string().contains("external_url"));
    }
}
