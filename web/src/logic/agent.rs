//! What a browser calls itself, as a person reads it. Must not know sessions.

/// `Firefox on Linux`; the text itself, shortened, where nothing is known in it.
pub fn name(agent: &str) -> String {
    // The order matters: most name themselves beside those that they are like.
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, word)| *word);
    match (find(&browsers), find(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) if agent.trim().is_empty() => "A program that does not name itself".to_owned(),
        (None, _) => agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn browsers_are_known_by_their_marks() {
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Safari/537.36 Edg/130";
        assert_eq!(name(edge), "Edge on Windows");
        assert_eq!(name("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"), "Firefox on Linux");
        assert_eq!(name("Mozilla/5.0 (iPhone; CPU iPhone OS 18) Version/18 Safari/605"), "Safari on iPhone");
        assert_eq!(name("curl/8.1"), "curl");
        assert_eq!(name("  "), "A program that does not name itself");
        assert_eq!(name(&"x".repeat(500)).len(), 60);
    }
}
