//! A real document store for tests: PostgreSQL with the DocumentDB extension, in a Debian of its own.
//!
//! It promises: brought once into the user's cache, started in about a second; every start gets fresh documents; the
//! server ends with whoever started it, however that ends; and nothing is left on the machine, no process, no mount
//! and no memory segment, because it lives in name spaces that die with it.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::Uid;
use serde_json::json;

use crate::files::{Fingerprint, hexadecimal};
use crate::lock::Lock;
use crate::{process, rust};

/// Environment variables that name a store which is already there, by the scheme of its address.
pub const VARIABLES: [&str; 2] = ["POSTGRES_URI", "MONGODB_URI"];

/// The extension's package, in Debian's unstable distribution.
const PACKAGE: &str = "postgresql-18-documentdb";
const SUITE: &str = "sid";
const PROGRAMS: &str = "/usr/lib/postgresql/18/bin";
/// Where, inside of that Debian, the cluster that runs is.
const RUN: &str = "srv/run";
/// The user that the printed address has: no superuser, only what DocumentDB's administrators need.
const ROLE: &str = "voxora";

const POLL: Duration = Duration::from_millis(50);
const TIME_TO_START: Duration = Duration::from_secs(30);

const SETTINGS: &str = "
shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb'
# Indexes are built by jobs; as background workers they need no password.
cron.use_background_workers = on
cron.log_min_messages = fatal
cron.log_statement = off
cron.log_run = off
# DocumentDB connects to its own server as whoever calls it. The socket lets it in without a password, and nobody else.
documentdb.localhost_connection_string = 'host=/srv/run'
unix_socket_permissions = 0700
max_worker_processes = 16
max_connections = 200
listen_addresses = '127.0.0.1'
unix_socket_directories = '/srv/run'
# There is no /dev/shm in here.
dynamic_shared_memory_type = mmap
log_min_messages = fatal
jit = off
";

/// What the documents of a test need not survive.
const NOT_DURABLE: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// Makes the cluster that every start copies. Runs as root inside of the Debian; `$1` is the folder, `$2` the role.
/// The role's password comes on standard input.
const MAKE_TEMPLATE: &str = r#"
set -eu
read -r password
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups --reset-env -- "$@"; }
rm -rf "$1"
mkdir -p "$1" /srv/run
chown postgres:postgres "$1" /srv/run
set -- "$1/cluster" "$2"
as_postgres "$PROGRAMS/initdb" --no-sync --pgdata="$1" --username=postgres --locale=C.UTF-8 --encoding=UTF8 \
    --auth-local=trust --auth-host=scram-sha-256
printf '%s' "$SETTINGS" >> "$1/postgresql.conf"
as_postgres "$PROGRAMS/pg_ctl" start --silent --wait --pgdata="$1" --options="-c listen_addresses='' $NOT_DURABLE"
as_postgres "$PROGRAMS/psql" --host=/srv/run --quiet --set=ON_ERROR_STOP=1 <<SQL
SET client_min_messages = warning;
CREATE EXTENSION documentdb CASCADE;
CREATE ROLE $2 LOGIN PASSWORD '$password' IN ROLE documentdb_admin_role;
SQL
as_postgres "$PROGRAMS/pg_ctl" stop --silent --wait --pgdata="$1"
"#;

/// Serves, as the first process of its own name spaces: when it ends, the kernel ends all others in there. `$1` is the
/// Debian, `$2` the port, `$3` PostgreSQL's settings, `$4` a folder to keep the cluster in or nothing.
const SERVE: &str = r#"
set -eu
if [ -n "$4" ]; then
    mount --bind "$4" "$1/$RUN"
else
    mount -t tmpfs -o size=75%,mode=0755 tmpfs "$1/$RUN"
fi
chown --reference="$1/$TEMPLATE/cluster" "$1/$RUN"
if [ ! -d "$1/$RUN/data" ]; then
    rm -rf "$1/$RUN/data.partial"
    cp -a "$1/$TEMPLATE/cluster" "$1/$RUN/data.partial"
    mv "$1/$RUN/data.partial" "$1/$RUN/data"
