//! The address of this server as the client knows it: the beginning of every absolute address in an
//! answer (API design, section 1.1).
//!
//! Must not know: routes, who is calling.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use std::net::IpAddr;

/// How the server is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Configured address; wins over everything a client says.
    pub external_url: Option<ExternalUrl>,
    /// Proxies whose `X-Forwarded-…` headers are believed.
    pub trusted_proxies: Vec<Network>,
}

impl Reach {
    /// Scheme, host, port and path prefix, without a trailing slash: `https://host:8443/sec`.
    pub fn origin(&self, request: &HttpRequest) -> String {
        if let Some(ExternalUrl(url)) = &self.external_url {
            return url.clone();
        }
        let headers = request.headers();
        let hops = self.trusted_hops(request);
        let forwarded = |name: &str| if hops > 0 { told_by(headers, name, hops) } else { None };
        let scheme = match forwarded("x-forwarded-proto") {
            Some(proto) if proto.eq_ignore_ascii_case("https") => "https",
            Some(_) => "http",
            None => request.uri().scheme_str().filter(|s| *s == "https").unwrap_or("http"),
        };
        let host = forwarded("x-forwarded-host")
            .filter(|host| is_host(host))
            .or_else(|| first_of(headers, "host").filter(|host| is_host(host)))
            .or_else(|| request.uri().authority().map(|a| a.as_str()).filter(|h| is_host(h)))
            .map_or_else(|| request.app_config().local_addr().to_string(), str::to_string);
        let prefix = forwarded("x-forwarded-prefix").filter(|prefix| is_prefix(prefix));
        format!("{scheme}://{host}{}", prefix.unwrap_or("").trim_end_matches('/'))
    }

    /// The caller's address: the peer's, or what a believed proxy says. `None` without a peer.
    pub fn client_ip(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip();
        if !self.trusted_proxies.iter().any(|network| network.contains(peer)) {
            return Some(peer);
        }
        let told = request.headers().get_all("x-forwarded-for");
        let told: Vec<&str> = told.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
        // From the right: whatever stands left of the first stranger may be invented.
        let mut nearest = peer;
        for text in told.into_iter().rev() {
            let Ok(ip) = text.trim().parse() else { break };
            nearest = ip;
            if !self.trusted_proxies.iter().any(|network| network.contains(ip)) {
                break;
            }
        }
        Some(nearest)
    }

    /// Whether the peer is a proxy that is believed.
    pub fn is_trusted(&self, request: &HttpRequest) -> bool {
        request.peer_addr().is_some_and(|peer| {
            let ip = peer.ip();
            self.trusted_proxies.iter().any(|network| network.contains(ip))
        })
    }

    /// How many trusted proxies the request came through: the peer, and those that they name before it.
    fn trusted_hops(&self, request: &HttpRequest) -> usize {
        let is_trusted = |ip: IpAddr| self.trusted_proxies.iter().any(|network| network.contains(ip));
        if !request.peer_addr().is_some_and(|peer| is_trusted(peer.ip())) {
            return 0;
        }
        let before = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
        let before: Vec<&str> = before.flat_map(|value| value.split(',')).collect();
        1 + before.iter().rev().take_while(|text| text.trim().parse().is_ok_and(is_trusted)).count()
    }
}

/// What the outermost of so many trusted proxies says. One that adds to what the client sent has its word that many
/// places from the right; one that replaces it has the only one.
fn told_by<'a>(headers: &'a HeaderMap, name: &str, hops: usize) -> Option<&'a str> {
    let told = headers.get_all(name).filter_map(|value| value.to_str().ok());
    let told: Vec<&str> = told.flat_map(|value| value.split(',')).map(str::trim).collect();
    told.get(told.len().saturating_sub(hops)).copied()
}

fn first_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.split(',').next().unwrap_or("").trim())
}

/// Letters, digits, dots and hyphens with an optional port, or an IPv6 address in brackets.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((ip, port)) if ip.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
            _ => return false,
        },
        None => match text.find(':') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        },
    };
    let named = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    let ported = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.parse::<u16>().is_ok());
    !name.is_empty() && name.len() <= 253 && named && ported
}

