//! Components of a bill of materials: names, licences, lock files. Must not know: what depends on what, findings.

use crate::domain::purl::Purl;
use crate::domain::raw;
use crate::domain::sbom::{Component, License, component_id, package_manager};
use crate::domain::scan::Message;
use crate::ingest::foreign::entry::{URL_CHARS, cut};
use rayon::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// Components of one file, those within others included.
const MOST: usize = 500_000;
/// Licences of one component.
const MOST_LICENSES: usize = 50;
/// Warnings of one kind that are told one by one.
const MOST_TOLD: usize = 20;
/// Characters of a name, a version or a package URL that is kept.
const TEXT_CHARS: usize = 1_024;
/// Where scanners of GitLab's kind say which lock file it was.
const INPUT_FILE: [&str; 2] = ["gitlab:dependency_scanning:input_file:path", "gitlab:dependency_scanning:input_file"];
/// Where they name the package manager.
const MANAGER: [&str; 2] = ["gitlab:dependency_scanning:package_manager:name", "gitlab:dependency_scanning:package_manager"];

/// A node of the graph: a component, or what only stands between components, such as a lock file.
#[derive(Debug, Default)]
pub struct Node {
    /// `bom-ref`; empty when it has none.
    pub reference: String,
    /// The component.
    pub component: Component,
    /// Whether it is something that the project depends on, and not its own files or system.
    pub is_dependency: bool,
    /// Whether its name is that of a file in which its dependencies are declared.
    pub is_file: bool,
    /// Whether its file was told by the component itself.
    has_own_file: bool,
    /// Whether the package URL could not be read.
    has_bad_purl: bool,
}

/// All nodes of a file.
pub struct Components {
    /// In the order of the file; the project itself last.
    pub nodes: Vec<Node>,
    /// Nodes by `bom-ref`; of equal ones the first counts.
    pub by_reference: HashMap<String, usize>,
    /// Place of the project itself, if the file names it.
    pub root: Option<usize>,
    /// The lock file that the whole is about, or the file's own name.
    pub file: String,
}

impl Components {
    /// Reads the components, which fit the schema.
    pub fn read(texts: Vec<&RawValue>, head: &Value, filename: &str) -> (Components, Vec<Message>) {
        let metadata = head.get("metadata").unwrap_or(&Value::Null);
        let of_file = |names: &[&str]| property(metadata, names).map(|text| cut(text, TEXT_CHARS).0);
        let file = of_file(&INPUT_FILE).unwrap_or_else(|| filename.to_owned());
        let manager = of_file(&MANAGER).unwrap_or_default();
        let read = |(index, text): (usize, &&RawValue)| {
            let value = raw::parse(text.get()).map(|tree| tree.value).unwrap_or_default();
            let mut nodes = Vec::new();
            walk(&value, &format!("/components/{index}"), &manager, &mut nodes);
            nodes
        };
        let all: Vec<Vec<(String, Node)>> = texts.par_iter().enumerate().map(read).collect();
        let mut told = Told::default();
        let mut nodes = Vec::with_capacity(all.len());
        for (place, node) in all.into_iter().flatten() {
            if nodes.len() == MOST {
                told.more += 1;
                continue;
            }
            if node.has_bad_purl {
                told.bad_purls.push(place);
            }
            told.left_out += u64::from(!node.is_dependency);
            nodes.push(node);
        }
        let root = metadata.get("component").filter(|component| component.is_object()).map(|component| {
            let mut node = node(component, &manager);
            (node.is_dependency, node.is_file) = (false, false);
            nodes.push(node);
            nodes.len() - 1
        });
        let mut by_reference = HashMap::new();
        for (index, node) in nodes.iter().enumerate().filter(|(_, node)| !node.reference.is_empty()) {
            let first = *by_reference.entry(node.reference.clone()).or_insert(index);
            told.repeated += u64::from(first != index);
        }
        (Components { nodes, by_reference, root, file }, told.warnings())
    }

    /// Gives each component its file, and the id that depends on it. Called once, when the files are known.
    pub fn name_files(&mut self, files: &[Option<String>]) {
        for (node, file) in self.nodes.iter_mut().zip(files) {
            if !node.has_own_file {
                node.component.file = file.clone().unwrap_or_else(|| self.file.clone());
            }
            let Component { name, version, purl, file, .. } = &node.component;
            node.component.id = component_id(name, version, purl, file);
        }
    }

