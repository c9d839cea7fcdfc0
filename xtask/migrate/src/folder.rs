//! A folder of files: `<collection>.jsonl` with a document a line in relaxed EJSON, in the order of `_id`, and
//! `manifest.json` with what is in them.
//!
//! An export that was interrupted goes on where it ended. A folder whose manifest is not complete, or whose files are not
//! what it says, is no source: nothing of it is written anywhere. Files are for their owner alone, because `users` holds
//! addresses and password hashes.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use voxora_data_api::document::{self, Document};
use voxora_store::{events, messages};

use crate::lines::{lines, read_line};
use crate::rules::Checksum;
use crate::written::Written;

const MANIFEST: &str = "manifest.json";
const FORMAT: &str = "voxora-export";
/// Since version 2 messages have a collection of their own; before, they were events.
const VERSION: u32 = 2;
/// How many documents are read at once.
const PAGE: usize = 500;

/// What the folder holds.
#[derive(Serialize, Deserialize)]
struct Manifest {
    format: String,
    version: u32,
    /// Where the documents came from.
    source: String,
    /// Whether all of them are here.
    complete: bool,
    collections: BTreeMap<String, Contents>,
}

/// What a file holds.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Contents {
    documents: u64,
    sha256: String,
}

/// One folder.
pub struct Folder {
    path: PathBuf,
    reading: RefCell<BTreeMap<&'static str, Reading>>,
}

/// A file that is being read from its beginning to its end.
struct Reading {
    lines: BufReader<File>,
    /// The `_id` that was read last.
    after: Option<String>,
}

