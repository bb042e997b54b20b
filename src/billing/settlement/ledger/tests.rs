//! Tests of offsetting: examples by hand, and the conservation of money over random months, payments and minimums.

use proptest::prelude::*;

use super::*;

fn months(earned: &[i64]) -> Vec<EarnedMonth> {
    let first = jiff::civil::date(2026, 1, 1);
    let month = |(nth, earned): (i32, &i64)| EarnedMonth {
        month: YearMonth::containing(first.checked_add(jiff::Span::new().months(nth)).unwrap()),
        earned: Micros(*earned),
        minimum: Micros(0),
        is_over: true,
    };
    (0..).zip(earned).map(month).collect()
}

fn receipts(amounts: &[i64]) -> Vec<Receipt> {
    amounts.iter().map(|amount| Receipt { month: None, amount: Micros(*amount) }).collect()
}

/// Settles months that all have this minimum.
fn settle_with(months: &[EarnedMonth], minimum: i64, receipts: &[Receipt]) -> Option<Ledger> {
    let months: Vec<_> = months.iter().map(|month| EarnedMonth { minimum: Micros(minimum), ..*month }).collect();
    settle(&months, receipts)
}

/// The payable and the paid amount of each month, and the credit.
fn settled(earned: &[i64], minimum: i64, receipts: &[Receipt]) -> (Vec<(i64, i64)>, i64) {
    let ledger = settle_with(&months(earned), minimum, receipts).unwrap();
    (ledger.months.iter().map(|month| (month.payable.0, month.paid.0)).collect(), ledger.credit.0)
}

#[test]
fn the_oldest_open_month_is_paid_first() {
    assert_eq!(settled(&[100, 50], 0, &receipts(&[120])), (vec![(100, 100), (50, 20)], 0));
    assert_eq!(settled(&[100, 50], 0, &receipts(&[160])), (vec![(100, 100), (50, 50)], 10));
}

#[test]
fn a_named_month_is_paid_first_and_the_rest_pays_others() {
    let february = months(&[0, 0])[1].month;
    let named = [Receipt { month: Some(february), amount: Micros(70) }];
    assert_eq!(settled(&[100, 50], 0, &named), (vec![(100, 20), (50, 50)], 0));
    // A month that the ledger does not have is as good as none.
    let unknown = [Receipt { month: YearMonth::parse("2030-01"), amount: Micros(70) }];
    assert_eq!(settled(&[100, 50], 0, &unknown), (vec![(100, 70), (50, 0)], 0));
}

#[test]
fn an_amount_below_the_minimum_is_carried_over() {
    let (rows, credit) = settled(&[60, 30, 40, 99], 100, &receipts(&[130]));
    assert_eq!((rows, credit), (vec![(0, 0), (0, 0), (130, 130), (0, 0)], 0));
    let ledger = settle_with(&months(&[60, 30, 40, 99]), 100, &[]).unwrap();
    assert_eq!(ledger.months.iter().map(|month| month.carried.0).collect::<Vec<_>>(), [60, 90, 0, 99]);
}

#[test]
fn each_month_has_its_own_minimum() {
    let mut earned = months(&[60, 30, 40]);
    earned[0].minimum = Micros(50);
    earned[1].minimum = Micros(100);
    earned[2].minimum = Micros(70);
    let ledger = settle(&earned, &[]).unwrap();
    assert_eq!(ledger.months.iter().map(|month| month.payable.0).collect::<Vec<_>>(), [60, 0, 70]);
}

#[test]
fn a_negative_month_is_a_credit() {
    assert_eq!(settled(&[100, -20, 50], 0, &receipts(&[80])), (vec![(100, 100), (0, 0), (50, 0)], 0));
    assert_eq!(settled(&[30, -50, 100], 40, &[]), (vec![(0, 0), (0, 0), (100, 20)], 0));
    assert_eq!(settled(&[-5], 0, &[]), (vec![(0, 0)], 5));
}