/// `/sec` or `/a/b`; empty is fine too.
fn is_prefix(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'-' | b'_' | b'~');
    text.is_empty() || (text.starts_with('/') && !text.starts_with("//") && text.bytes().all(plain))
}

/// The path of an address without a trailing slash: `/sec` of `https://host/sec`, else nothing.
pub fn path_of(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let rest = address.get(host..).unwrap_or_default();
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
}

/// A configured address, checked: http or https, a host, an optional path, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalUrl(String);

impl ExternalUrl {
    /// Reads `https://host:port/prefix`; a trailing slash is dropped.
    pub fn parse(text: &str) -> Result<ExternalUrl, BadReach> {
        let bad = || BadReach::Url(text.to_string());
        let (scheme, rest) = text.split_once("://").ok_or_else(bad)?;
        let at = rest.find('/').unwrap_or(rest.len());
        let (host, path) = rest.split_at(at);
        let path = path.trim_end_matches('/');
        let is_ours = |part: &str| ["api", "-"].contains(&part);
        if path.split('/').skip(1).any(|part| ["", ".", ".."].contains(&part)) || path.split('/').nth(1).is_some_and(is_ours) {
            return Err(BadReach::Prefix(text.to_string()));
        }
        if matches!(scheme, "http" | "https") && is_host(host) && is_prefix(path) {
            Ok(ExternalUrl(format!("{scheme}://{host}{path}")))
        } else {
            Err(bad())
        }
    }

    /// The path before all paths, `/sec`; empty at the root.
    pub fn prefix(&self) -> &str {
        path_of(&self.0)
    }

    /// The address without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A range of addresses, `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    ip: IpAddr,
    bits: u8,
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.ip, self.bits)
    }
}

impl Network {
    /// Reads an address with an optional number of leading bits.
    pub fn parse(text: &str) -> Result<Network, BadReach> {
        let bad = || BadReach::Network(text.to_string());
        let (ip, bits) = match text.split_once('/') {
            Some((ip, bits)) => (ip, Some(bits.parse::<u8>().map_err(|_| bad())?)),
            None => (text, None),
        };
        let ip: IpAddr = ip.parse().map_err(|_| bad())?;
        let all = if ip.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        if bits > all {
            return Err(bad());
        }
        Ok(Network { ip, bits })
    }

    /// Whether the address lies in it. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.ip, ip.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let differs = u32::from(net) ^ u32::from(ip);
                differs.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let differs = u128::from(net) ^ u128::from(ip);
                differs.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// A configured value that is not what it has to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadReach {
    /// Not `http(s)://host[:port][/path]`.
    #[error("{0:?} is no address of the form https://host[:port][/path]")]
    Url(String),
    /// A path that would hide paths of ours.
    #[error("{0:?}: its path can't begin with /api or /-, nor have empty parts, . or ..")]
    Prefix(String),
    /// Not `10.0.0.0/8`.
    #[error("{0:?} is no network of the form 10.0.0.0/8 or fd00::/8")]
    Network(String),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use actix_web::test::TestRequest;

    fn behind(proxies: &[&str]) -> Reach {
        let trusted_proxies = proxies.iter().map(|text| Network::parse(text).unwrap()).collect();
        Reach { external_url: None, trusted_proxies }
    }