fi
# Of a server that was killed; that none runs in this folder is made sure of outside.
rm -f "$1/$RUN/data/postmaster.pid"
exec 3<&0
chroot --userspec=postgres:postgres "$1" "$PROGRAMS/postgres" -D "/$RUN/data" -p "$2" $3 >&2 </dev/null 3<&- &
server=$!
# Whoever started this holds the other end of standard input. The signal is repeated because a server that has hardly
# begun ignores it, as every background process of a shell does.
( while read -r _ <&3; do :; done; while kill -INT $server 2>/dev/null; do sleep 0.1; done ) &
wait $server
"#;

/// Where tests find a store.
pub enum Store {
    /// Started here; ends when this value is dropped.
    Own(Server),
    /// Named by an environment variable.
    Named(String),
    /// There is none to be had on this machine, for this reason.
    Unavailable(String),
}

impl Store {
    /// Whether there is one.
    pub const fn is_there(&self) -> bool {
        !matches!(self, Self::Unavailable(_))
    }

    /// Names the store to a program, by the environment variable that is meant for it.
    pub fn tell(&self, command: &mut Command) {
        match self {
            Self::Own(server) => {
                command.env("POSTGRES_URI", &server.uri);
            }
            // They are in the environment already.
            Self::Named(_) | Self::Unavailable(_) => {}
        }
    }
}

/// `cargo xtask documentdb`: prints `{"uri": …}` when the store can be used and serves it until standard input closes;
/// or prints `{"unavailable": …}` where there can be none.
pub fn run(data: Option<&Path>) -> Result<()> {
    let store = open(data, Stdio::inherit)?;
    let line = match &store {
        Store::Own(server) => json!({ "uri": server.uri }),
        Store::Named(uri) => json!({ "uri": uri }),
        Store::Unavailable(reason) => json!({ "unavailable": reason }),
    };
    println!("{line}");
    std::io::stdout().flush().context("cannot write to standard output")?;
    match store {
        Store::Own(mut server) => server.wait(),
        Store::Named(_) | Store::Unavailable(_) => Ok(()),
    }
}

/// A store for a suite. Where there can be none, it says so where nobody overlooks it.
pub fn for_tests() -> Result<Store> {
    let store = open(None, Stdio::piped)?;
    if let Store::Unavailable(reason) = &store {
        eprintln!("\n*** SKIPPED: everything that needs a real document store.\n*** {reason}\n");
    }
    Ok(store)
}

fn open(data: Option<&Path>, input: fn() -> Stdio) -> Result<Store> {
    for variable in VARIABLES {
        if let Ok(uri) = env::var(variable) {
            return Ok(Store::Named(uri));
        }
    }
    let missing = ["apt-get", "chroot", "setpriv", "unshare"]
        .into_iter()
        .find(|program| process::find_on_path(&[program]).is_none());
    if let Some(program) = missing {
        return Ok(unavailable(&format!("it is brought on Debian only, and there is no {program} here")));
    }
    if !Uid::effective().is_root() {
        return Ok(unavailable(
            "it is brought as root only, because it is installed into a Debian of its own",
        ));
    }
    let installation = Installation::set_up()?;
    Server::start(&installation, data, input).map(Store::Own)
}

fn unavailable(reason: &str) -> Store {
    Store::Unavailable(format!(
        "There is no PostgreSQL with DocumentDB: {reason}. Set {} to the address of one.",
        VARIABLES.join(" or ")
    ))
}

/// The Debian with PostgreSQL in it, the prepared cluster's place in there, and the password of its role.
struct Installation {
    root: PathBuf,
    template: String,
    password: String,
}

