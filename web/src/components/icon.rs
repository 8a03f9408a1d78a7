//! The line icons, all of one weight on a 16-pixel grid. Decorative: whoever uses one gives the words. Must
//! not know where they stand.

use leptos::prelude::*;

/// An icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say what is drawn")]
pub enum Icon {
    Box,
    Check,
    Close,
    Confirmed,
    Copy,
    Detected,
    Dismissed,
    Download,
    Eye,
    EyeOff,
    Folder,
    Gear,
    Help,
    Inbox,
    Info,
    List,
    Monitor,
    Moon,
    Next,
    People,
    Plus,
    Projects,
    Pulse,
    Resolved,
    Search,
    Shield,
    SignOut,
    Sun,
    Switch,
    Undo,
    Upload,
    Warning,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Icon::Box => "M8 2l5.5 3v6L8 14l-5.5-3V5zM2.5 5L8 8l5.5-3M8 8v6",
            Icon::Check => "M3 8.5l3.2 3.2L13 4.8",
            Icon::Close => "M4 4l8 8M12 4l-8 8",
            Icon::Confirmed => "M8 2a6 6 0 100 12A6 6 0 008 2zm0 3v4m0 2v.2",
            Icon::Copy => "M5.5 5.5h8v8h-8zM10.5 3v-.5h-8v8H3",
            Icon::Detected => "M8 3a5 5 0 100 10A5 5 0 008 3z",
            Icon::Dismissed => "M8 2a6 6 0 100 12A6 6 0 008 2zM4 4l8 8",
            Icon::Download => "M8 2.5v8m0 0L4.5 7M8 10.5L11.5 7M2.5 11v2.5h11V11",
            Icon::Eye => {
                "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 6.2a1.8 1.8 0 100 3.6 1.8 1.8 0 000-3.6z"
            }
            Icon::EyeOff => "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM3 13L13 3",
            Icon::Folder => "M2 4.5V13h12V5.5H8L6.5 3.5H2z",
            Icon::Gear => {
                "M8 5.7a2.3 2.3 0 100 4.6 2.3 2.3 0 000-4.6zM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6L5 5M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4"
            }
            Icon::Help => "M5.8 6a2.2 2.2 0 114 1.3C9.2 8 8 8.3 8 9.7M8 12v.2",
            Icon::Inbox => "M2 9.5h3.5l1 2h3l1-2H14M2 9.5L4 3h8l2 6.5V13H2z",
            Icon::Info => "M8 2a6 6 0 100 12A6 6 0 008 2zM8 7.3v3.6M8 5v.1",
            Icon::List => "M2 4h12M2 8h12M2 12h12",
            Icon::Monitor => "M2 3h12v8H2zM5.5 13.5h5M8 11v2.5",
            Icon::Moon => "M13.5 9.5A6 6 0 016.5 2.5a6 6 0 107 7z",
            Icon::Next => "M6 3.5L10.5 8 6 12.5",
            Icon::People => {
                "M6 2.5a2.5 2.5 0 100 5 2.5 2.5 0 000-5zM1.5 13.5a4.5 4.5 0 019 0M10.5 3a2.5 2.5 0 010 4.4M12 9.4a4.5 4.5 0 012.5 4.1"
            }
            Icon::Plus => "M8 3v10M3 8h10",
            Icon::Projects => "M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z",
            Icon::Pulse => "M2 8h3l2-5 3 10 2-5h2",
            Icon::Resolved => "M8 2a6 6 0 100 12A6 6 0 008 2zM5.3 8.2l2 2 3.5-4",
            Icon::Search => "M7 2a5 5 0 100 10A5 5 0 007 2zm4 9l3 3",
            Icon::Shield => "M8 1.8l5 2v4c0 3-2 5.2-5 6.4-3-1.2-5-3.4-5-6.4v-4z",
            Icon::SignOut => "M6 2.5H2.5v11H6M10 5l3 3-3 3M13 8H6",
            Icon::Sun => {
                "M8 5.2a2.8 2.8 0 100 5.6 2.8 2.8 0 000-5.6zM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1"
            }
            Icon::Switch => "M5 6l3-3 3 3M5 10l3 3 3-3",
            Icon::Undo => "M6 3L2.5 6.5 6 10M2.5 6.5h7a3.5 3.5 0 010 7H7",
            Icon::Upload => "M8 11V2.5m0 0L4.5 6M8 2.5L11.5 6M2.5 10.5v3h11v-3",
            Icon::Warning => "M8 2.5l6.2 11H1.8zM8 6.5v3.2m0 1.8v.1",
        }
    }
}

/// Draws an icon.
#[component]
pub fn Glyph(
    /// Which one.
    icon: Icon,
) -> impl IntoView {
    view! {
        <svg class="i" viewBox="0 0 16 16" aria-hidden="true">
            <path d=icon.path()></path>
        </svg>
    }
}

/// The sign of the program.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M3 21V9l9-6 9 6v12"></path>
            <path class="gate" d="M8 21v-6a4 4 0 018 0v6"></path>
        </svg>
    }
}
