//! Verifies an exported folder without a store: every file of it is under a hash or a signature, and there is no other file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::billing::closing::chain::{ChainLink, ChainProblem, check_hand_over};
use crate::billing::closing::chain_record::ChainRecord;
use crate::billing::closing::details::FileDigest;
use crate::billing::closing::files::{
    COUNTS_FILE, COUNTS_JSON_FILE, JOURNAL_FILE, KEY_FILE, RECORD_FILE, SIGNATURE_FILE, STATEMENT_FILE,
};
use crate::billing::closing::hand_over::HandOverRecord;
use crate::billing::closing::record_text::InvalidRecord;
use crate::billing::closing::signing::{PublicKeyText, VerifyingKey};
use crate::billing::digest::Sha256Digest;

/// What a folder has under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderEntry {
    /// A file with text.
    Text(String),
    /// A file that is not UTF-8.
    Binary,
    /// Something else than a file.
    NotAFile,
}

/// The entries of a folder by name.
pub type Folder = BTreeMap<String, FolderEntry>;

/// A folder that is valid.
#[derive(Debug)]
pub struct VerifiedFolder {
    /// Its record.
    pub record: ChainRecord,
    /// The digest of the record's text.
    pub sha256: Sha256Digest,
    /// The identifier of the folder's own key.
    pub key: String,
    /// Files that no hash covers, since the record is of version 1.
    pub uncovered: Vec<&'static str>,
    /// Why a key signed a hand-over alone on which this result depends.
    pub lone: Vec<String>,
}

/// What is wrong with an exported folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolderProblem {
    /// A file is missing.
    Missing(String),
    /// A file is not text.
    NotText(String),
    /// The folder has something that does not belong to the record.
    Foreign(String),
    /// The file of the key is not as minisign writes it.
    Key,
    /// The signature does not match the record and the key.
    Signature,
    /// The text is not a record.
    Invalid(InvalidRecord),
    /// The file with this name does not have the digest in the record.
    File(String),
    /// A hand-over is not valid.
    HandOver(String, ChainProblem),
    /// The record does not follow the hand-over before it.
    NotFollowed(String),
    /// The key to verify with is another one, and no hand-over in the folder leads from one to the other.
    OtherKey {
        /// The identifier of the folder's key.
        found: String,
        /// The identifier of the key to verify with.
        trusted: String,
    },
}

impl fmt::Display for FolderProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::NotText(name) => write!(f, "{name} does not have the sha256 that is in the record: it is not text"),
            Self::Foreign(name) => write!(f, "{name} does not belong to this record: move it away"),
            Self::Key => write!(f, "{KEY_FILE} is not the file of a minisign public key as it was written"),
            Self::Signature => {
                write!(
                    f,
                    "{RECORD_FILE}, {SIGNATURE_FILE} or {KEY_FILE}: the signature does not match this record and this key"
                )
            }
            Self::Invalid(error) => write!(f, "{RECORD_FILE}: {error}"),
            Self::File(name) => write!(f, "{name} does not have the sha256 that is in the record"),
            Self::HandOver(name, problem) => write!(f, "{name}: {problem}"),
            Self::NotFollowed(name) => {
                write!(f, "{RECORD_FILE}: it does not follow the hand-over in {name}: one of them is of another chain")
            }
            Self::OtherKey { found, trusted } => write!(
                f,
                "{RECORD_FILE}: signed with key {found}, and not with the key to verify with, {trusted}; no hand-over in this folder leads from one to the other"
            ),
        }
    }
}

/// Verifies a folder. `trusted` is the key to verify with; without it the folder's own key is used.
///
/// # Errors
/// What is wrong.
pub fn verify_folder(folder: &Folder, trusted: Option<&VerifyingKey>) -> Result<VerifiedFolder, FolderProblem> {
    let text = read(folder, RECORD_FILE)?;
    let signature = read(folder, SIGNATURE_FILE)?;
    let key = VerifyingKey::parse(read(folder, KEY_FILE)?).ok_or(FolderProblem::Key)?.key_text();
    if key.file() != read(folder, KEY_FILE)? {
        return Err(FolderProblem::Key);
    }
    if !key.verifying_key().verifies(text, signature) {
        return Err(FolderProblem::Signature);
    }
    let record = ChainRecord::parse(text).map_err(FolderProblem::Invalid)?;
    let (digests, uncovered) = digests(&record);
    for FileDigest { name, sha256 } in &digests {
        if Sha256Digest::of(read(folder, name)?) != *sha256 {
            return Err(FolderProblem::File(name.clone()));
        }
    }
    let hand_overs = hand_overs(folder)?;
    check_chain_of(&hand_overs, &record, &key, Sha256Digest::of(text))?;
    let mut known: BTreeSet<&str> = [RECORD_FILE, SIGNATURE_FILE, KEY_FILE].into();
    known.extend(digests.iter().map(|file| file.name.as_str()));
    known.extend(uncovered.iter().copied());
    known.extend(hand_overs.iter().flat_map(|hand_over| hand_over.names.iter().map(String::as_str)));
    if let Some(foreign) = folder.keys().find(|name| !known.contains(name.as_str())) {
        return Err(FolderProblem::Foreign(foreign.clone()));
    }
    let lone = match trusted {
        Some(trusted) => trust(&hand_overs, &key, &trusted.key_text(), record.number())?,
        None => Vec::new(),
    };
    let uncovered = uncovered.into_iter().filter(|name| folder.contains_key(*name)).collect();
    Ok(VerifiedFolder { record, sha256: Sha256Digest::of(text), key: key.id(), uncovered, lone })
}

