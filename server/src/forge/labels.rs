//! Labels: made, changed, removed. Must not know: HTTP, who may, what carries them.

use super::{ForgeError, check_text, invalid};
use crate::clock::Millis;
use crate::domain::label::{Label, parse_color};
use crate::store::meta::{Sequence, take_id};
use crate::store::{Reads, WriteTx, labels as stored};

/// Most labels of a project.
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
pub fn create(wtx: &mut WriteTx, project: u64, wish: LabelWish, now: Millis) -> Result<Label, ForgeError> {
    let blank = Label {
        id: 0,
        project_id: project,
        name: String::new(),
        color: String::new(),
        description: String::new(),
        priority: None,
        created_at: now,
        updated_at: now,
    };
    let label = wish.over(blank)?;
    check_free(wtx, &label)?;
    if stored::labels(wtx, project)?.len() >= MOST {
        return Err(ForgeError::Unfit(format!("the project has {MOST} labels, which is the most")));
    }
    let label = Label { id: take_id(wtx, Sequence::Label)?, ..label };
    stored::put(wtx, &label)?;
    Ok(label)
}

/// Changes a label.
///
/// # Errors
/// As [`create`], or when there is none.
pub fn change(wtx: &mut WriteTx, project: u64, key: &str, wish: LabelWish, now: Millis) -> Result<Label, ForgeError> {
    let old = find(wtx, project, key)?;
    let new = wish.over(old.clone())?;
    check_free(wtx, &new)?;
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
pub fn remove(wtx: &mut WriteTx, project: u64, key: &str) -> Result<Label, ForgeError> {
    let label = find(wtx, project, key)?;
    stored::remove(wtx, &label)?;
    Ok(label)
}

/// A label by id or name.
///
/// # Errors
/// When there is none, or the store fails.
pub fn find(tx: &impl Reads, project: u64, key: &str) -> Result<Label, ForgeError> {
    let by_id = match key.parse() {
        Ok(id) => stored::find(tx, project, id)?,
        Err(_) => None,
    };
    let found = match by_id {
        Some(label) => Some(label),
        None => stored::find_by_name(tx, project, key)?,
    };
    found.ok_or(ForgeError::Missing("Label"))
}

fn check_free(tx: &impl Reads, label: &Label) -> Result<(), ForgeError> {
    match stored::find_by_name(tx, label.project_id, &label.name)? {
        Some(other) if other.id != label.id => Err(ForgeError::Taken("Label already exists".to_owned())),
        _ => Ok(()),
    }
}
