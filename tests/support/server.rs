//! A real server for a test: its own process, port, socket and folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::certificates::Certificates;
use super::likely_free_port;
use super::monitor::Monitor;
use super::raw::{RawConnection, RawReply};
use super::watchdog::Watchdog;

/// How often a starting server is asked whether it answers, and at most how many times: ten
/// seconds.
const PAUSE_BETWEEN_QUESTIONS: Duration = Duration::from_millis(5);
const QUESTIONS: u32 = 2_000;
/// How many ports are tried: one that was free a moment ago may be another test's by now.
const PORTS: u32 = 20;

/// A running server. Dropping it kills it.
///
/// The tests' own questions go over a unix socket in the server's folder, so they reach this server
/// and no other, and never pass through what is under test.
#[derive(Debug)]
pub(crate) struct RedisServer {
    settings: Settings,
    folder: TempDir,
    port: u16,
    running: Option<Running>,
}

/// What a server shall be like.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    password: Option<String>,
    user: Option<(String, String)>,
    listener: Listener,
    lines: Vec<String>,
}

/// Where the server under test is reached.
#[derive(Debug, Clone, Default)]
enum Listener {
    #[default]
    Tcp,
    Tls(TlsFiles),
    UnixSocket,
}

#[derive(Debug, Clone)]
struct TlsFiles {
    authority: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

#[derive(Debug)]
struct Running {
    process: Child,
    _watchdog: Watchdog,
}

impl RedisServer {
    /// A server on a free port, without password and without persistence.
    pub(crate) fn start() -> Self {
        Self::builder().start()
    }

    /// A server that is to be something more.
    pub(crate) fn builder() -> Settings {
        Settings::default()
    }

    /// How clients reach it, credentials included.
    pub(crate) fn url(&self) -> String {
        let credentials = match (&self.settings.user, &self.settings.password) {
            (Some((name, password)), _) => format!("{}:{}@", escape(name), escape(password)),
            (None, Some(password)) => format!(":{}@", escape(password)),
            (None, None) => String::new(),
        };
        match self.settings.listener {
            Listener::Tcp => format!("redis://{credentials}{}", self.address()),
            Listener::Tls(_) => format!("rediss://{credentials}{}", self.address()),
            Listener::UnixSocket => {
                format!("redis+unix://{credentials}{}", self.socket().display())
            }
        }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The port, the same after every restart.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The path of its unix socket.
    pub(crate) fn socket(&self) -> PathBuf {
        socket_in(self.folder.path())
    }

    /// Kills it, as `kill -9` does: no goodbye to anybody.
    pub(crate) fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running
                .process
                .kill()
                .expect("a child that was not waited for");
            running.process.wait().expect("a killed child ends");
        }
    }

    /// Kills it if it runs, and starts it again on the same port, with nothing in it.
    pub(crate) fn restart(&mut self) {
        self.kill();
        match launch(&self.settings, self.folder.path(), self.port) {
            Ok(running) => self.running = Some(running),
            Err(log) => panic!("the server did not come back on port {}:\n{log}", self.port),
        }
    }