impl Installation {
    /// Brings what is missing. Each step becomes visible only when it is whole, so an interrupted one starts again.
    fn set_up() -> Result<Self> {
        let home = rust::cache()?.join("documentdb");
        if !home.is_dir() {
            // For root alone: the password is in there, and programs that run as root for everybody.
            let made = DirBuilder::new().mode(0o700).create(&home);
            made.with_context(|| format!("cannot make {}", home.display()))?;
        }
        let _lock = Lock::acquire(&home.join("lock"))?;
        let root = home.join("root");
        if !root.is_dir() {
            install(&home.join("root.partial"))?;
            rename(&home.join("root.partial"), &root)?;
        }
        let template = template_name();
        let file = root.join(&template).join("password");
        if !file.is_file() {
            make_template(&root, &template)?;
        }
        let password =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self { root, template, password })
    }
}

fn install(root: &Path) -> Result<()> {
    if process::find_on_path(&["debootstrap"]).is_none() {
        process::install_debian_package("debootstrap")?;
    }
    if root.exists() {
        fs::remove_dir_all(root).with_context(|| format!("cannot remove {}", root.display()))?;
    }
    let mirror = mirror()?;
    process::announce("Bringing a Debian for PostgreSQL with DocumentDB (once; about a minute)");
    // In a name space of its own, so that what it mounts is gone afterwards, also when it is interrupted.
    process::run_quietly(
        Command::new("unshare")
            .args(["--mount", "debootstrap", "--variant=minbase", "--include=ca-certificates", SUITE])
            .args([root.as_os_str(), mirror.as_ref()]),
    )?;
    let settings = root.join("etc/postgresql-common");
    fs::create_dir_all(&settings).with_context(|| format!("cannot make {}", settings.display()))?;
    let settings = settings.join("createcluster.conf");
    fs::write(&settings, "create_main_cluster = false\n")
        .with_context(|| format!("cannot write {}", settings.display()))?;
    process::announce(&format!("Installing {PACKAGE} there"));
    process::run_quietly(inside(root).env("DEBIAN_FRONTEND", "noninteractive").args([
        "apt-get",
        "install",
        "--yes",
        "--quiet",
        "--no-install-recommends",
        PACKAGE,
    ]))?;
    process::run_quietly(inside(root).args(["apt-get", "clean"]))
}

/// A command inside of the Debian, with a `/proc` that is gone when the command is.
fn inside(root: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--ipc", "--fork", "--kill-child"]);
    command.arg(format!("--mount-proc={}", root.join("proc").display()));
    command.arg("chroot").arg(root);
    command
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("PROGRAMS", PROGRAMS)
        .env("SETTINGS", SETTINGS)
        .env("NOT_DURABLE", NOT_DURABLE);
    command
}

/// Where this machine has its Debian packages from.
fn mirror() -> Result<String> {
    let known = || {
        let listed = process::output(Command::new("apt-get").args([
            "indextargets",
            "--format",
            "$(ORIGIN) $(LABEL) $(REPO_URI)",
            "Created-By: Packages",
        ]))?;
        Ok::<_, anyhow::Error>(
            listed.lines().find_map(|line| line.strip_prefix("Debian Debian ").map(str::to_owned)),
        )
    };
    if let Some(mirror) = known()? {
        return Ok(mirror);
    }
    process::run_quietly(Command::new("apt-get").args(["update", "--quiet"]))?;
    known()?.context("this machine's apt sources name no Debian archive to bring DocumentDB from")
}

/// Named after what it is made from, so that it is made anew when that changes.
fn template_name() -> String {
    let mut fingerprint = Fingerprint::new();
    for part in [SETTINGS, MAKE_TEMPLATE, ROLE] {
        fingerprint.add(part.as_bytes());
    }
    let fingerprint = fingerprint.finish();
    format!("srv/template-{}", fingerprint.get(..12).unwrap_or(&fingerprint))
}

