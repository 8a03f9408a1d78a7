//! What stands before every path of this server: `/sec` when people reach it as `https://host/sec`, else nothing.
//! Must not know where it is said, nor which paths there are.

use std::cell::RefCell;

thread_local! {
    /// A page has one thread and one server.
    static ROOT: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Says what stands before the paths, before anything is shown.
pub fn begin_at(root: &str) {
    ROOT.with_borrow_mut(|known| root.trim_end_matches('/').clone_into(known));
}

/// A path as the browser has to ask for it.
pub fn under_root(path: &str) -> String {
    ROOT.with_borrow(|root| format!("{root}{path}"))
}

/// The path that was asked for, without what stands before it.
pub fn below_root(path: &str) -> String {
    ROOT.with_borrow(|root| match path.strip_prefix(root.as_str()) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest.to_owned(),
        _ => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::{Admin, Place, Route, after_sign_in, sign_in_from};

    #[test]
    fn every_path_is_under_the_root_and_read_from_below_it() {
        begin_at("/sec/");
        let places = [
            Route::Projects,
            Route::NewProject,
            Route::Groups,
            Route::Admin(Admin::Users),
            Route::Project("sec/x".to_owned(), Place::Report),
        ];
        for route in places {
            let path = route.path();
            assert!(path.starts_with("/sec/") && !path.starts_with("/sec//"), "{path}");
            assert_eq!(Route::parse(&path), route, "{path}");
        }
        assert_eq!(Route::parse("/sec"), Route::Projects);
        assert_eq!(below_root("/second/x"), "/second/x", "only a whole part");
        assert_eq!(under_root("/api/v4/user"), "/sec/api/v4/user");
        let from = sign_in_from("/sec/a/b");
        assert_eq!(
            (from.as_str(), after_sign_in(&from[from.find('?').unwrap_or(0)..])),
            ("/sec/users/sign_in?redirect=/sec/a/b", "/sec/a/b".to_owned())
        );
        assert_eq!((sign_in_from("/sec/"), after_sign_in("")), ("/sec/users/sign_in".to_owned(), "/sec/".to_owned()));
        begin_at("");
        assert_eq!(Route::Projects.path(), "/");
    }
}
