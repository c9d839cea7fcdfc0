//! Copying from place to place: pass after pass over both, until one finds nothing to write.
//!
//! A pass reads source and target side by side in the order of `_id` and writes what the target lacks or has older (see
//! [`crate::rules`]). Every write can be made again, so a pass that was killed is simply made again, from where the state
//! file says or from the beginning. The last pass writes nothing: that it compared everything is the verification.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use voxora_data_api::document::{self, Document};

use crate::folder::{is_missing, write_whole};
use crate::page::{Cursor, Pair, next_pair};
use crate::place::Place;
use crate::rules::{Checksum, Verdict, judge};

/// How many documents are written at once, and how many bytes of them.
const BATCH: (usize, usize) = (200, 512 * 1024);
/// How often progress is shown.
const PROGRESS: Duration = Duration::from_secs(2);

/// What a pass found and did in one collection.
#[derive(Default)]
pub struct Tally {
    /// The source's documents.
    pub source: Checksum,
    /// The target's, as they were read: what this pass wrote is not in it.
    pub target: Checksum,
    /// Documents that the target lacked and got (or, when only comparing, lacks).
    pub lacking: u64,
    /// Documents that the target had older and were brought up to date (or would have been).
    pub older: u64,
    /// Documents that the target has newer than the source.
    pub newer: u64,
    /// Documents that only the target has.
    pub only_target: u64,
    /// Documents of which neither version can be said to be right, by `_id`.
    pub conflicts: Vec<String>,
    /// Documents that the target refused: `_id` and reason.
    pub refused: Vec<(String, String)>,
}

impl Tally {
    /// How many documents were written, or are to be.
    pub const fn writes(&self) -> u64 {
        self.lacking + self.older
    }

    /// Whether both places hold the very same documents.
    pub fn is_identical(&self) -> bool {
        self.source.documents == self.target.documents
            && self.source.hexadecimal() == self.target.hexadecimal()
    }
}

/// How far a copy has come, in a file, so that one that was killed can go on.
pub struct State {
    path: PathBuf,
    stored: Stored,
}

#[derive(Default, Serialize, Deserialize)]
struct Stored {
    from: String,
    to: String,
    /// For each collection the `_id` up to which everything has been copied.
    copied: BTreeMap<String, String>,
}

