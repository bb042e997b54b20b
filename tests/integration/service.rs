//! `[service]`: the operator's name, links and pictures on every page, in the descriptions for browsers, and after a reload.

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::http_client::{request_bytes, send_once};
use qsproxy_test_support::mock_partner::MockPartner;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::test_env::{TestEnv, sample_results};
use qsproxy_test_support::wait_for;
use qsproxy_test_support::workdir::Workdir;

const HTML: &str = "Accept: text/html";
const LOGO: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><circle r=\"4\"/></svg>";
/// The start of a PNG file of 32 by 32 pixels; a browser would not show it, but nothing here decodes it.
const ICON: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20\x08\x06\0\0\0";

fn named(config: ConfigBuilder) -> ConfigBuilder {
    config
        .with("service", "name", "\"Finder & Co\"")
        .with("service", "operator", "\"Müller & Söhne GmbH, Köln\"")
        .with("service", "contact_url", "\"mailto:privacy@finder.example\"")
        .with("service", "imprint_url", "\"https://finder.example/imprint?a=1&b=2\"")
        .with("service", "home_url", "\"https://finder.example\"")
        .with("service", "tagline", "\"Finds <things>\"")
        .with("service", "colour", "\"#A05a10\"")
        .with("service", "logo", "\"logo.svg\"")
        .with("service", "icon", "\"icon.png\"")
}

fn service(config: &ConfigBuilder) -> Proxy {
    let workdir = Workdir::new(&config.text());
    workdir.write("logo.svg", LOGO);
    workdir.write("icon.png", ICON);
    workdir.start()
}

/// The value of an attribute that follows `before`.
fn value<'p>(page: &'p str, before: &str) -> &'p str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before}: {page}")).1;
    rest.split('"').next().unwrap()
}

#[test]
fn every_page_names_the_service_and_links_its_operator() {
    let partner = MockPartner::json(sample_results());
    let proxy = service(&named(ConfigBuilder::new(&partner)));
    let host = proxy.public.to_string();
    let post = |target: &str| send_once(proxy.public, &request_bytes("POST", target, &host, &[HTML])).unwrap();
    let pages = [
        proxy.get("/", &[HTML]),
        proxy.get("/privacy", &[HTML]),
        proxy.get("/privacy/personal-data", &[HTML]),
        proxy.get("/about", &[HTML]),
        proxy.get("/search?q=lisbon", &[HTML]),
        proxy.get("/search", &[HTML]),
        proxy.get("/nowhere", &[HTML]),
        proxy.get("/click/nonsense", &[HTML]),
        post("/forget"),
    ];
    for page in pages {
        let page = page.text();
        let title = page.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0;
        assert!(title.ends_with("Finder &amp; Co"), "{title}");
        assert!(page.contains("alt=\"Finder &amp; Co\""), "{page}");
        assert!(
            page.contains("href=\"https://finder.example/imprint?a=1&amp;b=2\" rel=\"noreferrer noopener\""),
            "{page}"
        );
        assert!(page.contains("href=\"mailto:privacy@finder.example\""), "{page}");
        assert_eq!(value(&page, "<meta name=\"theme-color\" content=\""), "#a05a10");
        assert!(page.contains("title=\"Finder &amp; Co\"") && page.contains("title=\"Finder &amp; (POST)\""), "{page}");
        assert!(!page.contains("qsproxy"), "{page}");
    }
    assert!(proxy.get("/", &[HTML]).text().contains("Finds &lt;things&gt;"));
    let dashboard = proxy.admin_get("/", &[]).text();
    assert!(dashboard.contains("<h1>Finder &amp; Co</h1>"), "{dashboard}");
}

#[test]
fn pictures_are_served_as_they_are_and_may_run_nothing() {
    let partner = MockPartner::json(sample_results());
    let proxy = service(&named(ConfigBuilder::new(&partner)));
    let page = proxy.get("/", &[HTML]).text();
    let (logo, icon) = (value(&page, "<img src=\""), value(&page, "<link rel=\"icon\" href=\""));
    for (path, bytes, media_type) in [(logo, LOGO, "image/svg+xml"), (icon, ICON, "image/png")] {
        let file = proxy.get(path, &[]);
        assert_eq!((file.status, &file.body[..], file.media_type().as_str()), (200, bytes, media_type), "{path}");
        assert_eq!(file.header("content-security-policy"), Some("script-src 'none'; sandbox"));
        assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"));
    }
    let favicon = proxy.get("/favicon.ico", &[]);
    assert_eq!((&favicon.body[..], favicon.media_type().as_str()), (ICON, "image/png"));
    let stylesheet = proxy.get(value(&page, "<link rel=\"stylesheet\" href=\""), &[]).text();
    assert!(stylesheet.contains("--brand: #a05a10;"), "{stylesheet}");
    for method in ["/opensearch.xml", "/opensearch-post.xml"] {
        let document = proxy.get(method, &[]).text();
        assert!(document.contains("<Description>Finds &lt;things&gt;</Description>"), "{document}");
        let image = format!("<Image width=\"32\" height=\"32\" type=\"image/png\">http://127.0.0.1:8080{icon}</Image>");
        assert!(document.contains(&image) && document.matches("<Image").count() == 1, "{document}");
    }
}

#[test]
fn a_reload_replaces_name_and_pictures() {
    let partner = MockPartner::json(sample_results());
    let config = named(ConfigBuilder::new(&partner));
    let proxy = service(&config);
    let logo = |proxy: &Proxy| value(&proxy.get("/", &[HTML]).text(), "<img src=\"").to_owned();
    let old = logo(&proxy);
    let other = config.with("service", "name", "\"Seeker\"");
    proxy.workdir().write("proxy.toml", other.text().as_bytes());
    proxy.workdir().write("logo.svg", &[LOGO, b"<!-- new -->"].concat());
    proxy.signal("HUP");
    wait_for("the new name", || proxy.get("/", &[HTML]).text().contains("Seeker").then_some(()));
    assert_ne!(logo(&proxy), old, "the path changes with the content, since browsers cache it for a year");
    assert_eq!(proxy.get(&old, &[]).status, 404);
}

#[test]
fn a_service_without_the_table_has_the_name_of_the_program() {
    let env = TestEnv::new();
    let page = env.proxy.get("/", &[HTML]).text();
    assert!(page.contains("<title>qsproxy</title>") && page.contains(">qsproxy</span></a>"), "{page}");
    assert!(!page.contains("theme-color") && !page.contains("noreferrer"), "{page}");
}
