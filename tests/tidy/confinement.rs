//! What may be used in some files only.

use regex::Regex;

use crate::{code, files, module};

/// Patterns, the files of `src` that may contain them, and the reason.
const CONFINED: [(&str, &[&str], &str); 16] = [
    (
        r"\bhyper_util::client\b",
        &["http_client/connector.rs", "http_client/resolver.rs"],
        "one place decides what a partner is sent",
    ),
    (
        r"\brusqlite::",
        &[
            "storage/error.rs",
            "storage/sqlite.rs",
            "storage/sqlite/query.rs",
            "storage/sqlite/schema.rs",
            "storage/sqlite/upsert.rs",
            "storage/value.rs",
            "forward/spool.rs",
            "storage/query.rs",
        ],
        "one module writes to the disk, one reads",
    ),
    (
        r"\btokio_postgres",
        &["storage/postgres/error.rs", "storage/postgres/session.rs", "storage/postgres/values.rs"],
        "one module speaks to PostgreSQL",
    ),
    (r"(^|[^:\w])redis::", &["dedup/redis/connection.rs"], "one file speaks to the shared deduplication server"),
    (
        r"\bfs::(rename|write)\b|\.create_new\(",
        &["atomic_file.rs", "cli/backup.rs"],
        "files appear complete or not at all",
    ),
    (r"\brand::", &["random.rs"], "one file draws random numbers"),
    (r"\b(tracing|log)::", &[], "there is no general logger; events.rs is everything that is logged"),
    (
        r"\be?print(ln)?!",
        &["cli.rs", "cli/check.rs", "cli/demo.rs", "cli/load.rs", "cli/settlement.rs"],
        "serving prints events only",
    ),
    (r"\bheaders_mut\(\)", &["server/response.rs", "admin/response.rs"], "one file sets the headers of a message"),
    (
        r"\.expose_to_partner_or_client\(",
        &["fields/keyword.rs", "partner/request.rs", "ui/search_box.rs", "cli/explain.rs"],
        "a keyword goes to a partner, and back to the person who sent it",
    ),
    (
        r"\.expose_to_keyword_groups\(",
        &["fields/keyword_group.rs"],
        "only configured terms are searched for in a keyword",
    ),
    (
        r"\.keyword_group\(\)",
        &["search/count.rs", "search/links.rs", "cli/explain.rs"],
        "a keyword group is counted and not sent to any partner",
    ),
    (r"\.expose_for_pseudonym\(", &["tokens/pseudonym.rs"], "an ID becomes a pseudonym"),
    (
        r"\bIncoming\b",
        &[
            "server/connection_service.rs",
            "server/router.rs",
            "server/handlers/search.rs",
            "server/search_request.rs",
            "admin.rs",
        ],
        "inbound requests end in server/",
    ),
    (
        r"\bIpAddr\b",
        &[
            "admin/access.rs",
            "admin/connections.rs",
            "clients.rs",
            "clients/prefix.rs",
            "config/listen.rs",
            "config/store.rs",
            // Addresses that stand in an ID.
            "fields/anonymous_id/countable.rs",
            "image_proxy/addresses.rs",
            "image_proxy/public_ip.rs",
            "server/client_address.rs",
            "server/forwarded.rs",
            "server/proxy_protocol.rs",
        ],
        "a client's address goes from the listener to the hash of its prefix, and nowhere else",
    ),
    (
        r"\bremote_addr|peer_addr|SocketAddr\b",
        &[
            "fields/anonymous_id/countable.rs",
            // Addresses of partners.
            "http_client/resolver.rs",
            "server/listener.rs",
            "app/passed_sockets.rs",
            "app/server.rs",
            "app/sockets.rs",
            "events.rs",
            "config/listen.rs",
        ],
        "no code handles a client's address; these are the listeners' own",
    ),
];

#[test]
fn confined_code_is_used_nowhere_else() {
    for (pattern, allowed, why) in CONFINED {
        let pattern = Regex::new(pattern).unwrap();
        let sources = files("src");
        for file in allowed {
            assert!(sources.iter().any(|(known, _)| known == file), "{pattern}: there is no src/{file}");
        }
        for (file, text) in sources {
            // The demo partner is a server of its own, which sees what partners see.
            if module(&file) != "demo" && !allowed.contains(&file.as_str()) {
                let line = code(&file, &text).lines().find(|line| pattern.is_match(line)).map(str::to_owned);
                assert_eq!(line, None, "{file}: {pattern}: {why}");
            }
        }
    }
}
