//! The tables of partners that are paid by request.

use crate::doctor::shape::ValueShape;
use crate::doctor::table_description::{TableDescription, TablePlace, column};

/// The tables of costs and budgets.
pub(super) static BUDGET_TABLES: [TableDescription; 2] = [
    TableDescription {
        name: "partner_requests",
        place: TablePlace::PerNode,
        why: "what partners that are paid by request cost",
        columns: &[
            column("day", ValueShape::Day, "UTC day of the requests"),
            column("partner", ValueShape::Partner, "the partner that was asked"),
            column("code", ValueShape::Code, "the code of the searches"),
            column("currency", ValueShape::Currency, "the currency of the price; empty without a price"),
            column("price", ValueShape::COUNT, "what one request costs, in millionths of the currency's unit"),
            column("n", ValueShape::COUNT, "the number of requests"),
        ],
    },
    TableDescription {
        name: "budgets",
        place: TablePlace::Everywhere,
        why: "how much of each budget is reserved, so that no node and no restart exceeds it",
        columns: &[
            column("partner", ValueShape::Partner, "the partner"),
            column("code", ValueShape::BudgetCode, "the code with a budget of its own; empty for all codes together"),
            column("period", ValueShape::Period, "the UTC hour, day or month"),
            column("currency", ValueShape::Currency, "the currency of the money; empty without a price"),
            column("requests", ValueShape::COUNT, "requests that were sent or reserved"),
            column("money", ValueShape::COUNT, "what they cost, in millionths of the currency's unit"),
            column(
                "told",
                ValueShape::Number { least: 0, most: 2 },
                "which event was written: 1 at 80 per cent, 2 at the end",
            ),
        ],
    },
];