impl Folder {
    /// The folder at a path, which need not be there yet.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), reading: RefCell::default() }
    }

    /// What it is called in messages.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn file(&self, collection: &str) -> PathBuf {
        self.path.join(format!("{collection}.jsonl"))
    }

    /// Makes it ready to take an export, a new one or one that was interrupted.
    ///
    /// # Errors
    /// When it holds something else.
    pub fn begin(&self, source: &str) -> Result<()> {
        match self.manifest() {
            Ok(manifest) => {
                ensure!(!manifest.complete, "{} holds a whole export; choose another folder", self.name());
                ensure!(
                    manifest.source == source,
                    "{} holds the beginning of an export from {}; choose another folder",
                    self.name(),
                    manifest.source
                );
                return Ok(());
            }
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(error),
        }
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path)
            .with_context(|| format!("cannot make {}", self.name()))?;
        let mut entries =
            self.path.read_dir().with_context(|| format!("cannot look into {}", self.name()))?;
        ensure!(entries.next().is_none(), "{} is not empty; choose another folder", self.name());
        self.write_manifest(source, false, BTreeMap::new())
    }

    /// The `_id` after which a collection's export goes on. What an interrupted write left of a line is cut off, and so is
    /// what there is of the last conversation's events: their ids are in the order of text (`…-1`, `…-10`, `…-2`), so some
    /// that came since would be before the others.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn exported_up_to(&self, collection: &str) -> Result<Option<String>> {
        let path = self.file(collection);
        let mut file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot open {}", path.display())),
        };
        let is_events = [messages::SCHEMA.name, events::SCHEMA.name].contains(&collection);
        // How many bytes, and which `_id` they end with.
        let mut read = (0, None);
        let mut kept = read.clone();
        let mut conversation = None;
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
            let document = read_line(&line).with_context(|| format!("{} is damaged", path.display()))?;
            if is_events && conversation.as_ref() != document.get("conversationId") {
                kept = read.clone();
                conversation = document.get("conversationId").cloned();
            }
            read = (read.0 + line.len() as u64, Some(document::id(&document)?.to_owned()));
            line.clear();
        }
        let (bytes, last) = if is_events { kept } else { read };
        file.set_len(bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(last)
    }

    /// Writes documents at the end of their file; they are on the disk when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&self, collection: &str, documents: &[Document]) -> Result<Written> {
        let path = self.file(collection);
        let write = || -> Result<()> {
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
            file.write_all(lines(documents)?.as_bytes())?;
            Ok(file.sync_data()?)
        };
        write().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Written { inserted: documents.len() as u64, ..Written::default() })
    }

    /// Reads what was written and makes the manifest of it; gives each collection's number of documents and checksum.
    ///
    /// # Errors
    /// When a file cannot be read back.
    pub fn finish(
        &self,
        source: &str,
        collections: &[&'static str],
    ) -> Result<Vec<(&'static str, Checksum)>> {
        let mut contents = BTreeMap::new();
        let mut checksums = Vec::new();
        for &collection in collections {
            // A collection without documents is a file as well.
            self.append(collection, &[])?;
            let checksum = self.checksum(collection)?;
            contents.insert(
                collection.to_owned(),
                Contents { documents: checksum.documents, sha256: checksum.hexadecimal() },
            );
            checksums.push((collection, checksum));
        }
        self.write_manifest(source, true, contents)?;
        Ok(checksums)
    }

    /// Makes sure that the folder holds a whole export and that its files are what the manifest says.
    ///
    /// # Errors
    /// What is missing or damaged.
    pub fn check(&self, collections: &[&'static str]) -> Result<()> {
        let manifest = self.manifest()?;
        ensure!(
            manifest.complete,
            "the export in {} was interrupted; run it again to complete it",
            self.name()
        );
        for &collection in collections {
            let Some(said) = manifest.collections.get(collection) else {
                if manifest.version == 1 && collection == messages::SCHEMA.name {
                    continue;
                }
                bail!("the export in {} has no {collection}", self.name());
            };
            let checksum = self.checksum(collection)?;
            let found = Contents { documents: checksum.documents, sha256: checksum.hexadecimal() };
            ensure!(
                *said == found,
                "{} is damaged: it has {} documents with the checksum {}, its manifest says {} and {}",
                self.file(collection).display(),
                found.documents,
                found.sha256,
                said.documents,
                said.sha256
            );
        }
        Ok(())
    }

    fn checksum(&self, collection: &'static str) -> Result<Checksum> {
        let mut checksum = Checksum::default();
        let mut after: Option<String> = None;
        loop {
            let page = self.page(collection, after.as_deref())?;
            let Some(last) = page.last() else { return Ok(checksum) };
            after = Some(document::id(last)?.to_owned());
            for document in &page {
                checksum.add(collection, document);
            }
        }
    }

    /// See `Place::page`.
    pub fn page(&self, collection: &'static str, after: Option<&str>) -> Result<Vec<Document>> {
        let path = self.file(collection);
        let mut reading = self.reading.borrow_mut();
        let goes_on = reading.get(collection).is_some_and(|reading| reading.after.as_deref() == after);
        if !goes_on {
            let file = match File::open(&path) {
                // `check` has said what may be missing.
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
                file => file.with_context(|| format!("cannot open {}", path.display()))?,
            };
            reading.insert(collection, Reading { lines: BufReader::new(file), after: None });
        }
        let Some(reading) = reading.get_mut(collection) else { return Ok(Vec::new()) };
        let mut page = Vec::new();
        let mut line = Vec::new();
        while page.len() < PAGE && reading.lines.read_until(b'\n', &mut line)? > 0 {
            let document = read_line(&line).with_context(|| format!("{} is damaged", path.display()))?;
            line.clear();
            let id = document::id(&document)?;
            ensure!(
                reading.after.as_deref().is_none_or(|before| before < id),
                "{} is not in the order of _id",
                path.display()
            );
            reading.after = Some(id.to_owned());
            if after.is_none_or(|after| after < id) {
                page.push(document);
            }
        }
        Ok(page)
    }

    fn manifest(&self) -> Result<Manifest> {
        let path = self.path.join(MANIFEST);
        let file = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
        let manifest: Manifest = serde_json::from_reader(BufReader::new(file))
            .with_context(|| format!("{} is not a manifest", path.display()))?;
        ensure!(
            manifest.format == FORMAT && (1..=VERSION).contains(&manifest.version),
            "{} is of another format or version",
            path.display()
        );
        Ok(manifest)
    }

    fn write_manifest(
        &self,
        source: &str,
        complete: bool,
        collections: BTreeMap<String, Contents>,
    ) -> Result<()> {
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            source: source.to_owned(),
            complete,
            collections,
        };
        write_whole(&self.path.join(MANIFEST), &serde_json::to_string_pretty(&manifest)?)
    }
}

