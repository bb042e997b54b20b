//! Everything a person sees in the browser.
//!
//! [`layout`] is the frame of every page, with the [`search_box`] and the [`assets`]; [`service`] is whose pages they are. [`results_page`] and [`pages`]
//! render the content. All words come from [`i18n`], so a text that is missing in one language does not compile. HTML is
//! rendered with automatic escaping, and every page works without script.

pub mod assets;
pub mod brand_colors;
pub mod i18n;
pub mod layout;
pub mod opensearch;
pub mod page_context;
pub mod page_role;
pub mod pages;
pub mod results_page;
pub mod search_box;
pub mod service;
pub mod settings;
pub mod theme;
pub mod well_known;