fn make_template(root: &Path, template: &str) -> Result<()> {
    process::announce("Preparing a cluster with DocumentDB (once; some seconds)");
    let mut random = [0; 16];
    getrandom::fill(&mut random).context("the system gives no random bytes")?;
    let password = hexadecimal(&random);
    let partial = format!("{template}.partial");
    let mut child = inside(root)
        .args(["sh", "-c", MAKE_TEMPLATE, "make-template", &format!("/{partial}"), ROLE])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("cannot start unshare")?;
    if let Some(mut input) = child.stdin.take() {
        writeln!(input, "{password}").context("cannot hand over the password")?;
    }
    let status = child.wait().context("cannot see how the preparation ended")?;
    ensure!(status.success(), "the cluster could not be prepared ({status}); the reason stands above");
    write_secret(&root.join(&partial).join("password"), &password)?;
    rename(&root.join(&partial), &root.join(template))
}

fn write_secret(file: &Path, secret: &str) -> Result<()> {
    fs::write(file, secret)
        .and_then(|()| fs::set_permissions(file, Permissions::from_mode(0o600)))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// The password of a cluster that is kept: the prepared one it was copied from may have been made anew since.
fn kept_password(file: &Path, current: &str) -> Result<String> {
    if !file.is_file() {
        write_secret(file, current)?;
    }
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot move {} into place", to.display()))
}

/// A running store.
pub struct Server {
    process: Child,
    uri: String,
    _lock: Option<Lock>,
}

impl Server {
    fn start(installation: &Installation, data: Option<&Path>, input: fn() -> Stdio) -> Result<Self> {
        let data = data
            .map(|folder| {
                fs::create_dir_all(folder)
                    .and_then(|()| folder.canonicalize())
                    .with_context(|| format!("cannot make {}", folder.display()))
            })
            .transpose()?;
        let lock = data.as_ref().map(|folder| Lock::acquire(&folder.join("lock"))).transpose()?;
        let password = match &data {
            Some(folder) => kept_password(&folder.join("password"), &installation.password)?,
            None => installation.password.clone(),
        };
        let port = free_port()?;
        let settings = if data.is_some() { "" } else { NOT_DURABLE };
        // The first link of a chain: when xtask dies, this program is killed, and with it the first process of the
        // name spaces, and with that one all others in there.
        let process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "unshare"])
            .args(["--mount", "--pid", "--ipc", "--fork", "--kill-child"])
            .arg(format!("--mount-proc={}", installation.root.join("proc").display()))
            .args(["sh", "-c", SERVE, "serve"])
            .arg(&installation.root)
            .args([&port.to_string(), settings])
            .arg(data.unwrap_or_default())
            .env("PROGRAMS", PROGRAMS)
            .env("TEMPLATE", &installation.template)
            .env("RUN", RUN)
            .stdin(input())
            // Standard output is for the line with the address.
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start setpriv")?;
        let uri = format!("postgres://{ROLE}:{password}@127.0.0.1:{port}/postgres");
        let mut server = Self { process, uri, _lock: lock };
        server.wait_until_ready(&installation.root, port)?;
        Ok(server)
    }

    fn wait_until_ready(&mut self, root: &Path, port: u16) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().context("cannot see whether PostgreSQL runs")? {
                bail!("PostgreSQL ended at its start ({status}); the reason may stand above");
            }
            let ready = Command::new("chroot")
                .arg(root)
                .arg(format!("{PROGRAMS}/pg_isready"))
                .args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()])
                .status()
                .context("cannot start chroot")?;
            if ready.success() {
                return Ok(());
            }
            ensure!(start.elapsed() < TIME_TO_START, "PostgreSQL did not get ready in {TIME_TO_START:?}");
            std::thread::sleep(POLL);
        }
    }

    /// Waits until the server ended, because its standard input did or because somebody ended it.
    fn wait(&mut self) -> Result<()> {
        let status = self.process.wait().context("cannot see how PostgreSQL ended")?;
        ensure!(status.success(), "PostgreSQL ended ({status})");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killing the outermost one is enough, see `start`.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that is free now. Somebody else may take it before PostgreSQL does; its start fails then, visibly.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("there is no free port")?;
    Ok(listener.local_addr().context("cannot see which port is free")?.port())
}
