//! How one field is stored: words as GitLab's numbers, everything else as it is. Must not know: rows.

use crate::domain::account::{TokenKind, UserKind, UserState};
use crate::domain::audit::EntityKind;
use crate::domain::branch::Grantee;
use crate::domain::commit::Verdict;
use crate::domain::expiry::Expiry;
use crate::domain::finding::{EventKind, MatchEvidence};
use crate::domain::hook::{BranchFilter, HookEvent, Secret};
use crate::domain::member::Source;
use crate::domain::pipeline::Ending;
use crate::domain::project::Visibility;
use crate::store::codec::{Decode, Encode};
use casemate_shared::{
    AccessLevel, DismissalReason, Ingestion, KeptImported, KeptOpen, ReportType, ScanMode, ScanStatus, Severity, UndoStatus,
    VulnerabilityState,
};

/// A field's stored form.
pub(in crate::store) trait Cell: Sized {
    /// What is stored.
    type Raw: Encode + Decode<()>;
    /// To the stored form.
    fn raw(&self) -> Self::Raw;
    /// From the stored form.
    fn read(raw: Self::Raw) -> Result<Self, String>;
}

/// How a field of one type is stored: as its own [`Cell`], or as another word of the list says.
pub(in crate::store) trait Column {
    /// The field.
    type Field;
    /// What is stored.
    type Raw: Encode + Decode<()>;
    /// To the stored form.
    fn raw(field: &Self::Field) -> Self::Raw;
    /// From the stored form.
    fn read(raw: Self::Raw) -> Result<Self::Field, String>;
}

impl<T: Cell> Column for T {
    type Field = T;
    type Raw = T::Raw;
    fn raw(field: &T) -> T::Raw {
        Cell::raw(field)
    }
    fn read(raw: T::Raw) -> Result<T, String> {
        Cell::read(raw)
    }
}

/// An id in eight bytes, big-endian, so that it can be filled in later.
pub(in crate::store) struct FixedId;

impl Column for FixedId {
    type Field = u64;
    type Raw = [u8; 8];
    fn raw(field: &u64) -> [u8; 8] {
        field.to_be_bytes()
    }
    fn read(raw: [u8; 8]) -> Result<u64, String> {
        Ok(u64::from_be_bytes(raw))
    }
}

macro_rules! as_is {
    ($($kind:ty),*) => {$(
        impl Cell for $kind {
            type Raw = $kind;
            fn raw(&self) -> $kind { self.clone() }
            fn read(raw: $kind) -> Result<Self, String> { Ok(raw) }
        }
    )*};
}
as_is!(u8, u32, u64, i64, bool, String, Vec<u8>, [u8; 8], [u8; 16], [u8; 20], [u8; 32]);

