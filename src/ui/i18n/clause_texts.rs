//! The texts of the clauses that every language must provide. A change to their meaning raises
//! [`EDITION`](crate::privacy::fact::EDITION).

use crate::privacy::clause::Topic;
use crate::privacy::fact::StoreKind;

/// What the text about smuggling in keywords says in figures.
#[derive(Debug, Clone, Copy)]
pub struct HiddenTextFigures {
    /// How many of the Latin letters have look-alikes.
    pub look_alikes: usize,
    /// Bits in the longest keyword, rounded down.
    pub longest: u32,
}

/// The texts of the clauses in one language. Texts with figures or names are functions.
#[derive(Debug)]
pub struct ClauseTexts {
    /// Heading of a topic.
    pub heading: fn(Topic) -> &'static str,
    /// Not more than six fields reach a partner.
    pub six_fields: &'static str,
    /// Totals only are written.
    pub nothing_recorded: &'static str,
    /// No suggestions.
    pub no_keystrokes: &'static str,
    /// No record of visited sites.
    pub no_visited_sites: &'static str,
    /// No scripts, nothing from other sites.
    pub no_scripts: &'static str,
    /// The service's name, and who runs it if the configuration says so.
    pub operator: fn(&str, Option<&str>) -> String,
    /// Precedes the link by which the operator is reached.
    pub contact: &'static str,
    /// There is no such link.
    pub no_contact: &'static str,
    /// Text of the link to the operator's own site.
    pub website: &'static str,
    /// What every partner sees of every search.
    pub every_partner: &'static str,
    /// Another partner is asked if one fails.
    pub fail_over: &'static str,
    /// Introduces the list of languages.
    pub languages: &'static str,
    /// The keyword reaches the partner.
    pub keyword_itself: &'static str,
    /// Which IDs are not used.
    pub countable_ids: &'static str,
    /// What is counted by the hour.
    pub searches_and_clicks: &'static str,
    /// What exact counts can reveal.
    pub exact_hours: &'static str,
    /// How many people must share a value before it is named.
    pub small_count: fn(u64) -> String,
    /// Introduces the list of keyword groups.
    pub keyword_groups: &'static str,
    /// What the address is used for.
    pub network_limits: &'static str,
    /// How a repeated click is recognized.
    pub repeated_clicks: &'static str,
    /// What a stamp contains.
    pub stamp: &'static str,
    /// With what a stamp is sent, and what that would allow.
    pub stamp_rides: &'static str,
    /// The totals of visits.
    pub visit_totals: &'static str,
    /// Toolbars without stamps.
    pub id_counts: &'static str,
    /// How we redirect.
    pub redirect: &'static str,
    /// What a destination sees.
    pub destination: &'static str,
    /// What ads can see.
    pub ad_links: &'static str,
    /// What the browser's history keeps.
    pub address_history: &'static str,
    /// How to keep keywords out of it.
    pub posted_search: &'static str,
    /// What is left after the toolbar is removed.
    pub uninstall: &'static str,
    /// Objection by Global Privacy Control.
    pub global_privacy_control: &'static str,
    /// Objection by Do Not Track.
    pub do_not_track: &'static str,
    /// How to withdraw.
    pub withdraw: &'static str,
    /// For how long totals are kept: months by the hour.
    pub totals_kept: fn(i32) -> String,
    /// For how long a stamp lives: months in all, days without a visit.
    pub stamp_life: fn(i32, u32) -> String,
    /// For how long it is remembered that a stamp or ID was counted.
    pub stamp_mark: &'static str,
    /// For how long a pseudonym is the same.
    pub pseudonym_key: &'static str,
    /// For how many seconds a link works, and for how many it is remembered at most that it was opened.
    pub link_life: fn(u64, u64) -> String,
    /// For how many seconds the number of a network is remembered at most.
    pub network_life: fn(u64) -> String,
    /// For how many seconds the number of a click is remembered at most.
    pub repeat_life: fn(u64) -> String,
    /// For how long numbers of people are remembered until there are enough.
    pub slice_memory: &'static str,
    /// For how many seconds images are remembered.
    pub image_life: fn(u64) -> String,
    /// For how long a keyword is in memory.
    pub keyword_memory: &'static str,
    /// What the network sees.
    pub network_observer: &'static str,
    /// Whether answers are padded, and what their sizes reveal.
    pub answer_sizes: fn(bool) -> &'static str,
    /// What an operator could do.
    pub operator_could: &'static str,
    /// What two partners could do together.
    pub two_partners: &'static str,
    /// What a toolbar could hide in a keyword.
    pub hidden_text: fn(HiddenTextFigures) -> String,
    /// What a toolbar could tell each partner (name, bits) by its choice from closed lists.
    pub hidden_choice: fn(&[(&str, u32)]) -> String,
    /// What it could tell by the moment of a search.
    pub hidden_time: &'static str,
    /// A partner that knows an ID can learn its pseudonym.
    pub known_id: &'static str,
    /// What an authority could get.
    pub legal_process: &'static str,
    /// What a buyer would get.
    pub sale: &'static str,
    /// Where totals are.
    pub store_place: fn(StoreKind, u64) -> String,
    /// What several machines share.
    pub shared_memory: &'static str,
    /// For how many days a change is announced.
    pub changes: fn(i32) -> String,
}
