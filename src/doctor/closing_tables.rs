//! The tables of the signed chain besides the closings.

use crate::doctor::shape::ValueShape;
use crate::doctor::table_description::{TableDescription, TablePlace, column};

/// The tables of corrections, of hand-overs of the key, and of archives.
pub(super) static CLOSING_TABLES: [TableDescription; 3] = [
    TableDescription {
        name: "corrections",
        place: TablePlace::Everywhere,
        why: "what came after months were closed, in the same signed chain",
        columns: &[
            column("number", ValueShape::COUNT, "its place in the chain"),
            column("partner", ValueShape::Partner, "the partner"),
            column("month", ValueShape::Month, "the month in the partner's zone"),
            column("record", ValueShape::Record, "what changed: sums, hashes and versions"),
            column("signature", ValueShape::Signature, "the record's signature"),
        ],
    },
    TableDescription {
        name: "key_hand_overs",
        place: TablePlace::Everywhere,
        why: "from which key to which the signed chain was handed over",
        columns: &[
            column("number", ValueShape::COUNT, "its place in the chain"),
            column("record", ValueShape::Record, "both public keys and a hash"),
            column("signature", ValueShape::Signature, "the old key's signature; empty if that key was lost"),
            column("new_signature", ValueShape::Signature, "the new key's signature"),
        ],
    },
    TableDescription {
        name: "closing_archives",
        place: TablePlace::Everywhere,
        why: "the files of closed months, so that they verify after their hours became days",
        columns: &[
            column("number", ValueShape::COUNT, "the record's place in the chain"),
            column("archive", ValueShape::Archive, "counts by the hour and what the partner stated, compressed"),
        ],
    },
];
