//! `images` and `image_hosts` of a `[[partner]]`: whether images of its answers are shown, and from which hosts.

use url::Url;

use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;
use crate::image_proxy::addresses::host_and_port;

/// How images of a partner are handled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ImageRules {
    /// Images are fetched through the image proxy.
    pub(super) are_proxied: bool,
    /// `host:port` of hosts that are allowed although their addresses are not public.
    pub(super) hosts: Vec<String>,
}

/// Reads the two keys. Only answers in HTML have images.
pub(super) fn read(table: &mut TableReader<'_>, is_html: bool) -> ImageRules {
    let are_proxied = table.choice("images", false, &[("off", false), ("proxied", true)]);
    if are_proxied && !is_html {
        table.error_at_key(
            "images",
            "results in JSON have no images; set images = \"off\", or use a partner with format = \"html\"",
        );
    }
    let hosts = table.string_list("image_hosts").unwrap_or_default();
    if !are_proxied && let Some(first) = hosts.first() {
        table
            .error_at(first, "no image is fetched while images = \"off\"; set images = \"proxied\" or empty this list");
    }
    ImageRules { are_proxied, hosts: hosts.into_iter().filter_map(|host| checked_host(table, &host)).collect() }
}

/// Returns a host and port in the spelling of [`host_and_port`].
fn checked_host(table: &TableReader<'_>, host: &Located<String>) -> Option<String> {
    let has_port = host.value.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    let url = Url::parse(&format!("http://{}", host.value)).ok().filter(|url| {
        has_port
            && url.username().is_empty()
            && url.password().is_none()
            && url.as_str().ends_with('/')
            && url.path() == "/"
    });
    if url.is_none() {
        table.error_at(host, "must be a host and a port, such as \"images.internal:8080\" or \"127.0.0.1:9000\"");
    }
    url.as_ref().and_then(host_and_port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostic::Diagnostics;

    fn parse(text: &str, is_html: bool) -> (ImageRules, String) {
        let diagnostics = Diagnostics::new(text);
        let mut root = TableReader::root(text, &diagnostics);
        let rules = read(&mut root, is_html);
        (rules, diagnostics.sorted().iter().map(|error| format!("{error}\n")).collect())
    }

    fn valid(are_proxied: bool, hosts: &[&str]) -> (ImageRules, String) {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        (ImageRules { are_proxied, hosts }, String::new())
    }

    #[test]
    fn images_are_off_by_default() {
        assert_eq!(parse("", true), valid(false, &[]));
        assert_eq!(parse("images = \"off\"\nimage_hosts = []", false), valid(false, &[]));
        assert_eq!(parse("images = \"proxied\"", true), valid(true, &[]));
    }

    #[test]
    fn normalizes_hosts() {
        let text = "images = \"proxied\"\nimage_hosts = [\"Images.Internal:80\", \"0x7f.1:9000\", \"[::0:1]:443\"]";
        assert_eq!(parse(text, true), valid(true, &["images.internal:80", "127.0.0.1:9000", "[::1]:443"]));
    }

    #[test]
    fn errors_name_the_remedy() {
        assert!(parse("images = \"proxied\"", false).1.contains("1: images: results in JSON have no images"));
        assert!(parse("images = \"on\"", true).1.contains("must be \"off\" or \"proxied\""));
        assert!(parse("image_hosts = [\"a.example:80\"]", true).1.contains("1: image_hosts[0]: no image is fetched"));
        for host in [
            "a.example",
            "a.example:0",
            "a.example:65536",
            ":80",
            "[::1]",
            "a/b:80",
            "a?b:80",
            "a#b:80",
            "u@a:80",
            "",
            "http://a:80",
        ] {
            let (rules, errors) = parse(&format!("images = \"proxied\"\nimage_hosts = [\"{host}\"]"), true);
            assert!(
                rules.hosts.is_empty() && errors.contains("2: image_hosts[0]: must be a host and a port"),
                "{host}: {errors}"
            );
        }
    }
}