/// Writes a file so that whoever reads it sees the old text or the new one.
///
/// # Errors
/// When it cannot be written.
pub fn write_whole(path: &Path, text: &str) -> Result<()> {
    let partial = path.with_extension("partial");
    let write = || -> std::io::Result<()> {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&partial)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        std::fs::rename(&partial, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Whether a file is simply not there.
pub fn is_missing(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;
    use voxora_data_api::document::Document;

    use super::{Folder, MANIFEST};

    fn users(names: &[&str]) -> Vec<Document> {
        let user = |name: &&str| json!({ "_id": name, "at": { "$date": 5 } }).as_object().unwrap().clone();
        names.iter().map(user).collect()
    }

    #[test]
    fn an_interrupted_export_goes_on_and_comes_back_whole() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(&parent.path().join("backup"));
        folder.begin("here").unwrap();
        assert_eq!(folder.exported_up_to("users").unwrap(), None);
        folder.append("users", &users(&["a", "b"])).unwrap();
        // Killed in the middle of a line.
        let file = folder.file("users");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(r#"{"$date":"1970-01-01T00:00:00.005Z"}"#), "{text}");
        fs::write(&file, format!("{text}{{\"_id\":\"c\"")).unwrap();
        assert!(folder.check(&["users"]).unwrap_err().to_string().contains("interrupted"));
        assert!(folder.begin("elsewhere").unwrap_err().to_string().contains("export from here"));

        folder.begin("here").unwrap();
        assert_eq!(folder.exported_up_to("users").unwrap().as_deref(), Some("b"));
        folder.append("users", &users(&["c"])).unwrap();
        assert_eq!(folder.finish("here", &["users"]).unwrap()[0].1.documents, 3);
        folder.check(&["users"]).unwrap();
        assert_eq!(folder.page("users", None).unwrap(), users(&["a", "b", "c"]));
        assert_eq!(folder.page("users", Some("a")).unwrap(), users(&["b", "c"]));
        assert!(folder.page("users", Some("c")).unwrap().is_empty());
        assert!(folder.begin("here").unwrap_err().to_string().contains("whole export"));
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn an_interrupted_export_begins_its_last_conversation_again() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(&parent.path().join("backup"));
        let event = |(conversation, seq): (&str, u32)| {
            let event = json!({ "_id": format!("{conversation}-{seq}"), "conversationId": conversation });
            event.as_object().unwrap().clone()
        };
        folder.begin("here").unwrap();
        folder.append("events", &[("a", 1), ("a", 2)].map(event)).unwrap();
        assert_eq!(folder.exported_up_to("events").unwrap(), None);
        folder.append("events", &[("a", 1), ("a", 2), ("b", 1), ("b", 13)].map(event)).unwrap();
        // By now there are b-10 to b-19 and b-100 to b-199 as well, of which most come before b-13 or b-2.
        assert_eq!(folder.exported_up_to("events").unwrap().as_deref(), Some("a-2"));
        assert_eq!(folder.page("events", None).unwrap(), [("a", 1), ("a", 2)].map(event));
    }

    #[test]
    fn an_export_of_the_version_before_has_no_messages() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(parent.path());
        folder.begin("here").unwrap();
        folder.append("users", &users(&["a"])).unwrap();
        folder.finish("here", &["users"]).unwrap();
        assert!(folder.check(&["users", "messages"]).unwrap_err().to_string().contains("has no messages"));
        let manifest = folder.path.join(MANIFEST);
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(&manifest, text.replace("\"version\": 2", "\"version\": 1")).unwrap();
        folder.check(&["users", "messages"]).unwrap();
        assert!(folder.page("messages", None).unwrap().is_empty());
        assert!(folder.check(&["users", "events"]).unwrap_err().to_string().contains("has no events"));
    }

    #[test]
    fn a_damaged_export_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::new(parent.path());
        folder.begin("here").unwrap();
        folder.append("users", &users(&["a", "b"])).unwrap();
        folder.finish("here", &["users"]).unwrap();
        let file = folder.file("users");
        let text = fs::read_to_string(&file).unwrap();
        for (damaged, word) in [
            (text.replace("005Z", "006Z"), "is damaged: it has 2 documents"),
            (text.lines().next().unwrap().to_owned() + "\n", "is damaged: it has 1 documents"),
            (text.lines().rev().collect::<Vec<_>>().join("\n"), "not in the order"),
            (text.replace('{', "["), "is damaged"),
        ] {
            fs::write(&file, damaged).unwrap();
            let error = Folder::new(parent.path()).check(&["users"]).unwrap_err();
            assert!(format!("{error:#}").contains(word), "{error:#}");
        }
        fs::write(parent.path().join(MANIFEST), "{}").unwrap();
        assert!(folder.check(&["users"]).unwrap_err().to_string().contains("not a manifest"));
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("letter.txt"), "Dear").unwrap();
        assert!(Folder::new(other.path()).begin("here").unwrap_err().to_string().contains("not empty"));
    }
}
