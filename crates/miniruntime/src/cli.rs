//! Parses the command line: global options, a command, its options and arguments. The commands interpret them.
//!
//! `--name value` equals `--name=value`; options and arguments may be mixed, as with crun and runc.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::error::Failure;
use crate::log::LogFile;

/// The command to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Version,
    Create,
    Restore,
    Exec,
    Start,
    Kill,
    Delete,
    State,
}

const COMMANDS: [(&str, Command); 7] = [
    ("create", Command::Create),
    ("restore", Command::Restore),
    ("exec", Command::Exec),
    ("start", Command::Start),
    ("kill", Command::Kill),
    ("delete", Command::Delete),
    ("state", Command::State),
];

/// Options with a value; every command accepts all of them, because refusing some would gain nothing.
const VALUES: [&str; 16] = [
    "root",
    "log",
    "log-format",
    "log-level",
    "cgroup-manager",
    "rootless",
    "bundle",
    "pid-file",
    "process",
    "console-socket",
    "preserve-fds",
    "image-path",
    "work-path",
    "lsm-profile",
    "lsm-mount-context",
    "parent-path",
];

/// Options without a value.
const FLAGS: [&str; 13] = [
    "systemd-cgroup",
    "debug",
    "no-pivot",
    "no-new-keyring",
    "detach",
    "force",
    "all",
    // Older monitors pass it to `exec`; only `terminal` of the process counts.
    "tty",
    "tcp-established",
    "tcp-close",
    "file-locks",
    "help",
    "version",
];

const SHORT: [(u8, &str); 6] =
    [(b'b', "bundle"), (b'p', "process"), (b'd', "detach"), (b'f', "force"), (b'a', "all"), (b'h', "help")];

/// A parsed command line.
#[derive(Debug)]
pub(crate) struct Cli {
    pub(crate) command: Command,
    values: Vec<(&'static str, OsString)>,
    flags: Vec<&'static str>,
    arguments: Vec<OsString>,
}

impl Cli {
    /// Parses the arguments after the program's name.
    pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Self, Failure> {
        let mut cli = Self { command: Command::Help, values: vec![], flags: vec![], arguments: vec![] };
        let mut command = None;
        let mut args = args;
        while let Some(arg) = args.next() {
            let bytes = arg.as_bytes();
            if let Some(option) = long_or_short(bytes)? {
                cli.take_option(option, &mut args)?;
            } else if command.is_none() {
                let found = COMMANDS.iter().find(|(name, _)| name.as_bytes() == bytes);
                command = Some(found.ok_or_else(|| unknown("command", &arg))?.1);
            } else {
                cli.arguments.push(arg);
            }
        }
        cli.command = match command {
            _ if cli.has("help") => Command::Help,
            _ if cli.has("version") => Command::Version,
            Some(command) => command,
            None => return Err(Failure::new("no command given; see `miniruntime --help`")),
        };
        Ok(cli)
    }

    fn take_option(
        &mut self,
        (name, inline): (OsString, Option<OsString>),
        args: &mut impl Iterator<Item = OsString>,
    ) -> Result<(), Failure> {
        if let Some(flag) = FLAGS.iter().find(|flag| name == **flag) {
            self.flags.push(flag);
            return Ok(());
        }
        let option = VALUES.iter().find(|value| name == **value).ok_or_else(|| unknown("option", &name))?;
        let value = inline.or_else(|| args.next());
        let value = value.ok_or_else(|| Failure::new(format!("option `--{option}` needs a value")))?;
        self.values.push((option, value));
        Ok(())
    }

    /// The value of an option; the last one wins.
    pub(crate) fn value(&self, name: &str) -> Option<&OsStr> {
        self.values.iter().rev().find(|(option, _)| *option == name).map(|(_, value)| value.as_os_str())
    }

    /// The same, as a path.
    pub(crate) fn path(&self, name: &str) -> Option<&Path> {
        self.value(name).map(Path::new)
    }

    /// Whether a flag was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.flags.contains(&name)
    }

    /// The argument at `index`, or an error that names the missing `what`.
    pub(crate) fn argument(&self, index: usize, what: &str) -> Result<&OsStr, Failure> {
        let argument = self.arguments.get(index).map(OsString::as_os_str);
        argument.ok_or_else(|| Failure::new(format!("no {what} given; see `miniruntime --help`")))
    }

    /// The argument at `index`, if there is one.
    pub(crate) fn optional_argument(&self, index: usize) -> Option<&OsStr> {
        self.arguments.get(index).map(OsString::as_os_str)
    }

    /// `--bundle`, else the current directory.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.path("bundle").unwrap_or_else(|| Path::new(".")).to_path_buf()
    }

    /// `--preserve-fds`, as a number.
    pub(crate) fn preserve_fds(&self) -> Result<u32, Failure> {
        let Some(text) = self.value("preserve-fds") else { return Ok(0) };
        let number = text.to_str().and_then(|text| text.parse().ok());
        number.ok_or_else(|| Failure::new(format!("`{}` is not a number of descriptors", text.display())))
    }

    /// Where `--log` sends errors.
    pub(crate) fn log_file(&self) -> Option<LogFile<'_>> {
        let path = self.path("log").filter(|path| !path.as_os_str().is_empty())?;
        Some(LogFile { path, json: self.value("log-format").is_some_and(|format| format == "json") })
    }
}

/// Splits an option into its long name and the value after `=`.
fn long_or_short(arg: &[u8]) -> Result<Option<(OsString, Option<OsString>)>, Failure> {
    if let Some(long) = arg.strip_prefix(b"--") {
        let mut parts = long.splitn(2, |byte| *byte == b'=');
        let mut next = || parts.next().map(|part| OsString::from_vec(part.to_vec()));
        return Ok(next().map(|name| (name, next())));
    }
    match arg {
        [b'-', letter] => {
            let short = SHORT.iter().find(|(known, _)| known == letter);
            let (_, name) = short.ok_or_else(|| unknown("option", OsStr::from_bytes(arg)))?;
            Ok(Some((OsString::from(name), None)))
        }
        _ => Ok(None),
    }
}

fn unknown(what: &str, text: &OsStr) -> Failure {
    Failure::new(format!("unknown {what} `{}`; see `miniruntime --help`", text.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Cli, Failure> {
        Cli::parse(args.iter().map(OsString::from))
    }

    #[test]
    fn an_option_takes_its_value_from_the_next_argument_or_after_the_equals_sign() {
        for args in
            [&["--root", "/r", "state", "c"][..], &["--root=/r", "state", "c"], &["state", "--root=/r", "c"]]
        {
            let cli = parse(args).unwrap();
            assert_eq!(cli.value("root").unwrap(), "/r");
            assert_eq!(cli.argument(0, "id").unwrap(), "c");
            assert_eq!(cli.command, Command::State);
        }
    }

    #[test]
    fn the_last_value_of_an_option_counts() {
        assert_eq!(parse(&["--root", "a", "--root", "b", "state"]).unwrap().value("root").unwrap(), "b");
    }

    #[test]
    fn unknown_options_unknown_commands_and_missing_values_are_errors() {
        for (args, text) in [
            (&["--nope", "state"][..], "unknown option `nope`"),
            (&["frobnicate"], "unknown command `frobnicate`"),
            (&["state", "--root"], "`--root` needs a value"),
            (&[], "no command given"),
            (&["-x", "state"], "unknown option `-x`"),
        ] {
            let error = parse(args).unwrap_err().to_string();
            assert!(error.contains(text), "{error}");
        }
    }
}
