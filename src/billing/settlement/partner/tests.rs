//! Random statements, payments and withdrawals in a real store: the settlement agrees with sums that are computed here, and no money
//! appears or vanishes.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;
use crate::billing::code_scope::CodeScope;
use crate::billing::contract::DEFAULT_STATEMENT_DUE;
use crate::billing::digest::Sha256Digest;
use crate::billing::settlement::agreement::Agreement;
use crate::billing::settlement::payment::Money;
use crate::billing::settlement::shares::SharesByMonth;
use crate::billing::statement::{LeftOut, Statement, StatementRow};
use crate::billing::store::NewPayment;
use crate::billing::tolerance::Tolerance;
use crate::billing::year_month::YearMonth;
use crate::storage::query::StoreLocation;
use crate::storage::sqlite::SqliteStore;
use crate::time::Day;

/// The months that the operations are about; the last one is not over.
const MONTHS: [&str; 6] = ["2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11"];
const TODAY: Date = date(2026, 11, 29);

#[derive(Debug, Clone)]
enum Operation {
    /// A statement with the money of two tags on the first of a month.
    State { month: usize, money: [i64; 2], is_euro: bool },
    /// A payment.
    Pay { amount: i64, month: Option<usize>, is_euro: bool },
    /// The withdrawal of a payment, by its place among all.
    Withdraw { nth: usize },
}

fn operation() -> impl Strategy<Value = Operation> {
    let month = 0..MONTHS.len();
    prop_oneof![
        (month.clone(), [-40_000_000_i64..120_000_000, -5_000_i64..5_000], any::<bool>())
            .prop_map(|(month, money, is_euro)| Operation::State { month, money, is_euro }),
        (-60_000_000_i64..150_000_000, prop::option::of(month), any::<bool>())
            .prop_filter("not zero", |(amount, _, _)| *amount != 0)
            .prop_map(|(amount, month, is_euro)| Operation::Pay { amount, month, is_euro }),
        (0..12_usize).prop_map(|nth| Operation::Withdraw { nth }),
    ]
}

fn currency(is_euro: bool) -> Currency {
    Currency::new(if is_euro { "EUR" } else { "JPY" }).unwrap()
}

fn contract(minimum: i64) -> Contract {
    let shares = SharesByMonth::new(vec![(None, Share::parse("66.67%").unwrap())]).unwrap();
    Contract {
        partner: ConfigName::new("p").unwrap(),
        profile: None,
        zone: None,
        tolerance: Tolerance::default(),
        tags: None,
        signed_codes: None,
        is_direct: false,
        agreement: Some(Agreement { shares, minimum: Micros(minimum), ..Agreement::default() }),
        statement_due: DEFAULT_STATEMENT_DUE,
    }
}

fn statement(nth: usize, day: Date, money: [i64; 2], currency: Currency) -> Statement {
    let row = |(tag, micros): (&str, i64)| StatementRow {
        day,
        last: day,
        code: tag.to_owned(),
        searches: None,
        clicks: Some(1),
        revenue: Some(Micros(micros)),
        currency: Some(currency),
        is_final: None,
    };
    Statement {
        sha256: Sha256Digest::of(&nth.to_string()).to_string(),
        profile: "p".to_owned(),
        first: day,
        last: day,
        codes: CodeScope::All,
        currency: Some(currency),
        rows: ["a", "b"].into_iter().zip(money).map(row).collect(),
        corrections: Vec::new(),
        left_out: LeftOut::default(),
    }
}

/// 66.67 % of an amount, rounded half away from zero to a cent or a yen.
fn earned(micros: i64, is_euro: bool) -> i64 {
    let unit = if is_euro { 10_000 } else { 1_000_000 };
    let (exact, divisor) = (i128::from(micros) * 6_667, 10_000 * i128::from(unit));
    let (quotient, rest) = (exact / divisor, (exact % divisor).abs());
    let up = if rest * 2 >= divisor { exact.signum() } else { 0 };
    i64::try_from((quotient + up) * i128::from(unit)).unwrap()
}

