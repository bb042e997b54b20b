//! What the running program may do: where it can write, what the kernel refuses it, and who can read it.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::workdir::{Workdir, binary};
use qsproxy_test_support::{wait_for, wait_up_to};

fn status_of(proxy: &Proxy, name: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().to_owned()
}

#[test]
fn the_process_is_restricted() {
    let env = TestEnv::new();
    assert_eq!(status_of(&env.proxy, "NoNewPrivs"), "1");
    assert_eq!(status_of(&env.proxy, "Seccomp"), "2", "a filter (PR_SET_SECCOMP)");
    for task in std::fs::read_dir(format!("/proc/{}/task", env.proxy.pid())).unwrap() {
        let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
        assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), "{status}");
    }
    assert!(!env.proxy.stderr().contains("sandbox_incomplete"), "{}", env.proxy.stderr());
}

/// A proxy in a folder of its own, whose program file is this shell script once it has started: SIGUSR2 runs it as `check`, with all
/// restrictions of the process.
struct Intruder {
    proxy: Proxy,
}

impl Intruder {
    fn new() -> Intruder {
        let partner = MockPartner::json(sample_results());
        let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
        let program = workdir.path("bin/qsproxy");
        std::fs::create_dir(program.parent().unwrap()).unwrap();
        std::fs::copy(binary(), &program).unwrap();
        Intruder { proxy: workdir.start_program(&program) }
    }

    /// Runs a shell command with the restrictions of the process. Returns whether it succeeded.
    fn succeeds(&self, command: &str) -> bool {
        let (program, done) = (self.proxy.workdir().path("bin/qsproxy"), self.proxy.workdir().path("data/done"));
        std::fs::remove_file(&done).ok();
        let new = program.with_extension("new");
        // What a command writes of its own is where the process may write.
        let script = format!(
            "#!/bin/sh\nif ( {command} ) 2>data/error; then echo yes >data/done; else echo no >data/done; fi\nexit 1\n"
        );
        std::fs::write(&new, script).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::rename(&new, &program).unwrap();
        let refused = self.proxy.stderr().matches("event=restart_refused").count();
        self.proxy.signal("USR2");
        wait_for("the command", || {
            (self.proxy.stderr().matches("event=restart_refused").count() > refused).then_some(())
        });
        let done = std::fs::read_to_string(&done);
        done.unwrap_or_else(|error| panic!("{command}: {error}")).trim() == "yes"
    }
}

#[test]
fn the_process_can_write_below_its_data_folder_only() {
    let outside = tempfile::tempdir().unwrap();
    let existing = outside.path().join("existing");
    std::fs::write(&existing, "before").unwrap();
    std::fs::create_dir(outside.path().join("folder")).unwrap();
    let at = |name: &str| outside.path().join(name).display().to_string();
    let intruder = Intruder::new();
    assert!(intruder.succeeds("echo x >data/file && echo y >>data/file && rm data/file && echo z >/dev/null"));
    assert!(intruder.succeeds(&format!("cat {}", at("existing"))), "reading is not restricted");
    for command in [
        format!("echo x >{}", at("new")),
        format!("echo x >{}", at("existing")),
        format!("echo x >>{}", at("existing")),
        format!("truncate -s 0 {}", at("existing")),
        format!("rm -f {}", at("existing")),
        format!("mkdir {}", at("new")),
        format!("rmdir {}", at("folder")),
        format!("ln -s x {}", at("new")),
        format!("mv {} {}", at("existing"), at("new")),
        format!("ln {} data/linked", at("existing")),
        format!("mkfifo {}", at("new")),
        "echo x >proxy.toml".to_owned(),
        "echo x >bin/new".to_owned(),
        "mkdir data/folder".to_owned(),
        "ln -s / data/link".to_owned(),
        "echo x >/tmp/qsproxy-intruder".to_owned(),
        "echo x >/dev/shm/qsproxy-intruder".to_owned(),
    ] {
        assert!(!intruder.succeeds(&command), "{command}");
    }
    assert_eq!(std::fs::read_to_string(&existing).unwrap(), "before");
    assert!(!Path::new("/tmp/qsproxy-intruder").exists());
    assert_eq!(intruder.proxy.get("/search?q=x&format=json", &[]).status, 502, "its partner is gone, and it serves");
}