fn read<'f>(folder: &'f Folder, name: &str) -> Result<&'f str, FolderProblem> {
    match folder.get(name) {
        Some(FolderEntry::Text(text)) => Ok(text),
        Some(FolderEntry::Binary) => Err(FolderProblem::NotText(name.to_owned())),
        Some(FolderEntry::NotAFile) => Err(FolderProblem::Foreign(name.to_owned())),
        None => Err(FolderProblem::Missing(name.to_owned())),
    }
}

/// Returns the files that a record has digests of, and the files that belong to it without one.
fn digests(record: &ChainRecord) -> (Vec<FileDigest>, Vec<&'static str>) {
    match record {
        ChainRecord::Closing(closing) => match &closing.details {
            Some(details) => (details.books.files.clone(), Vec::new()),
            None => {
                let file = |name: &str, sha256| FileDigest { name: name.to_owned(), sha256 };
                let files = [(COUNTS_FILE, closing.counts_sha256), (STATEMENT_FILE, closing.statement_sha256)];
                (files.map(|(name, sha256)| file(name, sha256)).into(), vec![COUNTS_JSON_FILE, JOURNAL_FILE])
            }
        },
        ChainRecord::Correction(correction) => (correction.books.files.clone(), Vec::new()),
        ChainRecord::HandOver(_) => (Vec::new(), Vec::new()),
    }
}

/// A hand-over in a folder.
struct FolderHandOver {
    record: HandOverRecord,
    names: Vec<String>,
}

/// Returns the hand-overs of a folder in their order, each with valid signatures.
fn hand_overs(folder: &Folder) -> Result<Vec<FolderHandOver>, FolderProblem> {
    let mut found = Vec::new();
    for name in folder.keys().filter(|name| name.starts_with("hand-over-") && name.ends_with(".txt")) {
        let text = read(folder, name)?;
        let invalid = |problem| FolderProblem::HandOver(name.clone(), problem);
        let record = HandOverRecord::parse(text).map_err(|error| invalid(error.into()))?;
        if *name != format!("hand-over-{}.txt", record.number) {
            return Err(invalid(ChainProblem::Number));
        }
        let (old, new) = (format!("{name}.minisig"), format!("{name}.new.minisig"));
        let mut names = vec![name.clone(), new.clone()];
        let signature = if record.lost.is_none() { read(folder, &old)? } else { "" };
        if record.lost.is_none() {
            names.push(old.clone());
        }
        let link = ChainLink {
            number: record.number,
            record: text.to_owned(),
            signature: signature.to_owned(),
            new_signature: Some(read(folder, &new)?.to_owned()),
        };
        check_hand_over(&link, &record).map_err(invalid)?;
        found.push(FolderHandOver { record, names });
    }
    found.sort_by_key(|hand_over| hand_over.record.number);
    Ok(found)
}

/// Checks that the hand-overs follow one another and the record, so that no two are from one key.
fn check_chain_of(
    hand_overs: &[FolderHandOver],
    record: &ChainRecord,
    key: &PublicKeyText,
    sha256: Sha256Digest,
) -> Result<(), FolderProblem> {
    let number = record.number();
    let mut before: Option<(i64, &PublicKeyText, Sha256Digest)> = None;
    let later_than_record = hand_overs.partition_point(|hand_over| hand_over.record.number < number);
    for (at, FolderHandOver { record: hand_over, names }) in hand_overs.iter().enumerate() {
        let invalid = |problem| FolderProblem::HandOver(names.first().cloned().unwrap_or_default(), problem);
        if hand_over.number == number {
            return Err(invalid(ChainProblem::Number));
        }
        if at == later_than_record {
            before = Some((number, key, sha256));
        }
        if let Some((number_before, key, sha256)) = before {
            if hand_over.old_key != *key {
                return Err(invalid(ChainProblem::OtherKey));
            }
            if number_before.checked_add(1) == Some(hand_over.number) && hand_over.previous != sha256 {
                return Err(invalid(ChainProblem::Previous));
            }
        }
        before = Some((hand_over.number, &hand_over.new_key, Sha256Digest::of(&hand_over.text())));
    }
    let earlier = later_than_record.checked_sub(1).and_then(|at| hand_overs.get(at));
    let Some(FolderHandOver { record: earlier, names }) = earlier else { return Ok(()) };
    let is_followed =
        earlier.number.checked_add(1) != Some(number) || record.previous() == Sha256Digest::of(&earlier.text());
    if earlier.new_key == *key && is_followed {
        return Ok(());
    }
    Err(FolderProblem::NotFollowed(names.first().cloned().unwrap_or_default()))
}

/// Follows the hand-overs from the folder's key to the trusted key: to later ones, which vouch for the keys before them, or to earlier
/// ones, which signed over to the keys after them. Returns the reasons of hand-overs on the way that the new key signed alone.
fn trust(
    hand_overs: &[FolderHandOver],
    found: &PublicKeyText,
    trusted: &PublicKeyText,
    number: i64,
) -> Result<Vec<String>, FolderProblem> {
    let mut lone = Vec::new();
    let mut key = found;
    for FolderHandOver { record, .. } in hand_overs.iter().filter(|later| later.record.number > number) {
        if key == trusted {
            break;
        }
        if record.old_key == *key {
            lone.extend(record.lost.as_ref().map(ToString::to_string));
            key = &record.new_key;
        }
    }
    if key == trusted {
        return Ok(lone);
    }
    let mut key = found;
    for FolderHandOver { record, .. } in hand_overs.iter().rev().filter(|earlier| earlier.record.number < number) {
        if key == trusted || record.lost.is_some() {
            break;
        }
        if record.new_key == *key {
            key = &record.old_key;
        }
    }
    if key == trusted {
        return Ok(Vec::new());
    }
    Err(FolderProblem::OtherKey { found: found.id(), trusted: trusted.id() })
}