/// What should be in the books.
#[derive(Default)]
struct Books {
    stated: BTreeMap<usize, (i64, bool)>,
    /// Each with its number, the amount, and whether it is in euros.
    payments: Vec<(i64, i64, bool)>,
}

fn apply(store: &BillingStore, books: &mut Books, nth: usize, operation: &Operation) {
    let today = Day::from_date(TODAY);
    let partner = ConfigName::new("p").unwrap();
    let month = |month: usize| YearMonth::parse(MONTHS[month]).unwrap();
    match operation {
        Operation::State { month: of, money, is_euro } => {
            let statement = statement(nth, month(*of).first_day(), *money, currency(*is_euro));
            store.add_statement(&partner, &statement, today).unwrap();
            books.stated.insert(*of, (money.iter().sum(), *is_euro));
        }
        Operation::Pay { amount, month: of, is_euro } => {
            let money = Money { amount: Micros(*amount), currency: currency(*is_euro) };
            let (reference, month) = (nth.to_string(), of.map(month));
            let payment = Payment { day: TODAY, reference, settles: money, received: money, month };
            let new = NewPayment { partner, file: None, payment };
            let number = store.transaction(|store| store.insert_payments(&[new], today)).unwrap();
            books.payments.push((number, *amount, *is_euro));
        }
        Operation::Withdraw { nth } if *nth < books.payments.len() => {
            let (number, _, _) = books.payments.remove(*nth);
            store.transaction(|store| store.withdraw_payment(number, "mistake", today)).unwrap();
            assert!(store.transaction(|store| store.withdraw_payment(number, "again", today)).is_err());
        }
        Operation::Withdraw { .. } => {}
    }
}

fn check(settlement: &PartnerSettlement, books: &Books, minimum: i64) {
    for is_euro in [true, false] {
        let of = settlement.currencies.iter().find(|of| of.currency == currency(is_euro));
        let stated = books.stated.iter().filter(|(_, (_, euro))| *euro == is_euro);
        let wanted: Vec<(&str, i64)> =
            stated.map(|(month, (micros, _))| (MONTHS[*month], earned(*micros, is_euro))).collect();
        let paid: i64 =
            books.payments.iter().filter(|(_, _, euro)| *euro == is_euro).map(|(_, amount, _)| amount).sum();
        let Some(of) = of else {
            assert!(wanted.is_empty() && paid == 0);
            continue;
        };
        let found: Vec<(String, i64)> =
            of.months.iter().map(|month| (month.settled.month.to_string(), month.earned.0)).collect();
        assert!(
            found.iter().map(|(month, earned)| (month.as_str(), *earned)).eq(wanted.iter().copied()),
            "{found:?} {wanted:?}"
        );
        let sum: i64 = wanted.iter().map(|(_, earned)| earned).sum();
        let open: i64 = of.months.iter().map(|month| month.settled.open().0).sum();
        let carried = of.months.last().map_or(0, |month| month.settled.carried.0);
        assert_eq!((of.received.0, sum - paid), (paid, open + carried - of.credit.unwrap().0));
        for month in &of.months {
            let status = month.status;
            let is_late = month.due.unwrap() < TODAY && month.settled.open().0 > 0;
            assert_eq!(status == SettlementStatus::Overdue, is_late && month.settled.month.last_day() < TODAY);
            assert!(month.settled.payable.0 == 0 || month.settled.payable.0 >= minimum);
            assert_eq!(status == SettlementStatus::Running, month.settled.month.to_string() == "2026-11");
        }
    }
}

proptest! {
    // Each case writes a store on disk.
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn the_books_balance_whatever_is_stated_paid_and_withdrawn(
        operations in prop::collection::vec(operation(), 1..24),
        minimum in prop_oneof![Just(0), 0_i64..100_000_000],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("counts.db");
        drop(SqliteStore::open(&path, "one").unwrap());
        let store = BillingStore::open(&StoreLocation::Sqlite(path)).unwrap();
        let mut books = Books::default();
        for (nth, operation) in operations.iter().enumerate() {
            apply(&store, &mut books, nth, operation);
        }
        let settlement = PartnerSettlement::read(&store, &contract(minimum), TODAY).unwrap();
        check(&settlement, &books, minimum);
    }
}
