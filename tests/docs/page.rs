//! Runs the blocks of one page.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::config;
use crate::markdown::{self, Block};

/// The addresses of the shipped configuration: public listener, admin listener, demo partner.
const ADDRESSES: [&str; 3] = ["127.0.0.1:8080", "127.0.0.1:9090", "127.0.0.1:8090"];

/// How long a background command may take until it serves.
const START_TIME: Duration = Duration::from_secs(15);

const SHIPPED: &str = include_str!("../../proxy.toml");

/// What happened to a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ran {
    Command,
    NotRun,
    Output,
    Configuration,
}

/// A page with the folder that its commands run in.
pub struct Page<'p> {
    name: &'p str,
    blocks: Vec<Block>,
    folder: TempDir,
    addresses: [String; 3],
    background: Vec<Child>,
    output: Option<String>,
}

impl<'p> Page<'p> {
    /// Prepares the folder of a page.
    pub fn new(name: &'p str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let addresses = listeners.map(|listener| listener.local_addr().unwrap().to_string());
        fs::create_dir(folder.path().join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_qsproxy"), folder.path().join("bin/qsproxy")).unwrap();
        let page =
            Self { name, blocks: markdown::blocks(text), folder, addresses, background: Vec::new(), output: None };
        page.write("proxy.toml", &page.with_free_ports(SHIPPED));
        page
    }

    /// Runs every block; returns what happened to each, and the failures.
    pub fn run(mut self) -> (Vec<Ran>, Vec<String>) {
        let (mut ran, mut failures) = (Vec::new(), Vec::new());
        for block in std::mem::take(&mut self.blocks) {
            match self.run_block(&block) {
                Ok(what) => ran.extend(what),
                Err(what) => failures.push(format!("{}:{}: {what}", self.name, block.line)),
            }
        }
        (ran, failures)
    }

    fn run_block(&mut self, block: &Block) -> Result<Option<Ran>, String> {
        let (language, rule) = block.info.split_once(' ').unwrap_or((&block.info, ""));
        match (language, rule) {
            ("sh", "no-run") => Ok(Some(Ran::NotRun)),
            ("sh", "background") => self.start(&block.text).map(|()| Some(Ran::Command)),
            ("sh", _) => {
                let status =
                    if rule.is_empty() { Some(0) } else { rule.strip_prefix("exit=").and_then(|n| n.parse().ok()) };
                let status = status.ok_or_else(|| format!("unknown info string: {}", block.info))?;
                let output = self.shell(&block.text).output().unwrap();
                expect(&output, status)?;
                self.output = Some(String::from_utf8(output.stdout).unwrap());
                Ok(Some(Ran::Command))
            }
            ("output", "") => self.compare(&block.text).map(|()| Some(Ran::Output)),
            ("toml", "") => self.check(&block.text).map(|()| Some(Ran::Configuration)),
            ("toml", "fragment") => self.check(&config::merge(SHIPPED, &block.text)).map(|()| Some(Ran::Configuration)),
            ("toml" | "output", _) => Err(format!("unknown info string: {}", block.info)),
            _ => Ok(None),
        }
    }

    fn with_free_ports(&self, text: &str) -> String {
        let pairs = ADDRESSES.iter().zip(&self.addresses);
        pairs.fold(text.to_owned(), |text, (shipped, free)| text.replace(shipped, free))
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn shell(&self, script: &str) -> Command {
        let path = format!("{}:{}", self.folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("sh");
        command.args(["-ec", &self.with_free_ports(script)]).current_dir(&self.folder).stdin(Stdio::null());
        command.env("PATH", path).env("no_proxy", "*");
        command
    }

    /// Starts a command and waits until it serves.
    fn start(&mut self, script: &str) -> Result<(), String> {
        let log = self.folder.path().join("background.log");
        let mut command = self.shell(&format!("exec {script}"));
        let mut child = command.stdout(Stdio::null()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let deadline = Instant::now() + START_TIME;
        while !has_started(&log) {
            if child.try_wait().unwrap().is_some() || Instant::now() > deadline {
                child.kill().ok();
                return Err(format!("did not start: {}", fs::read_to_string(&log).unwrap()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.background.push(child);
        Ok(())
    }

    /// Compares the output of the command before with a block in which `…` stands for any text. Space at the end of a line
    /// does not count.
    fn compare(&mut self, wanted: &str) -> Result<(), String> {
        let output = self.output.take().ok_or("there is no `sh` block before it")?;
        let without_trailing_space =
            |text: &str| text.trim_end().lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        let wanted = regex::escape(&without_trailing_space(&self.with_free_ports(wanted))).replace('…', "(?s:.*?)");
        let pattern = regex::Regex::new(&format!("^{wanted}$")).unwrap();
        let matches = pattern.is_match(&without_trailing_space(&output));
        if matches { Ok(()) } else { Err(format!("the output does not match this block:\n{output}")) }
    }

    /// Checks a configuration, with the secret files that it names.
    fn check(&self, text: &str) -> Result<(), String> {
        self.write("check/proxy.toml", text);
        for file in config::named_files(text) {
            self.write(&format!("check/{file}"), "secret\n");
        }
        expect(&self.shell("qsproxy --config check/proxy.toml check").output().unwrap(), 0)
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        for child in &mut self.background {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

fn has_started(log: &Path) -> bool {
    fs::read_to_string(log).unwrap().contains("event=started")
}

fn expect(output: &Output, wanted: i32) -> Result<(), String> {
    match output.status.code() {
        Some(status) if status == wanted => Ok(()),
        status => {
            let status = status.map_or("by a signal".to_owned(), |status| status.to_string());
            let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            Err(format!("exited {status} instead of {wanted}:\n{out}{err}"))
        }
    }
}
