//! The properties of `tests/fuzz`, for the fuzz targets.
#![allow(dead_code, reason = "only the tests use all of it")]

#[path = "../../tests/html/checker.rs"]
mod checker;
#[path = "../../tests/html/dom.rs"]
mod dom;
#[path = "../../tests/fuzz/input.rs"]
mod input;
#[path = "../../tests/fuzz/json_reference.rs"]
mod json_reference;
#[path = "../../tests/fuzz/seal.rs"]
mod seal;

#[path = "../../tests/fuzz/click_token.rs"]
pub mod click_token;
#[path = "../../tests/fuzz/config.rs"]
pub mod config;
#[path = "../../tests/fuzz/form.rs"]
pub mod form;
#[path = "../../tests/fuzz/html.rs"]
pub mod html;
#[path = "../../tests/fuzz/image_token.rs"]
pub mod image_token;
#[path = "../../tests/fuzz/json.rs"]
pub mod json;
#[path = "../../tests/fuzz/keyword.rs"]
pub mod keyword;
#[path = "../../tests/fuzz/opensearch.rs"]
pub mod opensearch;
#[path = "../../tests/fuzz/request.rs"]
pub mod request;
#[path = "../../tests/fuzz/stamp.rs"]
pub mod stamp;
#[path = "../../tests/fuzz/statement.rs"]
pub mod statement;
