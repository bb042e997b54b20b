//! The tables of payments.

use crate::doctor::shape::ValueShape;
use crate::doctor::table_description::{TableDescription, TablePlace, column};

/// The tables of payments.
pub(super) static PAYMENT_TABLES: [TableDescription; 2] = [
    TableDescription {
        name: "payments",
        place: TablePlace::Everywhere,
        why: "what partners paid",
        columns: &[
            column("number", ValueShape::COUNT, "the number of the payment"),
            column("partner", ValueShape::Partner, "the partner that paid"),
            column("file", ValueShape::OptionalHex(64), "SHA-256 of its file; empty if it was added by hand"),
            column("entered", ValueShape::Day, "UTC day on which it was entered"),
            column("day", ValueShape::Day, "the day on which the bank booked it"),
            column("reference", ValueShape::Text, "how the bank or the operator refers to it"),
            column("currency", ValueShape::Currency, "the currency in which the partner owes it"),
            column("amount", ValueShape::NUMBER, "what it settles, in millionths"),
            column("received_currency", ValueShape::Currency, "the currency in which it arrived"),
            column("received", ValueShape::NUMBER, "what arrived, in millionths"),
            column("month", ValueShape::OptionalMonth, "the month that it names; empty without one"),
        ],
    },
    TableDescription {
        name: "payment_withdrawals",
        place: TablePlace::Everywhere,
        why: "payments that were entered by mistake",
        columns: &[
            column("payment", ValueShape::COUNT, "the number of the payment"),
            column("day", ValueShape::Day, "UTC day of the withdrawal"),
            column("reason", ValueShape::Text, "why, in the operator's words"),
        ],
    },
];
