//! The keys of `[[partner]]` that say whether images in its answers are shown, and from where.

use url::Url;

use crate::config::read::{At, Section};
use crate::image_proxy::addresses::host_and_port;

/// `images` and `image_hosts`, of a partner that answers in HTML or not.
pub(super) fn of(section: &mut Section<'_>, html: bool) -> (bool, Vec<String>) {
    let images = section.word("images", false, &[("off", false), ("proxied", true)]);
    if images && !html {
        section.mistake(
            "images",
            "results in json have no images; leave it at \"off\", or use a partner with format = \"html\"",
        );
    }
    let hosts = section.texts("image_hosts").unwrap_or_default();
    if !images && let Some(first) = hosts.first() {
        section
            .wrong(first, "no host is asked while images = \"off\"; say images = \"proxied\", or leave the list empty");
    }
    (images, hosts.into_iter().filter_map(|host| checked_host(section, &host)).collect())
}

/// A host with its port, as [`host_and_port`] spells them.
fn checked_host(section: &Section<'_>, host: &At<String>) -> Option<String> {
    let has_port = host.value.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    let url = Url::parse(&format!("http://{}", host.value)).ok().filter(|url| {
        has_port
            && url.username().is_empty()
            && url.password().is_none()
            && url.as_str().ends_with('/')
            && url.path() == "/"
    });
    if url.is_none() {
        section.wrong(host, "this must be a host and its port, such as \"images.internal:8080\" or \"127.0.0.1:9000\"");
    }
    url.as_ref().and_then(host_and_port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::diagnostic::Diagnostics;

    fn read(text: &str, html: bool) -> (bool, Vec<String>, String) {
        let sink = Diagnostics::new(text);
        let mut file = Section::file(text, &sink);
        let (images, hosts) = of(&mut file, html);
        (images, hosts, sink.all().iter().map(|mistake| format!("{mistake}\n")).collect())
    }

    #[test]
    fn images_are_off_unless_asked_for() {
        assert_eq!(read("", true), (false, vec![], String::new()));
        assert_eq!(read("images = \"off\"\nimage_hosts = []", false), (false, vec![], String::new()));
        assert_eq!(read("images = \"proxied\"", true), (true, vec![], String::new()));
    }

    #[test]
    fn hosts_are_spelled_as_they_will_be_compared() {
        let text = "images = \"proxied\"\nimage_hosts = [\"Images.Internal:80\", \"0x7f.1:9000\", \"[::0:1]:443\"]";
        let hosts = ["images.internal:80", "127.0.0.1:9000", "[::1]:443"].map(str::to_owned);
        assert_eq!(read(text, true), (true, hosts.to_vec(), String::new()));
    }

    #[test]
    fn mistakes_say_what_to_do() {
        assert!(read("images = \"proxied\"", false).2.contains("1: images: results in json have no images"));
        assert!(read("images = \"on\"", true).2.contains("this must be \"off\" or \"proxied\""));
        assert!(read("image_hosts = [\"a.example:80\"]", true).2.contains("1: image_hosts[0]: no host is asked while"));
        for wrong in [
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
            let (_, hosts, mistakes) = read(&format!("images = \"proxied\"\nimage_hosts = [\"{wrong}\"]"), true);
            assert!(
                hosts.is_empty() && mistakes.contains("2: image_hosts[0]: this must be a host and its port"),
                "{wrong}: {mistakes}"
            );
        }
    }
}
