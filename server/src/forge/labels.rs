//! Labels of projects and groups: made, changed, removed; a project has those of the groups above it too. Must not know: HTTP, who may, what carries them.

use super::{ForgeError, check_text, invalid};
use crate::access::MOST_LEVELS;
use crate::clock::Millis;
use crate::domain::label::{Label, parse_color};
use crate::domain::member::Source;
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, StoreError, WriteTx, labels as stored, projects};

/// Most labels of a project or group itself.
pub const MOST: usize = 2_000;
/// Most characters of a name.
const NAME_CHARS: usize = 255;
/// Most characters of a description.
const DESCRIPTION_CHARS: usize = 2_000;

/// What somebody wants a label to be; what is not told stays.
#[derive(Debug, Clone, Default)]
pub struct LabelWish {
    /// Name.
    pub name: Option<String>,
    /// Colour.
    pub color: Option<String>,
    /// Text.
    pub description: Option<String>,
    /// Place among the labels that have one; none inside: none any more.
    pub priority: Option<Option<u32>>,
}

impl LabelWish {
    /// Puts the wish over a label.
    fn over(self, mut label: Label) -> Result<Label, ForgeError> {
        if let Some(name) = self.name {
            label.name = name.trim().to_owned();
        }
        if let Some(color) = self.color {
            label.color = parse_color(&color).ok_or_else(|| invalid("color", "must be a valid color code, like #FF0000"))?;
        }
        if let Some(description) = self.description {
            label.description = description;
        }
        label.priority = self.priority.unwrap_or(label.priority);
        if label.name.is_empty() {
            return Err(invalid("title", "can't be blank"));
        }
        if label.name.contains(',') {
            return Err(invalid("title", "is invalid: a comma separates names"));
        }
        check_text("title", &label.name, NAME_CHARS, false)?;
        check_text("description", &label.description, DESCRIPTION_CHARS, true)?;
        Ok(label)
    }
}

/// Makes a label.
///
/// # Errors
/// What is wrong with the wish, a name that is taken, or the store's error.
pub fn create(wtx: &mut WriteTx, source: Source, wish: LabelWish, now: Millis) -> Result<Label, ForgeError> {
    let blank = Label {
        id: 0,
        source,
        name: String::new(),
        color: String::new(),
        description: String::new(),
        priority: None,
        created_at: now,
        updated_at: now,
    };
    let label = wish.over(blank)?;
    check_free(wtx, &label)?;
    if stored::labels(wtx, source)?.len() >= MOST {
        return Err(ForgeError::Unfit(format!("there are {MOST} labels already, which is the most")));
    }
    let label = Label { id: take_id(wtx, Sequence::Label)?, ..label };
    stored::put(wtx, &label)?;
    Ok(label)
}

/// Changes a label.
///
/// # Errors
/// As [`create`], or when there is none.
pub fn change(wtx: &mut WriteTx, source: Source, key: &str, wish: LabelWish, now: Millis) -> Result<Label, ForgeError> {
    let old = find(wtx, &[source], key)?;
    let new = wish.over(old.clone())?;
    if new.name.to_lowercase() != old.name.to_lowercase() {
        check_free(wtx, &new)?;
    }
    if new == old {
        return Ok(old);
    }
    let new = Label { updated_at: now, ..new };
    stored::put(wtx, &new)?;
    Ok(new)
}

/// Removes a label; answers what it was.
///
/// # Errors
/// When there is none, or the store fails.
pub fn remove(wtx: &mut WriteTx, source: Source, key: &str) -> Result<Label, ForgeError> {
    let label = find(wtx, &[source], key)?;
    stored::remove(wtx, &label)?;
    Ok(label)
}

/// A project or group and the groups above it, the nearest first.
///
/// # Errors
/// When the store fails.
pub fn with_groups_above(tx: &impl Reads, source: Source) -> Result<Vec<Source>, StoreError> {
    let mut all = vec![source];
    let mut above = match source {
        Source::Project(id) => projects::find_project(tx, id)?.map(|project| project.namespace_id),
        Source::Group(id) => projects::find_namespace(tx, id)?.and_then(|group| group.parent_id),
    };
    while let Some(id) = above.filter(|_| all.len() <= MOST_LEVELS + 1) {
        let Some(group) = projects::find_namespace(tx, id)?.filter(|group| !group.is_user) else { break };
        all.push(Source::Group(id));
        above = group.parent_id;
    }
    Ok(all)
}

/// A label of one of these by id or name; where several fit, that of the first.
///
/// # Errors
/// When there is none, or the store fails.
pub fn find(tx: &impl Reads, sources: &[Source], key: &str) -> Result<Label, ForgeError> {
    if let Ok(id) = key.parse() {
        for source in sources {
            if let Some(label) = stored::find(tx, *source, id)? {
                return Ok(label);
            }
        }
    }
    for source in sources {
        if let Some(label) = stored::find_by_name(tx, *source, key)? {
            return Ok(label);
        }
    }
    Err(ForgeError::Missing("Label"))
}

/// A name that a group above has is taken too: one name would mean two labels.
fn check_free(tx: &impl Reads, label: &Label) -> Result<(), ForgeError> {
    for source in with_groups_above(tx, label.source)? {
        if stored::find_by_name(tx, source, &label.name)?.is_some_and(|other| other.id != label.id) {
            return Err(ForgeError::Taken("Label already exists".to_owned()));
        }
    }
    Ok(())
}
