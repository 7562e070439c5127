//! `build_300`: what the attribute costs the compiler. Two programs that differ in nothing but 300
//! attributes, built in turns; everything that they depend on is built before.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Instant;

use tokio::process::Command;

use crate::measure::{Progress, Result, Rounds};
use crate::row::{Row, Target, Time};

pub(super) const ID: &str = "build_300";

const MODULES: usize = 30;
const FUNCTIONS: usize = 10;
const ROUNDS: usize = 3;
const BARE: &str = "the same functions bare";

/// Whether the functions have their attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Annotated,
    Bare,
}

/// How far the compiler goes.
#[derive(Debug, Clone, Copy)]
enum Depth {
    /// A program that can be run.
    Build,
    /// What an editor asks for at every change.
    Check,
}

pub(super) async fn run() -> Result<Vec<Row>> {
    let progress = Progress::of(ID);
    let workspace = Workspace::write()?;
    progress.say("what the functions depend on, which is not measured");
    let mut rows = Vec::new();
    for depth in [Depth::Build, Depth::Check] {
        for kind in [Kind::Annotated, Kind::Bare] {
            workspace.compile(kind, depth).await?;
        }
        let mut rounds = Rounds::default();
        for round in 0..ROUNDS {
            progress.say(format_args!(
                "{}, round {} of {ROUNDS}",
                depth.command(),
                round + 1
            ));
            rounds.push(
                workspace.compile(Kind::Annotated, depth).await?,
                workspace.compile(Kind::Bare, depth).await?,
            );
        }
        let row = Row::of_rounds(
            ID,
            &rounds,
            format!("{BARE}, cargo {}", depth.command()),
            Time::Seconds,
        );
        rows.push(match depth {
            Depth::Build => row.target(Target::RatioAtMost(2.5)),
            Depth::Check => row,
        });
    }
    Ok(rows)
}

/// A workspace with both programs, in the folder for what is built.
struct Workspace(PathBuf);

impl Workspace {
    fn write() -> Result<Self> {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = benches.join("target").join(ID);
        fs::create_dir_all(&folder)?;
        fs::write(
            folder.join("Cargo.toml"),
            "[workspace]\nmembers = [\"annotated\", \"bare\"]\nresolver = \"3\"\n",
        )?;
        // The versions of our own lock file; cargo takes what it needs out of it.
        fs::copy(benches.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        for kind in [Kind::Annotated, Kind::Bare] {
            let program = folder.join(kind.name());
            fs::create_dir_all(program.join("src"))?;
            let manifest = manifest(kind, &benches.join(".."));
            fs::write(program.join("Cargo.toml"), manifest)?;
            fs::write(program.join("src/main.rs"), source(kind))?;
        }
        Ok(Self(folder))
    }

    /// Compiles one of the programs, all of it and nothing else; answers the nanoseconds.
    async fn compile(&self, kind: Kind, depth: Depth) -> Result<f64> {
        // To cargo a file with a new date is a new file.
        let main = self.0.join(kind.name()).join("src/main.rs");
        fs::write(main, source(kind))?;
        let start = Instant::now();
        let Output { status, stderr, .. } =
            Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
                .args([depth.command(), "--quiet", "--package", kind.name()])
                .args(["--target-dir", "target"])
                .current_dir(&self.0)
                .env("CARGO_INCREMENTAL", "0")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .kill_on_drop(true)
                .output()
                .await?;
        if !status.success() {
            return Err(format!("cargo: {}", String::from_utf8_lossy(&stderr)).into());
        }
        Ok(start.elapsed().as_nanos() as f64)
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Annotated => "annotated",
            Self::Bare => "bare",
        }
    }
}

impl Depth {
    fn command(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Check => "check",
        }
    }
}

/// The same dependencies for both, so that they differ in the attributes alone.
fn manifest(kind: Kind, larder: &Path) -> String {
    let larder = larder.to_string_lossy();
    format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n\
         larder = {{ path = {larder:?} }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         tokio = {{ version = \"1\", features = [\"rt-multi-thread\", \"macros\"] }}\n",
        kind.name(),
    )
}

/// A program with its modules in one file: a type each, and functions that load it.
fn source(kind: Kind) -> String {
    let mut source = String::new();
    let install = match kind {
        Kind::Annotated => "    larder::Larder::memory().install().unwrap();\n",
        Kind::Bare => "",
    };
    let _ = writeln!(source, "#[tokio::main]\nasync fn main() {{\n{install}");
    for module in 0..MODULES {
        let _ = writeln!(source, "    module_{module}::call_all().await;");
    }
    let _ = writeln!(source, "}}");
    for module in 0..MODULES {
        write_module(&mut source, module, kind);
    }
    source
}

fn write_module(source: &mut String, module: usize, kind: Kind) {
    let _ = writeln!(
        source,
        "
mod module_{module} {{
    #[derive(Debug, serde::Serialize, serde::Deserialize)]
    pub struct Record{module} {{ pub id: u64, pub name: String, pub tags: Vec<String> }}
"
    );
    for function in 0..FUNCTIONS {
        let attribute = match kind {
            Kind::Annotated => format!(
                "#[larder::cached(namespace = \"m{module}.f{function}\", ttl = \"5m\")]\n    "
            ),
            Kind::Bare => String::new(),
        };
        let _ = writeln!(
            source,
            "
    {attribute}pub async fn find_{function}(id: u64, name: String) -> Result<Record{module}, std::io::Error> {{
        if id == {function} {{
            tokio::task::yield_now().await;
        }}
        let tags = name.split(' ').map(str::to_owned).collect();
        Ok(Record{module} {{ id, name, tags }})
    }}"
        );
    }
    let _ = writeln!(source, "    pub async fn call_all() {{");
    for function in 0..FUNCTIONS {
        let _ = writeln!(
            source,
            "        println!(\"{{:?}}\", find_{function}({module}, \"a name\".to_owned()).await);"
        );
    }
    let _ = writeln!(source, "    }}\n}}");
}