    fn request(peer: &str, headers: &[(&'static str, &'static str)]) -> HttpRequest {
        let mut request = TestRequest::with_uri("/x").peer_addr(format!("{peer}:5").parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        request.to_http_request()
    }

    #[test]
    fn the_configured_address_wins() {
        let reach = Reach {
            external_url: Some(ExternalUrl::parse("https://sec.example:8443/app/").unwrap()),
            trusted_proxies: Vec::new(),
        };
        let request = request("10.0.0.1", &[("host", "other.example")]);
        assert_eq!(reach.origin(&request), "https://sec.example:8443/app");
    }

    #[test]
    fn else_the_host_that_the_client_used() {
        let request = request("10.0.0.1", &[("host", "127.0.0.1:8080"), ("x-forwarded-host", "evil")]);
        assert_eq!(behind(&[]).origin(&request), "http://127.0.0.1:8080");
    }

    #[test]
    fn a_trusted_proxy_is_believed_and_only_that() {
        let headers = [
            ("host", "inner:80"),
            ("x-forwarded-for", "8.8.8.8, 10.0.0.7"),
            ("x-forwarded-host", "evil.example, outer.example, inner"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-prefix", "/sec/"),
        ];
        let reach = behind(&["10.0.0.0/8"]);
        let origin = |peer| reach.origin(&request(peer, &headers));
        assert_eq!(origin("10.9.9.9"), "https://outer.example/sec");
        assert_eq!(origin("11.0.0.1"), "http://inner:80");
    }

    #[test]
    fn what_a_client_puts_before_the_proxy_s_word_does_not_count() {
        let reach = behind(&["10.0.0.0/8"]);
        let origin = |host: &'static str| reach.origin(&request("10.0.0.1", &[("host", "inner"), ("x-forwarded-host", host)]));
        assert_eq!(origin("evil.example, real.example"), "http://real.example");
        assert_eq!(origin("real.example"), "http://real.example");
        assert_eq!(origin(""), "http://inner");
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        for host in ["evil.example/x", "a b", "a\"b", "h:99999", "h:", "[::1", "user@h", "<x>", ""] {
            let origin = behind(&[]).origin(&request("10.0.0.1", &[("host", host)]));
            assert!(!origin.contains("evil") && is_host(&origin["http://".len()..]), "{origin}");
        }
        assert!(is_host("[::1]:8080") && is_host("[fe80::1]") && is_host("h-1.example:1"));
    }

    #[test]
    fn the_caller_is_the_first_stranger_from_the_right() {
        let reach = behind(&["10.0.0.0/8"]);
        let with = |peer, told| reach.client_ip(&request(peer, &[("x-forwarded-for", told)]));
        let ip = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        assert_eq!(with("10.0.0.1", "1.1.1.1, 2.2.2.2, 10.0.0.7"), ip("2.2.2.2"));
        assert_eq!(with("8.8.8.8", "1.1.1.1"), ip("8.8.8.8"));
        assert_eq!(with("10.0.0.1", "garbage"), ip("10.0.0.1"));
    }

    #[test]
    fn networks() {
        let inside = |net: &str, ip: &str| Network::parse(net).unwrap().contains(ip.parse().unwrap());
        assert!(inside("10.1.2.3/8", "10.200.0.1"));
        assert!(!inside("10.0.0.0/8", "11.0.0.1"));
        assert!(inside("0.0.0.0/0", "9.9.9.9") && !inside("0.0.0.0/0", "::1"));
        assert!(inside("127.0.0.1", "127.0.0.1") && !inside("127.0.0.1", "127.0.0.2"));
        assert!(inside("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(inside("fd00::/8", "fd12::1") && !inside("fd00::/8", "fe80::1"));
        assert!(inside("::/0", "fe80::1"));
        for text in ["10.0.0.0/33", "::/129", "10.0.0/8", "", "x/8", "10.0.0.0/"] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn external_addresses_are_checked() {
        for text in ["ftp://h", "https://", "h:80", "https://h?x", "https://h/#a", "https://u@h", "https://h//x"] {
            assert!(ExternalUrl::parse(text).is_err(), "{text}");
        }
        for text in ["https://h/api", "https://h/-/x", "https://h/a/../b", "https://h/./a"] {
            assert!(matches!(ExternalUrl::parse(text), Err(BadReach::Prefix(_))), "{text}");
        }
        assert!(ExternalUrl::parse("https://h/apiary").is_ok());
        assert_eq!(ExternalUrl::parse("http://h/").unwrap().as_str(), "http://h");
        let prefix = |text: &str| ExternalUrl::parse(text).unwrap().prefix().to_owned();
        assert_eq!((prefix("http://h:1"), prefix("https://h/a/b/")), (String::new(), "/a/b".to_owned()));
    }
}
