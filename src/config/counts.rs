//! `[counts]`: the store, the keys, and the rules of counting.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::paths;
use crate::config::store::{self, ConfiguredStore, SpoolFile};
use crate::config::table_reader::TableReader;
use crate::name::ConfigName;
use crate::state::AfterRestart;
use crate::storage::query::StoreLocation;

/// Maximum lifetime of a sealed link. A key is identified by one byte of its day, which must stay unambiguous.
const MAX_CLICK_TTL: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Within this time a second click on a target is taken for the first one repeated: a second press, or Back and again.
const DEFAULT_REPEAT_WINDOW: Duration = Duration::from_secs(10);

/// The longest such time. What is known of a client does not live longer.
const MAX_REPEAT_WINDOW: Duration = Duration::from_secs(3_600);

/// The most people that a value can be asked to have. So many hashes are remembered for each value that fewer had.
const MAX_K: u64 = 10_000;

/// Counting.
#[derive(Debug)]
pub struct CountsConfig {
    /// The store that reports read.
    pub store: StoreLocation,
    /// This node's spool, if the store is PostgreSQL.
    pub spool: Option<SpoolFile>,
    /// The file of the key ring.
    pub keys: PathBuf,
    /// The file of the key that signs closings. The public key is in a file beside it.
    pub closing_key: PathBuf,
    /// The name of this process, unique among the nodes that write to one store.
    pub node: String,
    /// How many different people must have a value in a day before it is written; reports suppress people below it.
    pub k: u64,
    /// How long a result link can be clicked.
    pub click_ttl: Duration,
    /// How long a click waits for its commit before it is redirected.
    pub click_wait: Duration,
    /// Within this time, one click of a client on a target counts.
    pub repeat_window: Duration,
    /// How to count clicks on links that are older than the process.
    pub after_restart: AfterRestart,
}

/// Reads `[counts]`.
pub(super) fn read(mut table: TableReader<'_>, folder: &Path) -> Option<CountsConfig> {
    let store = store::read(&mut table, folder);
    let keys = table.string("keys").map_or_else(|| "data/keys".to_owned(), |text| text.value);
    let closing_key = table.string("closing_key").map_or_else(|| "data/closing.key".to_owned(), |text| text.value);
    let node = node(&mut table);
    let k = table.integer("k", 20, 1..=MAX_K);
    let second = Duration::from_secs(1);
    let click_ttl = table.duration("click_ttl", Duration::from_secs(3_600), second..=MAX_CLICK_TTL);
    let click_wait = table.duration("click_wait", second, Duration::ZERO..=Duration::from_secs(60));
    let repeat_window = table.duration("repeat_window", DEFAULT_REPEAT_WINDOW, Duration::ZERO..=MAX_REPEAT_WINDOW);
    let choices = [("count", AfterRestart::Count), ("skip", AfterRestart::Skip)];
    let after_restart = table.choice("after_restart", AfterRestart::Count, &choices);
    let (key_ring, closing_key) = (paths::resolve(folder, &keys), paths::resolve(folder, &closing_key));
    let is_store_file = |ConfiguredStore { location, spool }: &ConfiguredStore| {
        *location == StoreLocation::Sqlite(key_ring.clone())
            || spool.as_ref().is_some_and(|spool| spool.path == key_ring)
    };
    if keys.is_empty() || store.as_ref().is_some_and(is_store_file) {
        table.error_at_key("keys", "the key ring needs its own file, such as \"data/keys\"");
    }
    table.finish();
    let ConfiguredStore { location: store, spool } = store?;
    Some(CountsConfig {
        store,
        spool,
        keys: key_ring,
        closing_key,
        node: node?,
        k,
        click_ttl,
        click_wait,
        repeat_window,
        after_restart,
    })
}

fn node(table: &mut TableReader<'_>) -> Option<String> {
    let Some(text) = table.string("node") else { return Some("node-1".to_owned()) };
    match ConfigName::new(&text.value) {
        Ok(name) => Some(name.to_string()),
        Err(error) => {
            table.error_at(&text, error);
            None
        }
    }
}