impl State {
    /// Reads the file, if there is one.
    ///
    /// # Errors
    /// When it is about another copy.
    pub fn open(path: &Path, from: &str, to: &str) -> Result<Self> {
        let text = match std::fs::read_to_string(path).map_err(anyhow::Error::from) {
            Ok(text) => text,
            Err(error) if is_missing(&error) => {
                let stored = Stored { from: from.to_owned(), to: to.to_owned(), copied: BTreeMap::new() };
                return Ok(Self { path: path.to_path_buf(), stored });
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let stored: Stored = serde_json::from_str(&text)
            .with_context(|| format!("{} is not the state of a copy", path.display()))?;
        ensure!(
            stored.from == from && stored.to == to,
            "{} is the state of a copy from {} to {} that has not ended; remove it, or name another file with --state",
            path.display(),
            stored.from,
            stored.to
        );
        Ok(Self { path: path.to_path_buf(), stored })
    }

    /// Where a collection's copy goes on.
    pub fn copied_up_to(&self, collection: &str) -> Option<String> {
        self.stored.copied.get(collection).cloned()
    }

    fn save(&mut self, collection: &str, up_to: &str) -> Result<()> {
        self.stored.copied.insert(collection.to_owned(), up_to.to_owned());
        write_whole(&self.path, &serde_json::to_string(&self.stored)?)
    }

    /// Removes the file: the copy has ended.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    pub fn end(self) -> Result<()> {
        match std::fs::remove_file(&self.path).map_err(anyhow::Error::from) {
            Err(error) if !is_missing(&error) => {
                Err(error).with_context(|| format!("cannot remove {}", self.path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Documents on their way to the target.
#[derive(Default)]
struct Batch {
    documents: Vec<Document>,
    bytes: usize,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.documents.len() >= BATCH.0 || self.bytes >= BATCH.1
    }
}

/// One pass over a collection, from after an `_id` on. With a `state` it writes, and notes there how far it has come;
/// without one it only compares.
///
/// # Errors
/// When a place cannot be read or written now. What has been written stays; the pass can be made again.
pub async fn pass(
    source: &Place,
    target: &Place,
    collection: &'static str,
    after: Option<String>,
    mut state: Option<&mut State>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut progress = Progress::new(collection);
    let mut batch = Batch::default();
    let mut sources = Cursor::new(source, collection, after.clone());
    let mut targets = Cursor::new(target, collection, after);
    let mut up_to = None;
    while let Some(pair) = next_pair(&mut sources, &mut targets).await? {
        match pair {
            Pair::Target(theirs) => {
                tally.target.add(collection, &theirs);
                tally.only_target += 1;
            }
            Pair::Source(ours) => {
                tally.source.add(collection, &ours);
                up_to = Some(document::id(&ours)?.to_owned());
                tally.lacking += 1;
                if state.is_some() {
                    batch.bytes += serde_json::to_string(&ours)?.len();
                    batch.documents.push(ours);
                }
            }
            Pair::Both(ours, theirs) => {
                tally.source.add(collection, &ours);
                tally.target.add(collection, &theirs);
                let id = document::id(&ours)?.to_owned();
                match judge(collection, &ours, &theirs) {
                    Verdict::Same => {}
                    Verdict::TargetNewer => tally.newer += 1,
                    Verdict::Conflict => tally.conflicts.push(id.clone()),
                    Verdict::SourceNewer if !target.can_renew() => {
                        tally.refused.push((id.clone(), "the target's older version stays".to_owned()));
                    }
                    Verdict::SourceNewer => {
                        tally.older += 1;
                        if state.is_some() {
                            // Where the target has become newer meanwhile nothing happens, and the next pass sees it.
                            target.renew(collection, &ours).await?;
                        }
                    }
                }
                up_to = Some(id);
            }
        }
        progress.show(&tally);
        let pages_end = sources.is_between_pages();
        if let (Some(state), Some(up_to)) = (state.as_deref_mut(), up_to.as_deref())
            && (batch.is_full() || pages_end)
        {
            write(target, collection, &mut batch, &mut tally).await?;
            state.save(collection, up_to)?;
        }
    }
    if state.is_some() {
        write(target, collection, &mut batch, &mut tally).await?;
    }
    progress.end(&tally);
    Ok(tally)
}

async fn write(target: &Place, collection: &'static str, batch: &mut Batch, tally: &mut Tally) -> Result<()> {
    let Batch { documents, .. } = std::mem::take(batch);
    if documents.is_empty() {
        return Ok(());
    }
    let written = target.insert(collection, &documents).await?;
    tally.lacking -= written.refused.len() as u64;
    tally.refused.extend(written.refused);
    Ok(())
}

/// Exports a collection to a folder, from where an interrupted export ended.
///
/// # Errors
/// When the source cannot be read, or the folder not written.
pub async fn export(
    source: &Place,
    target: &Place,
    collection: &'static str,
    after: Option<String>,
) -> Result<()> {
    let mut tally = Tally::default();
    let mut progress = Progress::new(collection);
    let mut batch = Batch::default();
    let mut sources = Cursor::new(source, collection, after);
    while let Some(document) = sources.next().await? {
        batch.documents.push(document);
        tally.lacking += 1;
        tally.source.documents += 1;
        progress.show(&tally);
        if sources.is_between_pages() {
            write(target, collection, &mut batch, &mut tally).await?;
        }
    }
    write(target, collection, &mut batch, &mut tally).await?;
    progress.end(&tally);
    Ok(())
}

/// Says now and then how far it is.
struct Progress {
    collection: &'static str,
    begun: Instant,
    shown: Instant,
    terminal: bool,
}

impl Progress {
    fn new(collection: &'static str) -> Self {
        let now = Instant::now();
        Self { collection, begun: now, shown: now, terminal: std::io::stderr().is_terminal() }
    }

    fn show(&mut self, tally: &Tally) {
        if self.shown.elapsed() >= PROGRESS {
            self.shown = Instant::now();
            self.print(tally, if self.terminal { "\r" } else { "\n" });
        }
    }

    fn end(&self, tally: &Tally) {
        if self.begun.elapsed() >= PROGRESS {
            self.print(tally, "\n");
        }
    }

    fn print(&self, tally: &Tally, end: &str) {
        let Tally { source, lacking, older, .. } = tally;
        let (documents, seconds) = (source.documents, self.begun.elapsed().as_secs());
        eprint!(
            "  {}: {documents} read, {lacking} inserted, {older} renewed, {seconds} s   {end}",
            self.collection
        );
    }
}
