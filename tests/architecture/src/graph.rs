//! Which file imports which, and the circles in it.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::File;

/// Each file with those that it imports from.
pub type Graph = BTreeMap<File, BTreeSet<File>>;

/// The largest sets of files in which each leads to each other, sorted.
#[must_use]
pub fn circles(graph: &Graph) -> Vec<Vec<File>> {
    let arrows = graph.iter().flat_map(|(from, to)| to.iter().map(|to| (from.as_str(), to.as_str())));
    let arrows: DiGraphMap<&str, ()> = DiGraphMap::from_edges(arrows.filter(|(from, to)| from != to));
    let mut circles: Vec<Vec<File>> = tarjan_scc(&arrows)
        .into_iter()
        .filter(|files| files.len() > 1)
        .map(|files| {
            let mut files: Vec<_> = files.into_iter().map(str::to_owned).collect();
            files.sort();
            files
        })
        .collect();
    circles.sort();
    circles
}