/// Place of a word in the list of all of its kind.
fn position<T: PartialEq>(all: &[T], word: T) -> u8 {
    all.iter().position(|known| *known == word).and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

macro_rules! as_number {
    ($($kind:ty => $number:expr, $from:expr;)*) => {$(
        impl Cell for $kind {
            type Raw = u8;
            fn raw(&self) -> u8 { ($number)(*self) }
            fn read(raw: u8) -> Result<Self, String> {
                ($from)(raw).ok_or_else(|| format!(concat!("no ", stringify!($kind), " has number {}"), raw))
            }
        }
    )*};
}
as_number! {
    Severity => Severity::rank, Severity::from_rank;
    UserState => |state| position(&UserState::ALL, state), |number| UserState::ALL.get(usize::from(number)).copied();
    UserKind => |kind| position(&UserKind::ALL, kind), |number| UserKind::ALL.get(usize::from(number)).copied();
    TokenKind => |kind| position(&TokenKind::ALL, kind), |number| TokenKind::ALL.get(usize::from(number)).copied();
    HookEvent => |event| position(HookEvent::ALL, event), |number| HookEvent::ALL.get(usize::from(number)).copied();
    BranchFilter => |filter| position(&BranchFilter::ALL, filter), |number| BranchFilter::ALL.get(usize::from(number)).copied();
    Verdict => |verdict| position(Verdict::ALL, verdict), |number| Verdict::ALL.get(usize::from(number)).copied();
    ReportType => ReportType::number, ReportType::from_number;
    ScanStatus => ScanStatus::number, ScanStatus::from_number;
    VulnerabilityState => VulnerabilityState::number, VulnerabilityState::from_number;
    Ending => Ending::number, Ending::from_number;
    EntityKind => EntityKind::number, EntityKind::from_number;
    AccessLevel => AccessLevel::number, AccessLevel::from_number;
    Visibility => Visibility::number, Visibility::from_number;
    KeptOpen => KeptOpen::number, KeptOpen::from_number;
    KeptImported => KeptImported::number, KeptImported::from_number;
    UndoStatus => |status| match status { UndoStatus::Running => 0, UndoStatus::Done => 1 },
        |number| match number { 0 => Some(UndoStatus::Running), 1 => Some(UndoStatus::Done), _ => None };
    MatchEvidence => MatchEvidence::number, MatchEvidence::from_number;
    ScanMode => |mode| match mode { ScanMode::Full => 0, ScanMode::Partial => 1 },
        |number| match number { 0 => Some(ScanMode::Full), 1 => Some(ScanMode::Partial), _ => None };
    Ingestion => |at| match at { Ingestion::Queued => 0, Ingestion::Running => 1, Ingestion::Done => 2, Ingestion::Failed => 3 },
        |number| match number { 0 => Some(Ingestion::Queued), 1 => Some(Ingestion::Running), 2 => Some(Ingestion::Done), 3 => Some(Ingestion::Failed), _ => None };
    DismissalReason => |reason| DismissalReason::ALL.iter().position(|known| *known == reason).unwrap_or(0) as u8,
        |number: u8| DismissalReason::ALL.get(usize::from(number)).copied();
    EventKind => |kind| match kind { EventKind::Detected => 0, EventKind::NoLongerDetected => 1, EventKind::DetectedAgain => 2, EventKind::ImportUndone => 3, EventKind::Recorded => 5, EventKind::Changed(evidence) => 100 + evidence.number() },
        |number| match number { 0 => Some(EventKind::Detected), 1 => Some(EventKind::NoLongerDetected), 2 => Some(EventKind::DetectedAgain), 3 => Some(EventKind::ImportUndone), 5 => Some(EventKind::Recorded), 101.. => MatchEvidence::from_number(number - 100).map(EventKind::Changed), _ => None };
}

impl Cell for Source {
    type Raw = (u8, u64);
    fn raw(&self) -> (u8, u64) {
        (self.kind(), self.id())
    }
    fn read((kind, id): (u8, u64)) -> Result<Self, String> {
        Source::of(kind, id).ok_or_else(|| format!("nobody can be a member of kind {kind}"))
    }
}

impl Cell for Grantee {
    type Raw = (u8, u64);
    fn raw(&self) -> (u8, u64) {
        match self {
            Grantee::Level(level) => (0, u64::from(level.number())),
            Grantee::User(id) => (1, *id),
            Grantee::Group(id) => (2, *id),
        }
    }
    fn read((kind, id): (u8, u64)) -> Result<Self, String> {
        let level = || u8::try_from(id).ok().and_then(AccessLevel::from_number);
        match kind {
            0 => level().map(Grantee::Level).ok_or_else(|| format!("no AccessLevel has number {id}")),
            1 => Ok(Grantee::User(id)),
            2 => Ok(Grantee::Group(id)),
            _ => Err(format!("nobody of kind {kind} can be let")),
        }
    }
}

impl Cell for Secret {
    type Raw = String;
    fn raw(&self) -> String {
        self.0.clone()
    }
    fn read(raw: String) -> Result<Self, String> {
        Ok(Secret(raw))
    }
}

impl Cell for Expiry {
    /// Nothing was told; never; at that time.
    type Raw = Option<Option<i64>>;
    fn raw(&self) -> Self::Raw {
        match self {
            Expiry::ByAge => None,
            Expiry::Never => Some(None),
            Expiry::At(at) => Some(Some(*at)),
        }
    }
    fn read(raw: Self::Raw) -> Result<Self, String> {
        Ok(raw.map_or(Expiry::ByAge, |told| told.map_or(Expiry::Never, Expiry::At)))
    }
}

impl<T: Cell> Cell for Option<T> {
    type Raw = Option<T::Raw>;
    fn raw(&self) -> Self::Raw {
        self.as_ref().map(Cell::raw)
    }
    fn read(raw: Self::Raw) -> Result<Self, String> {
        raw.map(T::read).transpose()
    }
}

/// Lists of values that are no bytes; byte strings have an implementation of their own.
impl<T: Cell> Cell for Vec<T>
where
    T: NotByte,
{
    type Raw = Vec<T::Raw>;
    fn raw(&self) -> Self::Raw {
        self.iter().map(Cell::raw).collect()
    }
    fn read(raw: Self::Raw) -> Result<Self, String> {
        raw.into_iter().map(T::read).collect()
    }
}

/// Marks what may stand in a list.
pub(in crate::store) trait NotByte {}
impl NotByte for u64 {}
impl NotByte for String {}
impl NotByte for HookEvent {}
impl NotByte for [u8; 8] {}
impl NotByte for [u8; 16] {}
impl NotByte for [u8; 20] {}
impl NotByte for [u8; 32] {}
impl<A, B> NotByte for (A, B) {}
impl<A, B, C> NotByte for (A, B, C) {}
impl NotByte for crate::domain::scan::Message {}
impl NotByte for crate::domain::undo::Kept {}
impl NotByte for crate::domain::pipeline::Section {}
impl NotByte for crate::domain::sbom::License {}
impl NotByte for crate::domain::sbom::Component {}

impl<A: Cell, B: Cell> Cell for (A, B) {
    type Raw = (A::Raw, B::Raw);
    fn raw(&self) -> Self::Raw {
        (self.0.raw(), self.1.raw())
    }
    fn read((a, b): Self::Raw) -> Result<Self, String> {
        Ok((A::read(a)?, B::read(b)?))
    }
}

impl<A: Cell, B: Cell, C: Cell> Cell for (A, B, C) {
    type Raw = (A::Raw, B::Raw, C::Raw);
    fn raw(&self) -> Self::Raw {
        (self.0.raw(), self.1.raw(), self.2.raw())
    }
    fn read((a, b, c): Self::Raw) -> Result<Self, String> {
        Ok((A::read(a)?, B::read(b)?, C::read(c)?))
    }
}