#[test]
fn the_kernel_refuses_what_an_intruder_would_do() {
    let intruder = Intruder::new();
    let mut bystander = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
    for command in [
        "unshare -m true".to_owned(),
        "unshare -U true".to_owned(),
        format!("kill {}", bystander.id()),
        format!("nsenter -t {} -n true", bystander.id()),
        "mount -t tmpfs none data".to_owned(),
        "setarch -R true".to_owned(),
        "dmesg -S".to_owned(),
    ] {
        let works = Command::new("sh").args(["-c", &command.replace("kill ", "kill -0 ")]).output().unwrap();
        if !command.starts_with("mount") && qsproxy_test_support::is_root() {
            assert!(works.status.success(), "{command} works elsewhere: {works:?}");
        }
        assert!(!intruder.succeeds(&command), "{command}");
    }
    assert!(bystander.try_wait().unwrap().is_none(), "no signal reached it");
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

/// Memory contains keywords, IDs and keys, which a core dump would write to disk.
#[test]
fn a_crash_leaves_no_core_file() {
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    for signal in ["ABRT", "QUIT", "ILL", "TRAP"] {
        let mut proxy = workdir.start();
        proxy.signal(signal);
        let status = proxy.wait();
        assert!(status.signal().is_some() && !status.core_dumped(), "{signal}: {status:?}");
        let names = std::fs::read_dir(proxy.folder()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(names.into_iter().all(|name| !name.to_string_lossy().starts_with("core")));
    }
}

/// Runs a command as another user than root, if this is root.
fn as_user(user: u32, command: &str) -> std::process::Output {
    let mut shell = Command::new("setpriv");
    shell.args([&format!("--reuid={user}"), &format!("--regid={user}"), "--clear-groups", "sh", "-c", command]);
    shell.stdin(Stdio::null()).output().unwrap()
}

#[test]
#[ignore = "needs root"]
fn other_processes_cannot_read_the_process_also_after_a_restart() {
    const USER: u32 = 61_234;
    let partner = MockPartner::json(sample_results());
    let workdir = Workdir::new(&ConfigBuilder::new(&partner).text());
    // The program as this user, and another process of the same user that looks at it.
    let chown = Command::new("chown").args(["-R", &USER.to_string()]).arg(workdir.folder()).status();
    assert!(chown.unwrap().success());
    let program = workdir.path("qsproxy");
    std::fs::copy(binary(), &program).unwrap();
    let mut proxy = workdir.start_as(USER, &program);
    for round in 1..=2 {
        assert_eq!(status_of(&proxy, "NoNewPrivs"), "1");
        for (program, file) in [("head", "mem"), ("head", "environ"), ("head", "maps"), ("head", "auxv"), ("ls", "fd")]
        {
            let read = as_user(USER, &format!("{program} /proc/{}/{file}", proxy.pid()));
            let error = String::from_utf8_lossy(&read.stderr).into_owned();
            assert!(!read.status.success() && error.contains("Permission denied"), "{file}: {error}");
        }
        if round == 1 {
            proxy.signal("USR2");
            wait_up_to(Duration::from_secs(30), "the restart", || {
                (proxy.stderr().matches("event=started").count() == 2).then_some(())
            });
        }
    }
    assert!(proxy.terminate().success(), "{}", proxy.stderr());
}

/// Each restart in place adds rules to those before: the kernel has a limit, and what was restricted stays so.
#[test]
fn many_restarts_in_place_stay_restricted() {
    let env = TestEnv::new();
    for restarts in 1..=20 {
        env.proxy.signal("USR2");
        wait_up_to(Duration::from_secs(30), "the restart", || {
            (env.proxy.stderr().matches("event=started").count() == restarts + 1).then_some(())
        });
        assert_eq!(status_of(&env.proxy, "Seccomp"), "2");
    }
    assert_eq!(env.search("q=x", &[]).status, 200);
}

/// A restart cannot write elsewhere than the process before it, so it is refused instead of failing without a way back.
#[test]
fn a_restart_into_another_folder_is_refused() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner);
    let proxy = Proxy::start(&config.text());
    let restart = |config: &ConfigBuilder, event: &str| {
        let before = proxy.stderr().matches(event).count();
        proxy.workdir().write("proxy.toml", config.text().as_bytes());
        proxy.signal("USR2");
        wait_up_to(Duration::from_secs(30), event, || (proxy.stderr().matches(event).count() > before).then_some(()));
    };
    std::os::unix::fs::symlink("/tmp/elsewhere.db", proxy.workdir().path("data/link.db")).unwrap();
    for (key, value, name) in [
        ("keys", r#""elsewhere/keys""#, "counts.keys"),
        ("store", r#""sqlite:elsewhere/counts.db""#, "counts.store"),
        ("store", r#""sqlite:data/../counts.db""#, "counts.store"),
        // It would have to be made.
        ("keys", r#""data/new/keys""#, "counts.keys"),
        ("store", r#""sqlite:data/link.db""#, "counts.store"),
    ] {
        let changed = config.clone().with("counts", key, value);
        restart(&changed, &format!("event=restart_outside_sandbox key={name}"));
        assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200, "it serves");
    }
    // Another file in the same folder, and in a folder below it that exists.
    restart(&config.clone().with("counts", "store", r#""sqlite:data/other.db""#), "event=started");
    assert!(proxy.workdir().path("data/other.db").exists());
    assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
}

/// SIGHUP reads the configuration and the files it names again: the sandbox restricts no reading.
#[test]
fn a_reload_reads_files_that_are_new() {
    let partner = MockPartner::json(sample_results());
    let config = ConfigBuilder::new(&partner);
    let proxy = Proxy::start(&config.text());
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), "secret-value\n").unwrap();
    let header = format!("{{ \"X-Key\" = {{ file = {:?} }} }}", outside.path().display().to_string());
    proxy.workdir().write("proxy.toml", config.with("partner first", "headers", &header).text().as_bytes());
    proxy.signal("HUP");
    proxy.wait_for_event("event=reloaded");
    assert_eq!(proxy.get("/search?q=x&format=json", &[]).status, 200);
    assert!(String::from_utf8_lossy(&partner.requests()[0]).contains("secret-value"));
}
