//! `[dedupe]`: a Redis server that several nodes share, so that a link or a stamp counts once among all of them.

use std::path::{Path, PathBuf};

use url::Url;

use crate::config::paths;
use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::dedup::redis::{RedisAddress, RedisServer};

/// The default port of Redis (IANA service name `redis`).
const PORT: u16 = 6_379;

const EXAMPLES: &str =
    "\"redis://127.0.0.1:6379/0\", \"rediss://redis.example:6380/0\" (TLS) or \"unix:///run/redis/redis.sock\"";

/// Deduplication shared by several nodes.
#[derive(Debug)]
pub struct DedupConfig {
    /// The server.
    pub server: RedisServer,
    /// The file with its password, if it requires one.
    pub password_file: Option<PathBuf>,
}

/// Reads the table if the file has it.
pub(super) fn read(root: &mut TableReader<'_>, folder: &Path) -> Option<DedupConfig> {
    let mut table = root.optional_table("dedupe")?;
    let url = table.required_string("url");
    let password_file = table.string("password_file").map(|file| paths::resolve(folder, &file.value));
    let server = url.and_then(|url| server(&table, &url));
    if server.as_ref().is_some_and(|server| server.user.is_some()) && password_file.is_none() {
        table.error_at_key("url", "a user needs a password; set password_file to the file that contains it");
    }
    table.finish();
    Some(DedupConfig { server: server?, password_file })
}

fn server(table: &TableReader<'_>, text: &Located<String>) -> Option<RedisServer> {
    let url = Url::parse(&text.value).ok();
    if url.as_ref().is_some_and(|url| url.password().is_some()) {
        table.error_at(
            text,
            "a password here would turn this file into a secret; write it to a file (mode 0600) and set password_file",
        );
        return None;
    }
    let server = url.as_ref().and_then(parse_url);
    if server.is_none() {
        table.error_at(text, format!("must be the URL of a Redis server, such as {EXAMPLES}"));
    }
    server
}

fn parse_url(url: &Url) -> Option<RedisServer> {
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
    // Percent escapes are not decoded, so a user name that needs them is rejected.
    if user.is_some_and(|user| user.contains('%')) {
        return None;
    }
    Some(RedisServer { place, user: user.map(str::to_owned), database })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_server_urls() {
        let parsed = |text: &str| parse_url(&Url::parse(text).unwrap());
        let server =
            |place, user: Option<&str>, database| Some(RedisServer { place, user: user.map(str::to_owned), database });
        assert_eq!(parsed("redis://127.0.0.1"), server(RedisAddress::Tcp("127.0.0.1".into(), 6_379), None, 0));
        assert_eq!(parsed("redis://[::1]:7/"), server(RedisAddress::Tcp("::1".into(), 7), None, 0));
        assert_eq!(
            parsed("rediss://qs@redis.example:6380/3"),
            server(RedisAddress::Tls("redis.example".into(), 6_380), Some("qs"), 3)
        );
        assert_eq!(parsed("unix:///run/redis.sock"), server(RedisAddress::Socket("/run/redis.sock".into()), None, 0));
        for invalid in [
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
            assert_eq!(parsed(invalid), None, "{invalid}");
        }
    }
}
