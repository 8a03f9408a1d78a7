//! Markdown of reports as HTML that can do no harm. Must not know: findings.
//!
//! Reports are hostile: raw HTML in them is shown as text, images are left out (they would be an outbound
//! call), links open elsewhere without a referrer, and the result is cleaned once more.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// Longest text that is rendered; beyond it the text is shown as it is.
const LONGEST: usize = 100_000;

/// Sanitised HTML.
pub fn to_html(text: &str) -> String {
    if text.len() > LONGEST {
        return format!("<pre>{}</pre>", ammonia::clean_text(text));
    }
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut rendered = String::with_capacity(text.len() + text.len() / 2);
    html::push_html(&mut rendered, Parser::new_ext(text, options).filter_map(harmless));
    cleaner().clean(&rendered).to_string()
}

fn harmless(event: Event<'_>) -> Option<Event<'_>> {
    match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        other => Some(other),
    }
}

fn cleaner() -> ammonia::Builder<'static> {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .rm_tags(["img", "map", "area"])
        .url_schemes(["http", "https", "ftp", "mailto"].into())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank");
    cleaner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_rendered() {
        let html = to_html("A *weak* `hash`:\n\n- one\n- [two](https://a.example/x)\n");
        assert!(html.contains("<em>weak</em>") && html.contains("<code>hash</code>") && html.contains("<li>one</li>"));
        assert!(html.contains("href=\"https://a.example/x\"") && html.contains("noreferrer") && html.contains("_blank"));
    }

    #[test]
    fn nothing_active_gets_through() {
        for attack in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "![x](https://a.example/p.png)",
            "<a href=\"data:text/html,x\" onclick=\"a()\">x</a>",
            "<svg/onload=alert(1)>",
            "[x](vbscript:x)",
            "<style>*{}</style>",
            "[x](//a.example)",
            "<iframe src=\"https://a.example\">",
            "`<b onmouseover=a()>`",
        ] {
            let html = to_html(attack);
            // What is shown as text may say anything; a quote needs no escape there.
            let tags: String = html.split('<').skip(1).filter_map(|rest| rest.split('>').next()).collect();
            assert!(
                !html.contains("<script")
                    && !html.contains("<img")
                    && !html.contains("<svg")
                    && !html.contains("<iframe")
                    && !html.contains("<style"),
                "{html}"
            );
            assert!(
                !tags.contains("href=\"javascript")
                    && !tags.contains("href=\"data")
                    && !tags.contains("href=\"vbscript")
                    && !tags.contains("href=\"//"),
                "{html}"
            );
            assert!(!html.contains("<b on") && !html.contains("<a on"), "{html}");
        }
        assert!(to_html("<script>alert(1)</script>").contains("&lt;script&gt;"), "raw HTML is shown, not swallowed");
    }

    #[test]
    fn very_long_texts_are_shown_plain() {
        let html = to_html(&"*a*<b>".repeat(20_000));
        assert!(html.starts_with("<pre>*a*&lt;b&gt;"));
    }
}