    /// Stops it in its tracks: connections stay open, and nothing is answered.
    pub(crate) fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`pause`](Self::pause).
    pub(crate) fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Runs one command over a connection of its own; the answer as text, an array one line an
    /// element.
    ///
    /// # Panics
    /// If the server answers with an error.
    pub(crate) fn command(&self, words: &[&str]) -> String {
        match self.reply(words) {
            RawReply::Error(error) => panic!("{words:?}: {error}"),
            reply => reply.to_string(),
        }
    }

    /// Whether this is the version whose words and ways tests may know.
    pub(crate) fn is_redis_7_0(&self) -> bool {
        let info = self.command(&["INFO", "server"]);
        info.contains("redis_version:7.0.") && !info.contains("server_name:valkey")
    }

    /// Runs one command over a connection of its own.
    pub(crate) fn reply(&self, words: &[&str]) -> RawReply {
        let mut connection = self.connect();
        connection
            .run(words)
            .unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// A connection by hand, as the default user.
    pub(crate) fn connect(&self) -> RawConnection {
        RawConnection::open(&self.socket(), self.settings.password.as_deref())
            .expect("a running server takes connections")
    }

    /// How often each command ran since the start or [`reset_stats`](Self::reset_stats), by
    /// lower-case name. Those that scripts run are among them; those that ask for these numbers are
    /// not.
    pub(crate) fn commandstats(&self) -> BTreeMap<String, u64> {
        let info = self.command(&["INFO", "commandstats"]);
        let line = |line: &str| {
            let (name, figures) = line.strip_prefix("cmdstat_")?.split_once(':')?;
            let calls = figures.strip_prefix("calls=")?.split(',').next()?;
            Some((name.to_owned(), calls.parse().ok()?))
        };
        let mut calls: BTreeMap<String, u64> = info.lines().filter_map(line).collect();
        for own in ["info", "config|resetstat"] {
            calls.remove(own);
        }
        calls
    }

    /// Lets [`commandstats`](Self::commandstats) begin at nothing.
    pub(crate) fn reset_stats(&self) {
        self.command(&["CONFIG", "RESETSTAT"]);
    }

    /// Listens to every command that runs from now on.
    pub(crate) fn monitor(&self) -> Monitor {
        Monitor::start(self.connect(), self.connect())
    }

    fn signal(&self, signal: Signal) {
        let running = self.running.as_ref().expect("the server runs");
        kill_process(Pid::from_child(&running.process), signal).expect("our own child");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Settings {
    /// Asks for this password of the default user.
    pub(crate) fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self.line(format!("requirepass {}", quoted(password)))
    }

    /// Knows this user, who may do anything; [`RedisServer::url`] logs in as them.
    pub(crate) fn acl_user(self, name: &str, password: &str) -> Self {
        self.acl_user_with(name, password, "~* &* +@all")
    }

    /// Knows this user with these rules, such as `~shop:* &* +@all`.
    pub(crate) fn acl_user_with(mut self, name: &str, password: &str, rules: &str) -> Self {
        self.user = Some((name.to_owned(), password.to_owned()));
        self.line(format!(
            "user {name} on {} {rules}",
            quoted(&format!(">{password}"))
        ))
    }

    /// Is reached by its unix socket only.
    pub(crate) fn unix_socket(mut self) -> Self {
        self.listener = Listener::UnixSocket;
        self
    }

    /// Is reached by TLS only. Client certificates are accepted but not asked for:
    /// `.config("tls-auth-clients", "yes")`.
    pub(crate) fn tls(mut self, certificates: &Certificates) -> Self {
        self.listener = Listener::Tls(TlsFiles {
            authority: certificates.authority(),
            certificate: certificates.server_certificate(),
            key: certificates.server_key(),
        });
        self
    }

    /// One more line of the configuration file.
    pub(crate) fn config(self, name: &str, value: &str) -> Self {
        self.line(format!("{name} {value}"))
    }

    /// Starts it and waits until it answers.
    pub(crate) fn start(self) -> RedisServer {
        let folder = TempDir::with_prefix("larder-redis-").expect("a temporary folder");
        let mut log = String::new();
        for _ in 0..PORTS {
            let port = likely_free_port();
            match launch(&self, folder.path(), port) {
                Ok(running) => {
                    return RedisServer {
                        settings: self,
                        folder,
                        port,
                        running: Some(running),
                    };
                }
                Err(said) if said.contains("Address already in use") => log = said,
                Err(said) => panic!("redis-server did not start:\n{said}"),
            }
        }
        panic!("redis-server found no free port; the last attempt:\n{log}");
    }

    fn line(mut self, line: String) -> Self {
        self.lines.push(line);
        self
    }

    fn file(&self, folder: &Path, port: u16) -> String {
        let mut file = format!(
            "bind 127.0.0.1\n\
             unixsocket {}\n\
             dir {}\n\
             save \"\"\n\
             appendonly no\n\
             enable-debug-command no\n",
            quoted(&socket_in(folder).to_string_lossy()),
            quoted(&folder.to_string_lossy()),
        );
        let listener = match &self.listener {
            Listener::Tcp => format!("port {port}\n"),
            Listener::UnixSocket => "port 0\n".to_owned(),
            Listener::Tls(files) => format!(
                "port 0\n\
                 tls-port {port}\n\
                 tls-ca-cert-file {}\n\
                 tls-cert-file {}\n\
                 tls-key-file {}\n\
                 tls-auth-clients optional\n",
                quoted(&files.authority.to_string_lossy()),
                quoted(&files.certificate.to_string_lossy()),
                quoted(&files.key.to_string_lossy()),
            ),
        };
        file.push_str(&listener);
        for line in &self.lines {
            writeln!(file, "{line}").expect("a string takes text");
        }
        file
    }
}

/// Starts a server and waits until it answers; if it ends instead, what it had to say.
fn launch(settings: &Settings, folder: &Path, port: u16) -> Result<Running, String> {
    let configuration = folder.join("redis.conf");
    let log = folder.join("redis.log");
    // Left behind by a server that was killed.
    let _ = std::fs::remove_file(socket_in(folder));
    std::fs::write(&configuration, settings.file(folder, port)).expect("our own folder");
    let output = std::fs::File::create(&log).expect("our own folder");

    let mut process = Command::new(binary())
        .arg(&configuration)
        .stdin(Stdio::null())
        .stdout(output.try_clone().expect("a second handle"))
        .stderr(output)
        .spawn()
        .unwrap_or_else(|error| panic!("{} did not start: {error}. {CURE}", binary()));
    let watchdog = Watchdog::over(&process, folder);

    for _ in 0..QUESTIONS {
        if answers(settings, folder, process.id()) {
            return Ok(Running {
                process,
                _watchdog: watchdog,
            });
        }
        if process.try_wait().expect("our own child").is_some() {
            return Err(std::fs::read_to_string(&log).unwrap_or_default());
        }
        std::thread::sleep(PAUSE_BETWEEN_QUESTIONS);
    }
    let _ = process.kill();
    let _ = process.wait();
    let log = std::fs::read_to_string(&log).unwrap_or_default();
    Err(format!(
        "it gave no answer within ten seconds; its log:\n{log}"
    ))
}

/// Whether the server answers, is done with loading, and is the process that was started. It binds
/// its port before its socket and ends if it cannot, so an answer on the socket means that the port
/// is its own.
fn answers(settings: &Settings, folder: &Path, process: u32) -> bool {
    let ask = || {
        let password = settings.password.as_deref();
        let mut connection = RawConnection::open(&socket_in(folder), password).ok()?;
        let pong = connection.run(&["PING"]).ok()?;
        let info = connection.run(&["INFO", "server"]).ok()?.to_string();
        let own = format!("process_id:{process}");
        Some(pong == RawReply::Text("PONG".to_owned()) && info.lines().any(|line| line == own))
    };
    ask().unwrap_or_default()
}

const CURE: &str = "`cargo xtask test` installs redis-server; REDIS_SERVER names another binary";

fn binary() -> String {
    let named = std::env::var("REDIS_SERVER").ok();
    let named = named.filter(|name| !name.is_empty());
    named.unwrap_or_else(|| "redis-server".to_owned())
}

fn socket_in(folder: &Path) -> PathBuf {
    folder.join("redis.sock")
}

/// A word of the configuration file.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A part of a URL.
fn escape(part: &str) -> String {
    let mut escaped = String::new();
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("a string takes text");
        }
    }
    escaped
}