    /// What the project depends on, each once, in order of the ids. Of equal ones the first that has a path counts.
    pub fn into_list(self) -> Vec<Component> {
        let mut list: Vec<Component> =
            self.nodes.into_iter().filter(|node| node.is_dependency).map(|node| node.component).collect();
        list.sort_by_key(|component| (component.id, component.relation == 0, component.relation));
        list.dedup_by(|later, first| {
            let is_same = later.id == first.id;
            if is_same && first.licenses.is_empty() {
                first.licenses = std::mem::take(&mut later.licenses);
            }
            is_same
        });
        list
    }
}

#[derive(Default)]
struct Told {
    bad_purls: Vec<String>,
    repeated: u64,
    left_out: u64,
    more: u64,
}

impl Told {
    fn warnings(self) -> Vec<Message> {
        let mut warnings = Vec::new();
        let more = self.bad_purls.len().saturating_sub(MOST_TOLD);
        for place in self.bad_purls.into_iter().take(MOST_TOLD) {
            warnings.push(Message::at(
                "Parsing",
                format!("{place}/purl"),
                "it is no package URL: the component goes by its name",
            ));
        }
        let mut tell = |count: u64, what: &str| {
            if count > 0 {
                warnings.push(Message::at("Parsing", "/components", format!("{count} {what}")));
            }
        };
        tell(more as u64, "more package URLs can't be read");
        tell(self.repeated, "components have a bom-ref that another one has: the first one counts");
        tell(self.left_out, "components are files, systems or applications without a package URL: they are no dependencies");
        tell(self.more, "more components than one file may have were left out");
        warnings
    }
}

/// A component and those inside it.
fn walk(value: &Value, place: &str, manager: &str, nodes: &mut Vec<(String, Node)>) {
    nodes.push((place.to_owned(), node(value, manager)));
    for (index, inner) in list(value, "components").iter().enumerate() {
        walk(inner, &format!("{place}/components/{index}"), manager, nodes);
    }
}

fn node(value: &Value, manager: &str) -> Node {
    let written = text(value, "purl").trim();
    let purl = Purl::parse(written);
    let group = text(value, "group").trim_matches('/');
    let name = match &purl {
        Some(purl) => purl.name.clone(),
        None if group.is_empty() => text(value, "name").to_owned(),
        None => format!("{group}/{}", text(value, "name")),
    };
    let told = text(value, "version");
    let version = if told.is_empty() { purl.as_ref().map_or("", |purl| &purl.version) } else { told };
    let kind = text(value, "type");
    let own_file = property(value, &INPUT_FILE);
    let manager = property(value, &MANAGER).unwrap_or(manager);
    let manager = if manager.is_empty() { purl.as_ref().map_or("", package_manager) } else { manager };
    let is_application = kind == "application" && purl.is_none();
    Node {
        reference: text(value, "bom-ref").to_owned(),
        is_dependency: !is_application && !matches!(kind, "file" | "operating-system"),
        // Trivy lists lock files as applications.
        is_file: kind == "file" || (is_application && name.contains('.')),
        has_own_file: own_file.is_some(),
        has_bad_purl: purl.is_none() && !written.is_empty(),
        component: Component {
            name: cut(&name, TEXT_CHARS).0,
            version: cut(version, TEXT_CHARS).0,
            purl: if purl.is_some() { cut(written, TEXT_CHARS).0 } else { String::new() },
            kind: kind.to_owned(),
            package_manager: cut(manager, TEXT_CHARS).0,
            file: cut(own_file.unwrap_or_default(), TEXT_CHARS).0,
            licenses: licenses(value),
            ..Component::default()
        },
    }
}

fn licenses(value: &Value) -> Vec<License> {
    let choice = |choice: &Value| {
        let license = choice.get("license").unwrap_or(&Value::Null);
        let named = [(license, "id", "id"), (license, "name", "name"), (choice, "expression", "expression")];
        let (owner, member, kind) = named.into_iter().find(|(owner, member, _)| !text(owner, member).is_empty())?;
        let url = text(license, "url");
        Some(License {
            name: cut(text(owner, member), TEXT_CHARS).0,
            url: if url.chars().nth(URL_CHARS).is_some() { String::new() } else { url.to_owned() },
            kind: kind.to_owned(),
        })
    };
    list(value, "licenses").iter().take(MOST_LICENSES).filter_map(choice).collect()
}

/// The value of a property by one of its names.
fn property<'a>(owner: &'a Value, names: &[&str]) -> Option<&'a str> {
    let all = list(owner, "properties");
    let find = |name: &&str| all.iter().find(|one| text(one, "name") == *name).map(|one| text(one, "value"));
    names.iter().filter_map(find).find(|value| !value.is_empty())
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
