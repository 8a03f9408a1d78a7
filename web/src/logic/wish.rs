//! What somebody wants to see of a list, as the address says it: filters by name, and the page. Must not know
//! what the names mean.

use super::query;

/// Rows of a page.
pub const PER_PAGE: u32 = 20;

/// Filters and page of a list. What is empty is not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    values: Vec<(&'static str, String)>,
    page: u32,
}

impl Wish {
    /// Reads the names that the list knows out of an address.
    pub fn read(search: &str, names: &[&'static str]) -> Wish {
        let pairs = query::pairs(search);
        let value = |name: &&'static str| {
            let found = pairs.iter().find(|(key, value)| key == name && !value.trim().is_empty());
            found.map(|(_, value)| (*name, value.trim().to_owned()))
        };
        Wish { values: names.iter().filter_map(value).collect(), page: query::page(search) }
    }

    /// The value of a filter; empty when it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The page, from 1.
    pub fn page(&self) -> u32 {
        self.page
    }

    /// Whether nothing is filtered.
    pub fn is_plain(&self) -> bool {
        self.values.is_empty()
    }

    /// The same with another value of a filter, at the first page; an empty one takes the filter away.
    pub fn with(&self, name: &'static str, value: &str) -> Wish {
        let mut values = self.values.clone();
        values.retain(|(known, _)| *known != name);
        if !value.trim().is_empty() {
            values.push((name, value.trim().to_owned()));
        }
        Wish { values, page: 1 }
    }

    /// The same at another page.
    pub fn at(&self, page: u32) -> Wish {
        Wish { values: self.values.clone(), page: page.max(1) }
    }

    /// As the query of an address.
    pub fn query(&self) -> String {
        let mut pairs = self.values.clone();
        if self.page > 1 {
            pairs.push(("page", self.page.to_string()));
        }
        query::write(&pairs)
    }

    /// As the query of a request, with what the page adds.
    pub fn request(&self, more: &[(&'static str, &str)]) -> String {
        let mut pairs = self.values.clone();
        pairs.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        pairs.push(("page", self.page.to_string()));
        pairs.push(("per_page", PER_PAGE.to_string()));
        query::write(&pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["search", "state"];

    #[test]
    fn the_address_keeps_what_the_list_knows() {
        let wish = Wish::read("?state=blocked&page=3&other=x&search=%20", &NAMES);
        assert_eq!((wish.get("state"), wish.get("search"), wish.page()), ("blocked", "", 3));
        assert_eq!(wish.query(), "state=blocked&page=3");
        assert!(!wish.is_plain() && Wish::read("?page=2", &NAMES).is_plain());
    }

    #[test]
    fn another_filter_begins_at_the_first_page() {
        let wish = Wish::read("?search=a&page=3", &NAMES);
        assert_eq!(wish.with("state", "active").query(), "search=a&state=active");
        assert_eq!(wish.with("search", " ").query(), "");
        assert_eq!(wish.at(0).query(), "search=a");
        assert_eq!(wish.at(2).request(&[("humans", "true")]), "search=a&humans=true&page=2&per_page=20");
    }
}
