//! The table `[dedupe]`: the memory that several nodes share, so that a link or a stamp counts once among them all.

use std::path::{Path, PathBuf};

use url::Url;

use crate::config::path;
use crate::config::read::{At, Section};
use crate::dedup::redis::{RedisAddress, RedisServer};

/// The port that Redis listens on where none is said (IANA: redis).
const PORT: u16 = 6_379;

const EXAMPLES: &str =
    "\"redis://127.0.0.1:6379/0\", \"rediss://redis.example:6380/0\" (TLS) or \"unix:///run/redis/redis.sock\"";

/// The shared memory.
#[derive(Debug)]
pub struct DedupeConfig {
    /// The server that holds it.
    pub server: RedisServer,
    /// The file with its password, where it demands one.
    pub password_file: Option<PathBuf>,
}

/// The table, where the file has it.
pub(super) fn dedupe(file: &mut Section<'_>, folder: &Path) -> Option<DedupeConfig> {
    let mut section = file.optional_table("dedupe")?;
    let url = section.needed_text("url");
    let password_file = section.text("password_file").map(|file| path(folder, &file.value));
    let server = url.and_then(|url| checked(&section, &url));
    if server.as_ref().is_some_and(|server| server.user.is_some()) && password_file.is_none() {
        section.mistake("url", "a user logs in with a password; name the file that holds it as password_file");
    }
    section.end();
    Some(DedupeConfig { server: server?, password_file })
}

fn checked(section: &Section<'_>, text: &At<String>) -> Option<RedisServer> {
    let url = Url::parse(&text.value).ok();
    if url.as_ref().is_some_and(|url| url.password().is_some()) {
        section.wrong(
            text,
            "a password here would make this file a secret; name a file that holds it (mode 0600) as password_file",
        );
        return None;
    }
    let server = url.as_ref().and_then(server);
    if server.is_none() {
        section.wrong(
            text,
            format!("this must be the address of a server that speaks the Redis protocol, such as {EXAMPLES}"),
        );
    }
    server
}

fn server(url: &Url) -> Option<RedisServer> {
    if url.query().is_some() || url.fragment().is_some() {
        return None;
    }
    let user = Some(url.username()).filter(|user| !user.is_empty());
    if url.scheme() == "unix" {
        let path = url.host_str().is_none_or(str::is_empty).then(|| PathBuf::from(url.path()));
        let path = path.filter(|path| path.is_absolute() && path.file_name().is_some() && user.is_none())?;
        return Some(RedisServer { place: RedisAddress::Socket(path), user: None, database: 0 });
    }
    let host = url.host_str().filter(|host| !host.is_empty())?.trim_matches(['[', ']']).to_owned();
    let port = url.port().unwrap_or(PORT);
    let place = match url.scheme() {
        "redis" => RedisAddress::Tcp(host, port),
        "rediss" => RedisAddress::Tls(host, port),
        _ => return None,
    };
    let database = match url.path().trim_start_matches('/') {
        "" => 0,
        number => number.parse().ok()?,
    };
    // Percent signs are not undone, so a name that needs them is not taken.
    if user.is_some_and(|user| user.contains('%')) {
        return None;
    }
    Some(RedisServer { place, user: user.map(str::to_owned), database })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_by_their_address() {
        let read = |text: &str| server(&Url::parse(text).unwrap());
        let at =
            |place, user: Option<&str>, database| Some(RedisServer { place, user: user.map(str::to_owned), database });
        assert_eq!(read("redis://127.0.0.1"), at(RedisAddress::Tcp("127.0.0.1".into(), 6_379), None, 0));
        assert_eq!(read("redis://[::1]:7/"), at(RedisAddress::Tcp("::1".into(), 7), None, 0));
        assert_eq!(
            read("rediss://qs@redis.example:6380/3"),
            at(RedisAddress::Tls("redis.example".into(), 6_380), Some("qs"), 3)
        );
        assert_eq!(read("unix:///run/redis.sock"), at(RedisAddress::Socket("/run/redis.sock".into()), None, 0));
        for wrong in [
            "http://redis.example",
            "redis:///0",
            "redis://h/zero",
            "redis://h/0/1",
            "redis://h?db=1",
            "rediss://h#insecure",
            "redis://a%20b@h",
            "unix:run/redis.sock",
            "unix:///",
            "unix:///run/redis.sock?db=1",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
