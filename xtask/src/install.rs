//! Installs redis-server by the system's own package manager.

use std::process::Command;

use crate::step::{self, Failure, is_in_path, say};

/// What to do where this cannot.
pub(crate) const BY_HAND: &str = "install Redis 7.0 or newer, or Valkey, by hand (https://redis.io/docs/latest/operate/oss_and_stack/install), \
     and let REDIS_SERVER name its binary if it is not in PATH";

/// Debian's package starts a server on port 6379 as it is installed and at every boot. The tests
/// start their own, so this asks the system's policy hook to start nothing meanwhile and then takes
/// the service out of the boot.
const APT: &str = "\
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e \"$policy\" ]; then
    trap 'rm -f \"$policy\"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > \"$policy\"
    chmod +x \"$policy\"
fi
apt-get update
apt-get install --yes --no-install-recommends redis-server
update-rc.d redis-server disable
";

/// A package manager and what it is told.
#[derive(Debug)]
struct Manager {
    program: &'static str,
    words: &'static [&'static str],
    rights: Rights,
}

#[derive(Debug)]
enum Rights {
    /// Only the administrator may install.
    Administrator,
    /// It refuses to run for the administrator.
    User,
}

/// Who runs this.
#[derive(Debug, Clone, Copy)]
enum User {
    Administrator,
    Other,
}

/// Whether somebody else can be made the administrator.
#[derive(Debug, Clone, Copy)]
enum Sudo {
    Present,
    Absent,
}

const MANAGERS: [Manager; 5] = [
    Manager {
        program: "apt-get",
        words: &["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", APT],
        rights: Rights::Administrator,
    },
    Manager {
        program: "dnf",
        words: &["dnf", "install", "--assumeyes", "redis"],
        rights: Rights::Administrator,
    },
    Manager {
        program: "apk",
        words: &["apk", "add", "redis"],
        rights: Rights::Administrator,
    },
    Manager {
        program: "pacman",
        words: &["pacman", "--sync", "--refresh", "--noconfirm", "redis"],
        rights: Rights::Administrator,
    },
    Manager {
        program: "brew",
        words: &["brew", "install", "redis"],
        rights: Rights::User,
    },
];

/// Installs it, saying so first.
pub(crate) fn redis_server() -> Result<(), Failure> {
    let Some(manager) = choose(is_in_path) else {
        return Err(Failure::Step(format!(
            "no redis-server, and none of {} to install it with; {BY_HAND}",
            MANAGERS.map(|manager| manager.program).join(", ")
        )));
    };
    say(&format!("installing redis-server with {}", manager.program));
    let words = with_rights(manager, User::now(), Sudo::now())?;
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    step::run(&mut command).map_err(|_| {
        Failure::Step(format!(
            "{} did not install redis-server; {BY_HAND}",
            manager.program
        ))
    })
}

/// The first package manager that this system has.
fn choose(has: impl Fn(&str) -> bool) -> Option<&'static Manager> {
    MANAGERS.iter().find(|manager| has(manager.program))
}

/// The command line, with the rights that the package manager wants.
fn with_rights(manager: &Manager, user: User, sudo: Sudo) -> Result<Vec<&'static str>, Failure> {
    let command = manager.words.iter().copied();
    match (&manager.rights, user, sudo) {
        (Rights::User, _, _) | (Rights::Administrator, User::Administrator, _) => {
            Ok(command.collect())
        }
        (Rights::Administrator, User::Other, Sudo::Present) => {
            say("only the administrator may install: sudo may ask for your password");
            Ok(std::iter::once("sudo").chain(command).collect())
        }
        (Rights::Administrator, User::Other, Sudo::Absent) => Err(Failure::Step(format!(
            "only the administrator may install with {}, and there is no sudo: run `cargo xtask test` as root once, or {BY_HAND}",
            manager.program
        ))),
    }
}

impl User {
    fn now() -> Self {
        let id = Command::new("id").arg("-u").output();
        match id {
            Ok(output) if output.stdout.trim_ascii() == b"0" => Self::Administrator,
            _ => Self::Other,
        }
    }
}

impl Sudo {
    fn now() -> Self {
        if is_in_path("sudo") {
            Self::Present
        } else {
            Self::Absent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manager(program: &str) -> &'static Manager {
        choose(|name| name == program).unwrap()
    }

    #[test]
    fn the_systems_own_package_manager_is_used() {
        assert_eq!(manager("apk").words, ["apk", "add", "redis"]);
        // Homebrew may be on Linux too; the system's own comes first.
        let both = choose(|name| ["apt-get", "brew"].contains(&name)).unwrap();
        assert_eq!(both.program, "apt-get");
        assert!(choose(|_| false).is_none());
    }

    #[test]
    fn sudo_is_used_only_where_it_is_needed() {
        let line = |program, user, sudo| with_rights(manager(program), user, sudo);
        let dnf = line("dnf", User::Other, Sudo::Present).unwrap();
        assert_eq!(dnf[..2], ["sudo", "dnf"]);
        let dnf = line("dnf", User::Administrator, Sudo::Present).unwrap();
        assert_eq!(dnf[0], "dnf");
        let brew = line("brew", User::Other, Sudo::Present).unwrap();
        assert_eq!(brew[0], "brew");
        assert!(line("dnf", User::Other, Sudo::Absent).is_err());
    }
}
