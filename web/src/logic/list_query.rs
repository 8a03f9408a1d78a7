//! The query of a list page: filter, order and page, typed, to and from the address of the page, and to
//! the API. Must not know views or the network.

use super::filters::{Dimension, Filters};
use super::query;
use casemate_shared::limits::{PER_PAGE_DEFAULT, PER_PAGE_MAX};

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderBy {
    /// Severity.
    Severity,
    /// When it was first detected.
    DetectedAt,
    /// State.
    State,
    /// Title.
    Title,
    /// Number.
    Id,
}

impl OrderBy {
    /// All.
    pub const ALL: [OrderBy; 5] = [OrderBy::Severity, OrderBy::DetectedAt, OrderBy::State, OrderBy::Title, OrderBy::Id];

    /// The word of the query and of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            OrderBy::Severity => "severity",
            OrderBy::DetectedAt => "detected_at",
            OrderBy::State => "state",
            OrderBy::Title => "title",
            OrderBy::Id => "id",
        }
    }

    /// Whether the first press on its header sorts downwards: worst and newest first, texts upwards.
    pub const fn starts_descending(self) -> bool {
        matches!(self, OrderBy::Severity | OrderBy::DetectedAt | OrderBy::Id)
    }
}

/// What a page means where its address says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// Filter of an address without any.
    pub filters: Filters,
    /// Rows of a page, as last chosen.
    pub per_page: u32,
}

impl Default for Defaults {
    fn default() -> Self {
        Defaults { filters: Filters::default(), per_page: PER_PAGE_DEFAULT as u32 }
    }
}

/// The query of a list page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Filter.
    pub filters: Filters,
    /// Order.
    pub order_by: OrderBy,
    /// Whether downwards.
    pub descending: bool,
    /// Page, from 1.
    pub page: u32,
    /// Rows of a page.
    pub per_page: u32,
}

const ALL_STATES: &str = "all";

impl ListQuery {
    /// The query of an address that says nothing.
    pub fn new(defaults: &Defaults) -> ListQuery {
        ListQuery {
            filters: defaults.filters.clone(),
            order_by: OrderBy::Severity,
            descending: true,
            page: 1,
            per_page: defaults.per_page,
        }
    }

    /// Reads the query of an address. Without any filter key the default filter holds; with one, what is
    /// not named narrows nothing. Values nobody knows are left out.
    pub fn parse(search: &str, defaults: &Defaults) -> ListQuery {
        let pairs = query::pairs(search);
        let value = |key: &str| {
            let of_key = pairs.iter().filter(|(k, _)| k.trim_end_matches("[]") == key);
            let values: Vec<_> = of_key.map(|(_, v)| v.as_str()).collect();
            (!values.is_empty()).then(|| values.join(","))
        };
        let mut parsed = ListQuery::new(defaults);
        let any = Dimension::ALL.iter().any(|d| value(d.key()).is_some());
        if any || value("search").is_some() {
            parsed.filters = Filters { search: value("search").unwrap_or_default(), ..Filters::default() };
            for dimension in Dimension::ALL {
                let words = value(dimension.key()).unwrap_or_default();
                let words: Vec<_> = words.split(',').map(str::to_owned).collect();
                parsed.filters.set(dimension, &words);
            }
        }
        parsed.read_order(value("order_by"), value("sort"));
        let number = |key: &str| value(key).and_then(|v| v.parse::<u32>().ok());
        parsed.page = number("page").unwrap_or(1).max(1);
        parsed.per_page = number("per_page").map_or(defaults.per_page, |n| n.clamp(1, PER_PAGE_MAX as u32));
        parsed
    }

    fn read_order(&mut self, order_by: Option<String>, sort: Option<String>) {
        let known = OrderBy::ALL.into_iter().find(|o| Some(o.as_str()) == order_by.as_deref());
        self.order_by = known.unwrap_or(OrderBy::Severity);
        self.descending = match sort.as_deref() {
            Some("asc") => false,
            Some("desc") => true,
            _ => self.order_by.starts_descending(),
        };
    }

    /// The shortest query for the address that reads back as this one.
    pub fn to_address(&self, defaults: &Defaults) -> String {
        let mut pairs = Vec::new();
        if self.filters != defaults.filters {
            pairs = self.filter_pairs();
            if pairs.is_empty() {
                pairs.push(("state", ALL_STATES.to_owned()));
            }
        }
        let odd_way = self.descending != self.order_by.starts_descending();
        if self.order_by != OrderBy::Severity || odd_way {
            pairs.push(("order_by", self.order_by.as_str().to_owned()));
        }
        if odd_way {
            pairs.push(("sort", self.sort_word().to_owned()));
        }
        if self.page > 1 {
            pairs.push(("page", self.page.to_string()));
        }
        if self.per_page != defaults.per_page {
            pairs.push(("per_page", self.per_page.to_string()));
        }
        query::write(&pairs)
    }

    const fn sort_word(&self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }

    fn filter_pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<_> = self.filters.used().into_iter().map(|d| (d.key(), self.filters.words(d).join(","))).collect();
        if !self.filters.search.is_empty() {
            pairs.push(("search", self.filters.search.clone()));
        }
        pairs
    }

    /// The API query of the counts: the filter alone.
    pub fn counts_query(&self) -> String {
        query::write(&self.filter_pairs())
    }

    /// The API query of a page without an order: filter and page.
    pub fn page_query(&self) -> String {
        let mut pairs = self.filter_pairs();
        pairs.push(("page", self.page.to_string()));
        pairs.push(("per_page", self.per_page.to_string()));
        query::write(&pairs)
    }

    /// The API query of a page with its order.
    pub fn sorted_query(&self) -> String {
        let (order, sort) = (self.order_by.as_str(), self.sort_word());
        format!("{}&order_by={order}&sort={sort}", self.page_query())
    }

    /// The same list from its first page under another filter.
    pub fn with_filters(&self, filters: Filters) -> ListQuery {
        ListQuery { filters, page: 1, ..self.clone() }
    }

    /// The same list after a press on a header: turns round when it was sorted by that one already.
    pub fn sorted_by(&self, order_by: OrderBy) -> ListQuery {
        let same = self.order_by == order_by;
        let descending = if same { !self.descending } else { order_by.starts_descending() };
        ListQuery { order_by, descending, page: 1, ..self.clone() }
    }
}

#[cfg(test)]
#[path = "list_query_tests.rs"]
mod tests;
