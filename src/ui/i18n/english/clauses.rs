//! The clauses of the privacy statement in English.

use crate::privacy::clause::Topic;
use crate::privacy::fact::StoreKind;
use crate::ui::i18n::clause_texts::ClauseTexts;
use crate::ui::i18n::english::format::duration;

pub(super) const TEXTS: ClauseTexts = ClauseTexts {
    heading: |topic| match topic {
        Topic::Summary => "In short",
        Topic::Operator => "Who runs this service",
        Topic::Shared => "What search partners receive",
        Topic::Counted => "What we count",
        Topic::Visits => "How we count visits",
        Topic::Click => "When you open a result",
        Topic::Device => "What stays on your device",
        Topic::Choices => "Your choices",
        Topic::Memory => "How long we remember",
        Topic::Residual => "What could still be seen",
        Topic::Law => "Authorities, sale, machines and changes",
    },
    six_fields: "Of a search, a search partner receives at most six pieces of information: no IP address, no cookies and no \
                 headers from your browser. We discard everything else on arrival.",
    nothing_recorded: "We write down totals only. No keyword, ID or IP address is recorded anywhere, and of a single event no more than that a total is one higher.",
    no_keystrokes: "Nothing is sent to us while you type. There are no suggestions.",
    no_visited_sites: "We do not collect which sites you visit. If the link of a result leads through this service, we count \
                       that it was opened, but not where it led.",
    no_scripts: "Our pages contain no scripts and load nothing from other sites.",
    operator: |name, operator| match operator {
        Some(operator) => format!("{name} is run by {operator}."),
        None => format!("The operator of {name} has not given a name here."),
    },
    contact: "This is how you reach the operator:",
    no_contact: "The operator has not given a contact address here.",
    website: "Website",
    every_partner: "Every partner also sees the IP address of this service and the moment at which a search arrives. The rest \
                    of the request is the same for everyone.",
    fail_over: "If a partner fails, we ask another one. It receives the same information, with a pseudonym of its own. The first \
                may have received your search as well.",
    languages: "Languages that may be sent to a partner:",
    keyword_itself: "Your keyword may say something about you. Apart from personal data that we recognize, we do not judge it.",
    countable_ids: "An ID that could be guessed by counting gets no pseudonym: a short one, digits alone, an address.",
    searches_and_clicks: "We count searches by hour, partner, code and outcome, and clicks on results by hour, partner, code, \
                          type (sponsored or not) and outcome. Requests to a partner that is paid by request are also counted \
                          by day, partner and code.",
    exact_hours: "These counts are exact, even if an hour has only one. Someone who can read them, and knows that only you \
                  used a code in that hour, learns that you searched or clicked, but never what for. The same holds for a day's visits. Codes are therefore \
                  meant for many people.",
    small_count: |k| {
        format!(
            "We count languages, browser families and keyword groups by day and partner, each separately. One is named only \
             once at least {k} different people had it that day, as far as networks and stamps tell them apart, and only at \
             the end of an hour."
        )
    },
    keyword_groups: "Keyword groups that are counted, without the keywords themselves:",
    network_limits: "We limit how much one network may use, so that nobody can take this service away from others or fake its \
                     counts. For this we compute a number from the first part of your IP address with a secret key (24 bits of \
                     an IPv4 address, 56 bits of an IPv6 address). It is also used to tell people apart in the counts above, and \
                     to see whether a partner fails for everyone or only for one network.",
    repeated_clicks: "So that two clicks in a row count once, we remember a number computed from your network’s number, your \
                      browser’s User-Agent and the result.",
    stamp: "We count how many people use this service, and how many return, without identifying anyone. Your browser or toolbar \
            stores a stamp: the day of your first visit, the day of your last visit, and a random number that changes after each \
            day you visit. After a month, the first day is reduced to its week, and after half a year to its month. We keep no \
            copy of the stamp.",
    stamp_rides: "The stamp is sent with every request to this service, so also with every search: as a cookie, or by a toolbar \
                  as a header. We read it only for the counts described here. In principle, the operator could change the program so that \
                  it links searches by the stamp, and you would not notice. With Do Not Track there is no stamp.",
    visit_totals: "We store totals by day and code: how many people visited, how many days after their previous visit (0 to \
                   30), and how many of those who were new on a given day returned 1, 7 and 30 days later.",
    id_counts: "A toolbar that sends an ID and stores no stamp is counted by day.",
    redirect: "We redirect you without a referrer and do not pass on your keyword.",
    destination: "From then on, the destination sees what every website sees: your IP address, what your browser reveals about \
                  itself, the time, and its own cookies.",
    ad_links: "The link of an ad stays as the partner supplied it, because the partner bills by it. The partner, and everyone \
               its link passes through, may therefore see the same about you, and may be able to tell from the link or the time \
               which search the click belongs to. We cannot prevent that.",
    address_history: "If you search in the address bar or in our search box, your keyword is part of the address of the results. \
                      Your browser keeps it in its history, and may share that with your other devices.",
    posted_search: "A posted search keeps the keyword out of the address. For this, add the search engine whose name ends with \
                    “(POST)” to a browser such as Firefox.",
    uninstall: "If you remove the toolbar or delete this site’s data, your stamp is gone. We are not told, and nothing about you \
                remains here.",
    global_privacy_control: "With Global Privacy Control in your browser, no partner receives a pseudonym, and your stamp has no \
                             number: it is the same for everyone whose first and last visits were on the same days as yours.",
    do_not_track: "With Do Not Track in your browser, no partner receives a pseudonym either. You get no stamp, and an existing \
                   one is deleted.",
    withdraw: "We store nothing about you that could be looked up or deleted. This button makes your browser delete the cookies \
               of this service, if there are any, and with them your stamp.",
    totals_kept: |months| {
        format!(
            "Totals are stored until the operator deletes them; there is no fixed period. After {months} months, hours become \
             days. They are stored under no person's name or ID."
        )
    },
    stamp_life: |months, days| {
        format!(
            "Your browser keeps a stamp until you have not visited for {days} days, and for no longer than {months} months."
        )
    },
    stamp_mark: "That a stamp or an ID was counted is remembered in memory until the day (UTC) is over.",
    pseudonym_key: "Pseudonyms are not stored. The key that creates them changes every day (UTC), and the old key is deleted as soon as the service runs.",
    link_life: |works, remembered| {
        format!(
            "A result link works for {}. That it was opened is remembered in memory for at most {}, so that it counts once.",
            duration(works),
            duration(remembered)
        )
    },
    network_life: |seconds| {
        format!(
            "Your network’s number is in memory for at most {}, or for as long as a connection of yours is open. Then its key is \
             replaced and everything computed with it is forgotten.",
            duration(seconds)
        )
    },
    repeat_life: |seconds| format!("The number of a click is in memory for at most {}.", duration(seconds)),
    slice_memory: "Until enough people share a language, browser family or keyword group, numbers of networks and stamps are \
                   in memory: those of networks for at most an hour, those of stamps until the day is over.",
    image_life: |seconds| {
        format!("Images of results are in memory for {}, for others who see the same results, too.", duration(seconds))
    },
    keyword_memory: "We use your keyword until your search is answered, and overwrite memory when we free it. Traces of it can \
                     remain for some time after that, for example in buffers of the operating system.",
    network_observer: "Whoever runs your network sees that you use this service, when, and how much data is sent. Where the \
                       address of this page begins with http://, they can read your searches as well.",
    answer_sizes: |is_padded| {
        if is_padded {
            "Answers are padded to a small number of sizes, so that their size says little about the search."
        } else {
            "Answers have different sizes. Someone who observes the network may guess a search from them."
        }
    },
    operator_could: "The operator could change the program or read its memory while it runs. This statement cannot protect you \
                     from that.",
    two_partners: "Two partners could compare what they receive. They share no pseudonym, but might recognize a rare keyword and \
                   its moment.",
    hidden_text: |figures| {
        format!(
            "A malicious toolbar could hide information in your keyword: 1 bit in the case of each letter, and at least 1 more in \
             each of the {} Latin letters (of 52) that have look-alikes in other alphabets. The longest keyword has room for {} \
             bits or more.",
            figures.look_alikes, figures.longest
        )
    },
    hidden_choice: |partners| {
        let widths: Vec<String> = partners.iter().map(|(name, bits)| format!("{name} {bits}")).collect();
        format!(
            "By the choice of language, browser and code, and by sending an ID or none, it could add to each search at most \
             this many bits: {}. Where a partner knows IDs beforehand, the choice among them adds more.",
            widths.join(", ")
        )
    },
    hidden_time: "It could also signal by the moment at which it searches. We do not delay searches.",
    known_id: "A partner that knows a toolbar’s ID can learn its pseudonym of the day, by searching here with that ID.",
    legal_process: "If an authority orders us to hand over data, there are totals, keys and the configuration: nothing about \
                    past searches that is not said above. We could be ordered to record more from then on.",
    sale: "If the service is sold, the buyer receives just that. A new operator is a change to this statement.",
    store_place: |kind, k| match kind {
        StoreKind::File => "The totals are in a file on the machine that runs this service.".to_owned(),
        StoreKind::Postgresql => format!(
            "The totals are in a PostgreSQL database, which may be on another machine. It receives them for at least {k} events \
             together, or at the end of an hour."
        ),
    },
    shared_memory: "Several machines share which links were opened and which stamps and IDs were counted: in the memory of a server \
                    that may be another machine, as numbers computed with a secret key.",
    changes: |days| {
        format!(
            "Changes to this statement are announced on the home page for {days} days. Earlier versions are stored."
        )
    },
};
