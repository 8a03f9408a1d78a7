//! Tests of the list query: what an address means, and that every query survives the way through it.

use super::*;
use crate::logic::filters::Activity;
use casemate_shared::{Severity, VulnerabilityState};

fn report() -> Defaults {
    Defaults { filters: Filters::open(), per_page: 20 }
}

#[test]
fn an_address_without_a_query_has_the_default_filter() {
    let query = ListQuery::parse("", &report());
    assert_eq!(query.filters, Filters::open());
    assert_eq!(query.to_address(&report()), "");
    assert_eq!(
        query.sorted_query(),
        "state=detected,confirmed&activity=still_detected&page=1&per_page=20&order_by=severity&sort=desc"
    );
}

#[test]
fn a_page_alone_keeps_the_default_filter() {
    let query = ListQuery::parse("page=3", &report());
    assert_eq!((query.page, &query.filters), (3, &Filters::open()));
    assert_eq!(query.to_address(&report()), "page=3");
}

#[test]
fn a_named_filter_replaces_the_default() {
    let query = ListQuery::parse("?severity=critical,high", &report());
    assert_eq!(query.filters.severities, [Severity::Critical, Severity::High]);
    assert!(query.filters.states.is_empty());
    assert_eq!(query.filters.activity, None);
    let cleared = query.with_filters(Filters::default());
    assert_eq!(cleared.to_address(&report()), "state=all");
    assert!(ListQuery::parse("state=all", &report()).filters.is_empty());
}

#[test]
fn everything_survives_the_way_through_the_address() {
    let filters = Filters {
        states: vec![VulnerabilityState::Dismissed],
        severities: vec![Severity::Low, Severity::Unknown],
        scanners: vec!["find sec-bugs".to_owned(), "semgrep".to_owned()],
        activity: Some(Activity::NoLonger),
        search: "path:src/** \"a & b\" 100%".to_owned(),
        ..Filters::default()
    };
    for filters in [filters, Filters::default(), Filters::open()] {
        for order_by in OrderBy::ALL {
            for descending in [true, false] {
                for (page, per_page) in [(1, 20), (7, 100)] {
                    let query = ListQuery { filters: filters.clone(), order_by, descending, page, per_page };
                    for defaults in [report(), Defaults::default()] {
                        let address = query.to_address(&defaults);
                        assert_eq!(ListQuery::parse(&address, &defaults), query, "{address}");
                    }
                }
            }
        }
    }
}

#[test]
fn odd_values_fall_back() {
    let query = ListQuery::parse("page=0&per_page=5000&order_by=colour&sort=up", &report());
    assert_eq!((query.page, query.per_page), (1, 100));
    assert_eq!((query.order_by, query.descending), (OrderBy::Severity, true));
}

#[test]
fn a_header_turns_round_at_the_second_press() {
    let query = ListQuery::new(&report());
    let title = query.sorted_by(OrderBy::Title);
    assert!(!title.descending);
    assert!(title.sorted_by(OrderBy::Title).descending);
    assert!(title.sorted_by(OrderBy::DetectedAt).descending);
}
