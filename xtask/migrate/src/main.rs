//! `cargo xtask migrate`: makes a document store's indexes, and moves, backs up and restores a deployment's documents.
//! docs/PERSISTENCE.md says when to do what.
//!
//! Nothing is ever deleted, and a document is changed only where the source's version is known to be the newer one. A run
//! that was killed goes on when it is started again, and a run that has ended can be made again.

// The rule against threads, clocks and sleeping is for code that runs in a Worker. This is a native tool.
#![allow(clippy::disallowed_methods)]

mod bootstrap;
mod copy;
mod deployment;
mod endpoint;
mod folder;
mod lines;
mod page;
mod place;
mod rules;
mod written;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use voxora_data_api::client::{Credentials, Settings};
use voxora_data_api::contract::Namespace;
use voxora_store::{collections, email};

use crate::bootstrap::bootstrap;
use crate::copy::{State, Tally};
use crate::deployment::{Admin, Deployment};
use crate::endpoint::Endpoint;
use crate::folder::Folder;
use crate::place::Place;

/// How many passes are made over a source that is being written to meanwhile.
const PASSES: u32 = 4;
/// How many documents of a kind a report names.
const NAMED: usize = 10;
/// What `--from` and `--to` call a deployment's own store.
const EMBEDDED: &str = "embedded";

/// Makes a document store's indexes, and moves, backs up and restores a deployment's documents.
///
/// A place is `embedded` (a deployment's own store, with --deployment), the address of a Data API endpoint, or a folder.
/// Without --from only the indexes are made, and documents of earlier versions brought up to date.
#[derive(Parser)]
#[command(name = "cargo xtask migrate", version)]
struct Arguments {
    /// Where the documents come from: embedded, https://… or a folder
    #[arg(long)]
    from: Option<String>,

    /// Where they go: https://…, embedded or a folder
    #[arg(long, required_unless_present = "print_indexes")]
    to: Option<String>,

    /// The deployment whose embedded store is meant, such as `https://chat.example.com`
    #[arg(long)]
    deployment: Option<String>,

    /// The address of the admin who signs in there. The password is asked for, or taken from `VOXORA_PASSWORD`
    #[arg(long, env = "VOXORA_EMAIL")]
    email: Option<String>,

    /// The endpoint's data source
    #[arg(long, env = "DATA_API_SOURCE", default_value = "voxora")]
    source: String,

    /// The endpoint's database
    #[arg(long, env = "DATA_API_DATABASE", default_value = "voxora")]
    database: String,

    /// How the endpoint's key is shown: api-key, bearer or basic
    #[arg(long, env = "DATA_API_AUTH", default_value = "api-key")]
    auth: String,

    /// A file with the endpoint's key; without it the key is taken from `DATA_API_KEY`
    #[arg(long)]
    key_file: Option<PathBuf>,

    /// Only these collections, separated by commas
    #[arg(long, value_delimiter = ',')]
    collections: Vec<String>,

    /// Compare only; write nothing
    #[arg(long)]
    verify: bool,

    /// Leave the endpoint's indexes alone
    #[arg(long)]
    no_indexes: bool,

    /// Print the indexes as commands for mongosh, and do nothing else
    #[arg(long)]
    print_indexes: bool,

    /// The file that remembers how far a copy has come
    #[arg(long, default_value = "voxora-migrate.state.json")]
    state: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    if arguments.print_indexes {
        print!("{}", endpoint::mongosh_commands());
        return Ok(());
    }
    let to = arguments.to.as_deref().context("--to is missing")?;
    let collections = arguments.collections()?;
    if let Some(from) = &arguments.from {
        let both = |test: fn(&str) -> bool| test(from) && test(to);
        ensure!(!both(|place| place == EMBEDDED), "--from and --to are the same store");
        ensure!(
            !both(is_endpoint),
            "two endpoints have two keys: export from one to a folder, and import that to the other"
        );
    }
    let target = arguments.place(to)?;
    let source = arguments.from.as_deref().map(|from| arguments.place(from)).transpose()?;
    if let Place::Endpoint(endpoint) = &target
        && !arguments.verify
        && !arguments.no_indexes
    {
        endpoint.create_indexes().await?;
        endpoint.upgrade().await?;
    }
    let Some(source) = source else {
        ensure!(
            matches!(target, Place::Endpoint(_)),
            "without --from, --to must be an endpoint: its indexes are made and its documents brought up to date"
        );
        return Ok(());
    };
    if let Place::Folder(folder) = &source {
        folder.check(&collections)?;
    }
    let outcome = transfer(arguments, &source, &target, &collections).await;
    for place in [&source, &target] {
        if let Place::Embedded(deployment) = place {
            deployment.sign_out().await;
        }
    }
    outcome
}

