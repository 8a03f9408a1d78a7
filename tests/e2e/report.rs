//! The vulnerability report: counts, filters, search, keys, empty states.

use crate::screen::Screen;
use crate::world::{World, count, number_of, report_path};
use casemate_shared::Severity;
use casemate_tests::webdriver::key;

#[test]
fn the_counts_on_the_cards_are_the_api_s() {
    let world = World::demo();
    let open = world.open_vulnerabilities();
    let counts = count(&open);
    assert!(counts.total() > 20, "the demo has something to show");

    let screen = world.screen();
    screen.open_signed_in(&report_path());
    screen.wait_for_count(counts.total());
    for severity in Severity::CARDS {
        let expected = Some(counts.get(severity));
        assert_eq!(screen.card(severity), expected, "card {}", severity.label());
    }
    screen.assert_quiet();
}

#[test]
fn a_card_filters_and_the_filter_survives_a_look_at_one_vulnerability() {
    let world = World::demo();
    let open = world.open_vulnerabilities();
    let high = number_of(&open, Severity::High);
    let screen = world.screen();
    screen.open_signed_in(&report_path());
    screen.wait_for_count(open.len() as u64);

    screen.click_card(Severity::High);
    screen.wait_for_address("severity=high");
    screen.wait_for_count(high);
    assert_all_rows(&screen, "High");
    let critical = Some(number_of(&open, Severity::Critical));
    assert_eq!(screen.card(Severity::Critical), critical, "cards keep their counts");

    let address = screen.browser.url();
    let title = screen.hook("vuln-title-link").text();
    screen.hook("vuln-title-link").click();
    screen.wait_for_address("/-/security/vulnerabilities/");
    screen.wait_for_text("page-h1", &title);

    screen.browser.back();
    screen.wait_for_text("page-h1", "Vulnerability report");
    assert_eq!(screen.browser.url(), address, "the filter is kept");
    screen.wait_for_count(high);
    assert_all_rows(&screen, "High");

    screen.click_card(Severity::High);
    screen.wait_for_address_without("severity=high");
    screen.wait_for_count(open.len() as u64);
    screen.assert_quiet();
}

#[test]
fn a_search_narrows_and_clearing_it_gives_everything_back() {
    let world = World::demo();
    let open = world.open_vulnerabilities();
    let all = open.len() as u64;
    let screen = world.screen();
    screen.open_signed_in(&report_path());
    screen.wait_for_count(all);

    screen.search("lodash");
    screen.wait_for_address("search=lodash");
    let found = screen.browser.wait("fewer results", || screen.result_count().filter(|&count| count > 0 && count < all));
    let rows = screen.rows();
    assert_eq!(rows.len() as u64, found.min(20));
    let of_lodash = |row: &String| row.to_lowercase().contains("lodash");
    assert!(rows.iter().all(of_lodash), "{rows:#?}");

    screen.open(&format!("{}?search=nothingofthekind", report_path()));
    screen.wait_for_count(0);
    screen.hook("clear-filters").click();
    screen.wait_for_address_without("search=");
    screen.browser.wait("all results", || screen.result_count().filter(|&count| count >= all));
    screen.assert_quiet();
}

#[test]
fn the_pager_leads_to_the_rest() {
    let world = World::demo();
    let open = world.open_vulnerabilities().len() as u64;
    let screen = world.screen();
    screen.open_signed_in(&report_path());
    screen.wait_for_count(open);
    let first = ids(&screen);
    assert_eq!(first.len(), 20, "a page has 20 rows");

    screen.hook("pager-next").click();
    screen.wait_for_address("page=2");
    let second = screen.browser.wait("other rows", || {
        let now = ids(&screen);
        let fresh = !now.is_empty() && now.iter().all(|id| !first.contains(id));
        fresh.then_some(now)
    });
    assert_eq!(second.len() as u64, (open - 20).min(20));
    screen.assert_quiet();
}

#[test]
fn keys_move_open_and_help() {
    let world = World::first_pipeline();
    let screen = world.screen();
    screen.open_signed_in(&report_path());
    screen.hook("vuln-row");
    let order = ids(&screen);

    screen.browser.press("?");
    screen.hook("help-dialog");
    screen.browser.press(&key::ESCAPE.to_string());
    screen.browser.wait("the help to close", || {
        let mut dialogs = screen.hooks("help-dialog").into_iter();
        (!dialogs.any(|dialog| dialog.is_displayed())).then_some(())
    });

    // Down, down, up: the first row is the current one, then the second, then the first.
    screen.browser.press("jjk");
    screen.browser.press(&key::ENTER.to_string());
    let wanted = format!("/-/security/vulnerabilities/{}", order[0]);
    screen.wait_for_address(&wanted);
    screen.assert_quiet();
}

#[track_caller]
fn assert_all_rows(screen: &Screen, word: &str) {
    screen.browser.wait(&format!("only {word} in the rows"), || {
        let rows = screen.rows();
        let done = !rows.is_empty() && rows.iter().all(|row| row.contains(word));
        done.then_some(())
    });
}

fn ids(screen: &Screen) -> Vec<String> {
    let rows = screen.hooks("vuln-row");
    rows.iter().filter_map(|row| row.attribute("data-id")).collect()
}
