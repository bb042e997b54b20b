//! Everything a person sees: layout, assets, pages, OpenSearch descriptions and translations.

pub mod i18n;
pub mod layout;
pub mod opensearch;
pub mod page_context;
pub mod pages;
