//! The real process: how it starts, what it says when it cannot, how it stops.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cloud;

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use tempfile::TempDir;

const DATAMESHD: &str = env!("CARGO_BIN_EXE_datameshd");
const DATAMESH: &str = env!("CARGO_BIN_EXE_datamesh");

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

/// A command in an environment without our variables, in a folder without a configuration file.
fn command(program: &str, folder: &TempDir) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DATAMESH_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(folder.path())
        .env("HOME", folder.path());
    command
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME");
    command
}

/// `datameshd` on a data folder, with ports that are free.
fn datameshd(folder: &TempDir) -> Command {
    let mut command = command(DATAMESHD, folder);
    command
        .args([
            "--listen-public",
            "127.0.0.1:0",
            "--listen-admin",
            "127.0.0.1:0",
        ])
        .args(["--log-level", "error"])
        .arg("--data-dir")
        .arg(folder.path().join("data"));
    command
}

struct Ended {
    status: ExitStatus,
    out: String,
    err: String,
}

fn run(mut command: Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        status: output.status,
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running process, killed if the test does not stop it.
struct Running {
    child: Child,
    public: SocketAddr,
    admin: SocketAddr,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut ready)
            .unwrap();
        let address = |after: &str| -> SocketAddr {
            let rest = ready
                .split_once(after)
                .unwrap_or_else(|| panic!("{ready:?}"))
                .1;
            rest.split(',').next().unwrap().parse().unwrap()
        };
        let public = address("API http://");
        let admin = address("operators http://");
        Self {
            child,
            public,
            admin,
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn health(address: SocketAddr) -> String {
    use std::io::Write;
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// One sentence, and nothing else, on standard error.
#[track_caller]
fn assert_refused(ended: &Ended, sentence: &str) {
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
    assert!(ended.err.starts_with("datameshd: "), "{}", ended.err);
    assert!(ended.err.contains(sentence), "{}", ended.err);
    assert_eq!(ended.out, "");
}

#[test]
fn it_serves_until_it_is_told_to_stop() {
    for signal in ["-TERM", "-INT"] {
        let folder = TempDir::new().unwrap();
        let node = Running::start(datameshd(&folder));
        assert!(health(node.public).contains(r#"{"status":"UP"}"#));
        assert!(health(node.admin).contains(r#"{"status":"UP"}"#));
        node.signal(signal);
        assert_eq!(node.wait().code(), Some(0), "{signal}");
    }
}

#[test]
fn a_port_in_use_is_one_sentence() {
    let folder = TempDir::new().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = command(DATAMESHD, &folder);
    command.args(["--listen", &address, "--admin-listen", "127.0.0.1:0"]);
    command.args(["--data-dir", "data", "--log-level", "error"]);
    let sentence = format!(
        "{address} is in use by another program: stop it, or choose another address with --listen-public"
    );
    assert_refused(&run(command), &sentence);
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let folder = TempDir::new().unwrap();
    let _first = Running::start(datameshd(&folder));
    assert_refused(
        &run(datameshd(&folder)),
        "journal.db is in use by another process",
    );
}

#[test]
fn a_folder_that_cannot_be_made_is_one_sentence() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("data"), "a file").unwrap();
    assert_refused(&run(datameshd(&folder)), "choose another with --data-dir");
}

#[test]
fn a_damaged_or_foreign_file_is_refused_and_left_as_it_is() {
    for (file, sentence) in [
        ("journal.db", "is not a readable journal"),
        (
            "localcloud.db",
            "the embedded cloud's file cannot be opened",
        ),
        ("token-key.pem", "is not a P-256 private key"),
    ] {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let content =
            "this is something else, and long enough to be looked at as a header of a file";
        std::fs::write(data.join(file), content).unwrap();
        assert_refused(&run(datameshd(&folder)), sentence);
        assert_eq!(
            std::fs::read_to_string(data.join(file)).unwrap(),
            content,
            "{file}"
        );
    }
}

#[test]
fn a_wrong_configuration_is_one_sentence() {
    let folder = TempDir::new().unwrap();
    std::fs::write(
        folder.path().join("datamesh.toml"),
        "[listen]\npubilc = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    assert_refused(
        &run(datameshd(&folder)),
        "datamesh.toml sets `listen.pubilc`, which is no setting (did you mean `listen.public`?)",
    );
    std::fs::remove_file(folder.path().join("datamesh.toml")).unwrap();

    let with = |flag: &str, value: &str| {
        let mut command = command(DATAMESHD, &folder);
        command.args(["--data-dir", "data", flag, value]);
        run(command)
    };
    assert_refused(
        &with("--config", "missing.toml"),
        "the configuration file missing.toml cannot be read",
    );
    assert_refused(
        &with("--log-level", "datamesh=loud"),
        "log.level `datamesh=loud` is not a level",
    );
    assert_refused(
        &with("--aws-mode", "cloud"),
        "aws.mode must be `embedded` or `aws`, not `cloud`",
    );
    assert_refused(
        &with("--auth-mode", "oidc"),
        "needs either jwks_url or jwks_file",
    );
    assert_eq!(with("--no-such-flag", "x").status.code(), Some(2));
    assert!(!folder.path().join("data").exists());
}

#[test]
fn it_shows_what_is_in_force_and_who_set_it() {
    let folder = TempDir::new().unwrap();
    std::fs::write(
        folder.path().join("datamesh.toml"),
        "[log]\nformat = \"json\"\n",
    )
    .unwrap();
    let mut command = command(DATAMESHD, &folder);
    command
        .args(["config", "--aws-region", "eu-central-1"])
        .env("DATAMESH_DATA_DIR", "/srv/mesh");
    let ended = run(command);
    assert!(ended.status.success(), "{}", ended.err);
    for (setting, origin) in [
        ("data_dir = \"/srv/mesh\"", "DATAMESH_DATA_DIR"),
        ("region = \"eu-central-1\"", "--aws-region"),
        ("format = \"json\"", "datamesh.toml"),
        ("level = \"info\"", "default"),
    ] {
        let line = format!("{setting:44}  # {origin}\n");
        assert!(ended.out.contains(&line), "{line}\n{}", ended.out);
    }
}

#[test]
fn the_sample_is_played_once_and_then_found() {
    let folder = TempDir::new().unwrap();
    let play = || {
        let mut command = datameshd(&folder);
        command
            .args(["run", "--exit-after-sample", "--sample"])
            .arg(samples());
        run(command)
    };

    let first = play();
    assert!(first.status.success(), "{}\n{}", first.out, first.err);
    assert_eq!(first.out.matches("made in").count(), 28, "{}", first.out);
    assert!(
        first.out.contains("every effect is settled"),
        "{}",
        first.out
    );
    assert!(first.out.lines().count() < 160, "{}", first.out);

    let second = play();
    assert!(second.status.success(), "{}\n{}", second.out, second.err);
    assert_eq!(
        second.out.matches("found as it was left").count(),
        24,
        "{}",
        second.out
    );
}

#[test]
fn a_sample_that_is_not_there_ends_the_process_in_failure() {
    let folder = TempDir::new().unwrap();
    let mut command = datameshd(&folder);
    command.args(["run", "--exit-after-sample", "--sample", "nowhere"]);
    let ended = run(command);
    assert_eq!(ended.status.code(), Some(1));
    assert!(
        ended
            .err
            .contains("the sample's file nowhere/mesh.toml cannot be read"),
        "{}",
        ended.err
    );
}

#[test]
fn the_command_line_on_the_same_machine_needs_no_token() {
    let folder = TempDir::new().unwrap();
    let node = Running::start(datameshd(&folder));
    let data = folder.path().join("data");
    let datamesh = |arguments: &[&str]| {
        let mut command = command(DATAMESH, &folder);
        command
            .args(arguments)
            .env("DATAMESH_SERVER", format!("http://{}", node.public))
            .env("DATAMESH_ADMIN_SERVER", format!("http://{}", node.admin));
        command
    };
    let with_data = |arguments: &[&str]| {
        let mut command = datamesh(arguments);
        command.env("DATAMESH_DATA_DIR", &data);
        run(command)
    };

    let made = with_data(&[
        "domain",
        "create",
        "finance",
        "--owner-group",
        "finance-team",
        "--wait",
    ]);
    assert!(made.status.success(), "{}", made.err);
    assert!(
        made.err.ends_with("domain finance ACTIVE\n"),
        "{}",
        made.err
    );
    let actors = with_data(&["actor", "list", "--kind", "domain", "-o", "json"]);
    assert!(
        actors.out.contains("\"kind\": \"domain\""),
        "{}{}",
        actors.out,
        actors.err
    );

    let stranger = run(datamesh(&["domain", "list"]));
    assert_eq!(stranger.status.code(), Some(4), "{}", stranger.err);

    let token = with_data(&["token", "--user", "eve", "--groups", "marketing"]);
    let refused = run(datamesh(&[
        "domain",
        "update",
        "finance",
        "--description",
        "x",
        "--token",
        token.out.trim(),
    ]));
    assert_eq!(refused.status.code(), Some(4), "{}", refused.err);
    assert!(refused.err.contains("finance-team"), "{}", refused.err);
}