#[test]
fn money_taken_back_reopens_the_latest_months_first() {
    assert_eq!(settled(&[100, 50], 0, &receipts(&[150, -70])), (vec![(100, 80), (50, 0)], 0));
    assert_eq!(settled(&[100], 0, &receipts(&[-30])), (vec![(100, 0)], -30));
    let named = [
        Receipt { month: Some(months(&[0])[0].month), amount: Micros(100) },
        Receipt { month: Some(months(&[0])[0].month), amount: Micros(-100) },
    ];
    assert_eq!(settled(&[100, 50], 0, &named), (vec![(100, 0), (50, 0)], 0));
}

#[test]
fn nothing_is_payable_before_the_month_is_over() {
    let mut earned = months(&[40, 70]);
    earned[1].is_over = false;
    let ledger = settle_with(&earned, 50, &[]).unwrap();
    assert_eq!(
        ledger.months.iter().map(|month| (month.payable.0, month.carried.0)).collect::<Vec<_>>(),
        [(0, 40), (0, 110)]
    );
}

#[test]
fn a_sum_that_does_not_fit_is_none() {
    assert_eq!(settle_with(&months(&[i64::MAX, 1]), i64::MAX, &[]).map(|ledger| ledger.credit), Some(Micros(0)));
    assert_eq!(settle_with(&months(&[i64::MAX - 1, 5]), i64::MAX, &[]), None);
    assert_eq!(settle_with(&months(&[1]), 0, &receipts(&[i64::MAX, i64::MAX])), None);
    assert_eq!(settle_with(&months(&[i64::MIN]), 0, &[]), None);
    assert_eq!(settle_with(&months(&[1]), 0, &receipts(&[i64::MIN])), None);
}

proptest! {
    #[test]
    fn no_money_appears_or_vanishes(
        earned in prop::collection::vec(-1_000_i64..3_000, 0..14),
        minimum in 0_i64..2_500,
        payments in prop::collection::vec((-2_000_i64..4_000, prop::option::of(0_usize..16)), 0..14),
        running in 0_usize..3,
        seed in any::<u64>(),
    ) {
        let mut earned = months(&earned);
        let over = earned.len().saturating_sub(running);
        earned.iter_mut().skip(over).for_each(|month| month.is_over = false);
        let names = months(&[0; 16]);
        let mut receipts: Vec<Receipt> = payments
            .iter()
            .map(|(amount, month)| Receipt { month: month.map(|nth| names[nth].month), amount: Micros(*amount) })
            .collect();
        let ledger = settle_with(&earned, minimum, &receipts).unwrap();
        let sum = |amounts: &mut dyn Iterator<Item = Micros>| amounts.map(|amount| amount.0).sum::<i64>();
        let owed = sum(&mut earned.iter().map(|month| month.earned));
        let paid = sum(&mut receipts.iter().map(|receipt| receipt.amount));
        let open = sum(&mut ledger.months.iter().map(SettledMonth::open));
        let carried = ledger.months.last().map_or(0, |month| month.carried.0);
        prop_assert_eq!(owed - paid, open + carried - ledger.credit.0);
        for (month, earned) in ledger.months.iter().zip(&earned) {
            prop_assert!(0 <= month.paid.0 && month.paid.0 <= month.payable.0);
            prop_assert!(month.payable.0 == 0 || month.payable.0 >= minimum && earned.is_over);
            prop_assert!(!earned.is_over || month.carried.0 < minimum.max(1) && month.carried.0 >= 0);
        }
        // With money left, nothing is open.
        prop_assert!(ledger.credit.0 <= 0 || open == 0);
        // The order of payments does not matter.
        let turned = usize::try_from(seed % 17).unwrap() % receipts.len().max(1);
        receipts.rotate_left(turned);
        prop_assert_eq!(settle_with(&earned, minimum, &receipts).unwrap(), ledger);
    }
}
