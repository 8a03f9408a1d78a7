//! What depends on what: for each component a shortest path from the project. Cycles, refs that name nothing and a
//! missing root occur. Must not know: the file's text, findings.

use super::component::Components;
use crate::domain::sbom::{DIRECT, TRANSITIVE};
use crate::domain::scan::Message;
use std::collections::VecDeque;

/// What is known of a node on the way from the project.
#[derive(Clone, Default)]
struct Way {
    reached: bool,
    /// The node before.
    from: Option<usize>,
    /// The nearest file on the way.
    file: Option<usize>,
}

/// Finds the paths, and with them files and ids.
pub fn link(components: &mut Components, dependencies: &[(String, Vec<String>)], warnings: &mut Vec<Message>) {
    let (edges, unknown) = edges(components, dependencies);
    if unknown > 0 {
        warnings.push(Message::at("Parsing", "/dependencies", format!("{unknown} refs name no component")));
    }
    let ways = ways(components, &edges);
    let files: Vec<Option<String>> =
        ways.iter().map(|way| way.file.map(|file| components.nodes[file].component.name.clone())).collect();
    components.name_files(&files);
    let parents: Vec<Option<usize>> = (0..ways.len()).map(|node| parent(components, &ways, node)).collect();
    let ids: Vec<u64> = components.nodes.iter().map(|node| node.component.id).collect();
    let has_edges = edges.iter().any(|targets| !targets.is_empty());
    for (index, node) in components.nodes.iter_mut().enumerate() {
        node.component.parent = parents[index].map(|parent| ids[parent]);
        node.component.relation = match (has_edges && ways[index].reached, parents[index]) {
            (false, _) => 0,
            (true, None) => DIRECT,
            (true, Some(_)) => TRANSITIVE,
        };
    }
}

/// Nodes by node, and the number of refs that name none.
fn edges(components: &Components, dependencies: &[(String, Vec<String>)]) -> (Vec<Vec<usize>>, usize) {
    let mut edges = vec![Vec::new(); components.nodes.len()];
    let mut unknown = 0;
    for (from, targets) in dependencies {
        let Some(from) = components.by_reference.get(from) else {
            unknown += 1;
            continue;
        };
        for target in targets {
            match components.by_reference.get(target) {
                Some(target) => edges[*from].push(*target),
                None => unknown += 1,
            }
        }
    }
    (edges, unknown)
}

/// Breadth first from the project; when the file doesn't say what that depends on, from everything that nothing
/// depends on.
fn ways(components: &Components, edges: &[Vec<usize>]) -> Vec<Way> {
    let mut ways = vec![Way::default(); edges.len()];
    let mut queue: VecDeque<usize> = match components.root.filter(|root| !edges[*root].is_empty()) {
        Some(root) => VecDeque::from([root]),
        None => {
            let mut is_needed = vec![false; edges.len()];
            edges.iter().enumerate().for_each(|(from, targets)| {
                targets.iter().filter(|target| **target != from).for_each(|target| is_needed[*target] = true);
            });
            (0..edges.len()).filter(|node| !is_needed[*node]).collect()
        }
    };
    for node in &queue {
        ways[*node].reached = true;
        ways[*node].file = components.nodes[*node].is_file.then_some(*node);
    }
    while let Some(node) = queue.pop_front() {
        for target in &edges[node] {
            if !ways[*target].reached {
                let file = if components.nodes[*target].is_file { Some(*target) } else { ways[node].file };
                ways[*target] = Way { reached: true, from: Some(node), file };
                queue.push_back(*target);
            }
        }
    }
    ways
}

/// The nearest dependency before a node. The ways form a tree, so this ends.
fn parent(components: &Components, ways: &[Way], node: usize) -> Option<usize> {
    let mut at = ways[node].from;
    while let Some(before) = at {
        if components.nodes[before].is_dependency {
            return Some(before);
        }
        at = ways[before].from;
    }
    None
}
