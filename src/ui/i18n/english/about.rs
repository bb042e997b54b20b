//! The texts of the page about the service in English.

use crate::ui::i18n::about_texts::AboutTexts;

pub(super) const TEXTS: AboutTexts = AboutTexts {
    title: |name| format!("About {name}"),
    about: "We pass your search on to a search partner, without your IP address, your cookies or the details of your browser, and \
            show you what it finds. We keep no record of who searched for what.",
    partners: "Results and ads come from:",
    ads: "About the ads",
    ads_labelled: "Ads are labelled “Sponsored” and come before all other results. The line above the title of an ad names the site of the \
         advertiser.",
    ads_chosen: "The search partner chooses the ads by what you search for now, the language, and the code of your toolbar. It cannot \
         choose them by who you are or by what you searched for before: neither it nor we know that.",
    ads_paid: "The advertiser pays the search partner when an ad is opened, and the partner pays us a share. We count how many ads are \
         opened, and not by whom.",
    ads_guidance: "The labels follow the guidance of the US Federal Trade Commission for search engines (2013) and Article 26 of the EU \
         Digital Services Act.",
    ads_of_partner: |partner| format!("What {partner} says about its ads"),
    add: "Add to your browser",
    add_about: [
        |name| {
            format!(
                "Firefox: right-click the address bar on this page and choose “Add {name}”. Then choose {name} in Settings, Search."
            )
        },
        |name| {
            format!(
                "Chrome, Edge, Brave, Opera and Vivaldi: search here once. Then open Settings, Search engine, Manage search engines, \
                 and activate {name}."
            )
        },
        |name| format!("Other browsers: make {name} your home page, or add it to your bookmarks."),
    ],
    add_post: |name| {
        format!(
            "Firefox also offers “{name}”, which keeps your searches out of the addresses of pages, and so out of your history."
        )
    },
    keys: "Keyboard",
    keys_about: "Access keys: press Alt and Shift with the key in Firefox, Alt with the key in Chrome and Edge, and Control and Option with the \
                 key on a Mac.",
    key_targets: ["Search box", "Content of the page", "Home page"],
};