async fn transfer(
    arguments: &Arguments,
    source: &Place,
    target: &Place,
    collections: &[&'static str],
) -> Result<()> {
    println!(
        "{} {} to {}",
        if arguments.verify { "Comparing" } else { "Copying" },
        source.name(),
        target.name()
    );
    match target {
        Place::Folder(folder) if arguments.verify => folder.check(collections)?,
        Place::Folder(folder) => return export(source, target, folder, collections).await,
        Place::Embedded(deployment) if !arguments.verify => bootstrap(deployment, source).await?,
        Place::Embedded(_) | Place::Endpoint(_) => {}
    }
    if arguments.verify {
        let mut tallies = Vec::new();
        for &collection in collections {
            tallies.push((collection, copy::pass(source, target, collection, None, None).await?));
        }
        print(&tallies);
        let lacking: u64 = tallies.iter().map(|(_, tally)| tally.writes()).sum();
        ensure!(lacking == 0, "the target lacks {lacking} documents, or has older versions of them");
        return judge(&tallies);
    }
    let mut state = State::open(&arguments.state, &source.name(), &target.name())?;
    let mut tallies = Vec::new();
    for number in 1..=PASSES {
        tallies.clear();
        let mut is_whole = true;
        for &collection in collections {
            let after = state.copied_up_to(collection).filter(|_| number == 1);
            is_whole &= after.is_none();
            let tally = copy::pass(source, target, collection, after, Some(&mut state)).await?;
            tallies.push((collection, tally));
        }
        let writes: u64 = tallies.iter().map(|(_, tally)| tally.writes()).sum();
        println!("Pass {number}: {writes} documents written");
        if writes == 0 && is_whole {
            state.end()?;
            print(&tallies);
            return judge(&tallies);
        }
    }
    state.end()?;
    print(&tallies);
    judge(&tallies)?;
    println!(
        "Copied, but not verified: the source was written to during every pass. Run this again once it no longer is."
    );
    Ok(())
}

async fn export(source: &Place, target: &Place, folder: &Folder, collections: &[&'static str]) -> Result<()> {
    folder.begin(&source.name())?;
    for &collection in collections {
        let after = folder.exported_up_to(collection)?;
        copy::export(source, target, collection, after).await?;
    }
    println!("\n{:<14} {:>10}  SHA-256", "collection", "documents");
    for (collection, checksum) in folder.finish(&source.name(), collections)? {
        println!("{collection:<14} {:>10}  {}", checksum.documents, checksum.hexadecimal());
    }
    println!("Exported to {}", target.name());
    Ok(())
}

/// What the last pass found.
fn print(tallies: &[(&'static str, Tally)]) {
    println!(
        "\n{:<14} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}  checksums",
        "collection", "source", "target", "lacking", "newer", "only", "conflicts"
    );
    for (collection, tally) in tallies {
        let checksums = if tally.is_identical() {
            tally.source.hexadecimal()
        } else {
            format!("{} / {}", tally.source.hexadecimal(), tally.target.hexadecimal())
        };
        println!(
            "{collection:<14} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}  {checksums}",
            tally.source.documents,
            tally.target.documents,
            tally.writes(),
            tally.newer,
            tally.only_target,
            tally.conflicts.len(),
        );
    }
}

/// Whether all is well.
fn judge(tallies: &[(&'static str, Tally)]) -> Result<()> {
    let (mut conflicts, mut refused) = (0, 0);
    for (collection, tally) in tallies {
        for id in tally.conflicts.iter().take(NAMED) {
            eprintln!(
                "{collection} {id}: the two versions differ and neither is known to be right; the target's stays"
            );
        }
        for (id, reason) in tally.refused.iter().take(NAMED) {
            eprintln!("{collection} {id}: refused: {reason}");
        }
        conflicts += tally.conflicts.len();
        refused += tally.refused.len();
    }
    ensure!(
        conflicts + refused == 0,
        "{conflicts} documents differ and {refused} were refused; at most {NAMED} of each kind and collection are named above"
    );
    let writes: u64 = tallies.iter().map(|(_, tally)| tally.writes()).sum();
    if writes == 0 {
        let identical = tallies.iter().all(|(_, tally)| tally.is_identical());
        println!(
            "Verified: {}",
            if identical {
                "both hold the same documents"
            } else {
                "the target has every document of the source, in that version or a newer one"
            }
        );
    }
    Ok(())
}

impl Arguments {
    fn collections(&self) -> Result<Vec<&'static str>> {
        // Sessions are nobody's to copy: people sign in again.
        let movable = || {
            let movable = collections::COLLECTIONS.iter().filter(|collection| collection.movable);
            movable.map(|collection| collection.name())
        };
        for name in &self.collections {
            ensure!(
                movable().any(|movable| movable == name),
                "--collections may name {}; '{name}' is none of them",
                movable().collect::<Vec<_>>().join(", ")
            );
        }
        let chosen =
            |name: &&str| self.collections.is_empty() || self.collections.iter().any(|chosen| chosen == name);
        Ok(movable().filter(chosen).collect())
    }

    fn place(&self, text: &str) -> Result<Place> {
        if text == EMBEDDED {
            let address = self.deployment.as_deref().context("`embedded` needs --deployment https://…")?;
            return Ok(Place::Embedded(Box::new(Deployment::new(address, self.admin()?)?)));
        }
        if is_endpoint(text) {
            return Ok(Place::Endpoint(Box::new(Endpoint::new(self.settings(text)?)?)));
        }
        Ok(Place::Folder(Folder::new(Path::new(text))))
    }

    fn admin(&self) -> Result<Admin> {
        let email = self.email.clone().context("give the admin's address with --email")?;
        let password = match std::env::var("VOXORA_PASSWORD") {
            Ok(password) => password,
            Err(_) => rpassword::prompt_password(format!("Password of {email}: "))
                .context("cannot ask for the password; give it in VOXORA_PASSWORD")?,
        };
        Ok(Admin { email: email::fold(&email), password })
    }

    fn settings(&self, url: &str) -> Result<Settings> {
        let key = match &self.key_file {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("cannot read the key in {}", file.display()))?
                .trim()
                .to_owned(),
            None => std::env::var("DATA_API_KEY")
                .context("give the endpoint's key in DATA_API_KEY or by --key-file")?,
        };
        let credentials = match self.auth.as_str() {
            "api-key" => Credentials::ApiKey(key),
            "bearer" => Credentials::Bearer(key),
            "basic" => Credentials::Basic(key),
            _ => bail!("--auth must be api-key, bearer or basic"),
        };
        let namespace = Namespace { data_source: self.source.clone(), database: self.database.clone() };
        Ok(Settings::new(url, namespace, &credentials)?)
    }
}

fn is_endpoint(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}
