//! Nodes that share a ledger, with crashes, lost acknowledgements, reloads and clocks that jump: no ceiling is exceeded by one request.

use std::sync::Arc;

use proptest::prelude::*;

use crate::budget::ledger::{BudgetLedger, Purpose};
use crate::budget::plan::{Ceiling, Ceilings, PeriodKind, PricePlan, SpendingPlan};
use crate::budget::pool::{PoolWork, RequestPool, Taken};
use crate::budget::signal::{KeeperSignal, Unsent};
use crate::money::{Currency, Micros};
use crate::name::ConfigName;
use crate::storage::query::StoreLocation;
use crate::storage::sqlite::SqliteStore;
use crate::time::{self, Day, Hour};

const PRICE: i64 = 5_000;
/// 2026-11-29: of four days, two are in November and two in December.
const FIRST_DAY: u32 = 20_786;
const DAYS_IN_NOVEMBER: usize = 2;

fn plan(day: u64, month: u64) -> Arc<SpendingPlan> {
    let price = PricePlan { currency: Currency::new("USD").unwrap(), changes: vec![(Day(0), Micros(PRICE))] };
    let month = Some(Ceiling::Money(Micros(i64::try_from(month).unwrap() * PRICE)));
    let all = Ceilings { hour: None, day: Some(Ceiling::Requests(day)), month };
    let own = Ceilings { day: Some(Ceiling::Requests(day / 2)), ..Ceilings::default() };
    let codes = vec![(ConfigName::new("own").unwrap(), own)];
    Arc::new(SpendingPlan { partner: ConfigName::new("p").unwrap(), price: Some(price), all, codes })
}

/// A node: its pools, without a thread.
struct Node {
    signal: Arc<KeeperSignal>,
    pools: Vec<Arc<RequestPool>>,
}

impl Node {
    fn new(plan: &Arc<SpendingPlan>) -> Self {
        let signal = Arc::new(KeeperSignal::default());
        let pool = |code| Arc::new(RequestPool::new(plan.clone(), code, signal.clone()));
        Self { pools: vec![pool(None), pool(ConfigName::new("own").ok())], signal }
    }

    fn give_back(ledger: &BudgetLedger, unsent: Unsent) {
        let Unsent { plan, code, stamp, price, n } = unsent;
        ledger.give_back(Purpose { plan: &plan, code: code.as_ref(), hour: stamp }, n, price).unwrap();
    }

    /// A turn of the keeper. With `is_lost`, the acknowledgement of the reservation does not arrive.
    fn turn(&self, ledger: &BudgetLedger, hour: Hour, is_lost: bool, is_closing: bool) {
        let (unsent, _) = self.signal.wait(std::time::Duration::ZERO);
        unsent.into_iter().for_each(|unsent| Self::give_back(ledger, unsent));
        for pool in &self.pools {
            let now = time::instant() + std::time::Duration::from_secs(5);
            let PoolWork { unsent, wanted, stamp } = pool.work(hour, now, is_closing);
            if let Some(unsent) = unsent {
                Self::give_back(ledger, unsent);
            }
            if wanted > 0 {
                let reservation = ledger.reserve(pool.purpose(stamp), wanted).unwrap();
                if is_lost {
                    pool.fail();
                } else if let Some(unsent) = pool.refill(stamp, &reservation, time::instant()) {
                    Self::give_back(ledger, unsent);
                }
            }
        }
    }

    /// Ends without giving anything back.
    fn crash(self) {
        self.pools.into_iter().for_each(std::mem::forget);
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// A search at this node, under a code of its own or not; `true` if the partner cannot be reached.
    Search(usize, usize, bool),
    Turn(usize, bool),
    Crash(usize),
    Stop(usize),
    Reload(usize, u64),
    /// The clock goes to this day.
    Day(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        40 => (0..3_usize, 0..2_usize, prop::bool::weighted(0.1)).prop_map(|(node, code, fails)| Step::Search(node, code, fails)),
        30 => (0..3_usize, prop::bool::weighted(0.1)).prop_map(|(node, is_lost)| Step::Turn(node, is_lost)),
        1 => (0..3_usize).prop_map(Step::Crash),
        1 => (0..3_usize).prop_map(Step::Stop),
        1 => (0..3_usize, 1..40_u64).prop_map(|(node, day)| Step::Reload(node, day)),
        2 => (0..4_u32).prop_map(|day| Step::Day(FIRST_DAY + day)),
    ]
}

fn store() -> (tempfile::TempDir, BudgetLedger) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("counts.db");
    drop(SqliteStore::open(&path, "one").unwrap());
    let ledger = BudgetLedger::open(&StoreLocation::Sqlite(path)).unwrap();
    (folder, ledger)
}

/// The requests that the ledger has for all codes, by period.
fn used(ledger: &BudgetLedger, plan: &SpendingPlan, day: Day, kind: PeriodKind) -> u64 {
    let purpose = Purpose { plan, code: None, hour: day.first_hour() };
    let accounts = ledger.reserve(purpose, 0).unwrap().accounts;
    accounts.into_iter().find(|account| account.kind == kind).unwrap().used.requests
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    /// Days are bounded by 40 requests at most, whatever a reload says, and months, with the money of them, by 60; the code of its own
    /// by half of a day.
    #[test]
    fn no_ceiling_is_ever_exceeded(steps in prop::collection::vec(step(), 1..300)) {
        let (_folder, ledger) = store();
        let mut day = FIRST_DAY;
        let mut plans = [plan(40, 60), plan(30, 60), plan(40, 60)];
        let mut nodes: Vec<Node> = plans.iter().map(Node::new).collect();
        let mut sent = vec![[0_u64; 2]; 4];
        for step in steps {
            let hour = Day(day).first_hour();
            match step {
                Step::Search(node, code, fails) => {
                    if let Taken::Ticket(mut ticket) = nodes[node].pools[code].try_take(hour) {
                        ticket.send();
                        if fails {
                            ticket.unsend();
                        } else {
                            sent[(day - FIRST_DAY) as usize][code] += 1;
                        }
                    }
                }
                Step::Turn(node, is_lost) => nodes[node].turn(&ledger, hour, is_lost, false),
                Step::Crash(node) => std::mem::replace(&mut nodes[node], Node::new(&plans[node])).crash(),
                Step::Stop(node) => {
                    nodes[node].turn(&ledger, hour, false, true);
                    nodes[node] = Node::new(&plans[node]);
                }
                Step::Reload(node, requests) => {
                    plans[node] = plan(requests, 60);
                    nodes[node] = Node { signal: nodes[node].signal.clone(), ..Node::new(&plans[node]) };
                }
                Step::Day(to) => day = to,
            }
            for [other, own] in &sent {
                prop_assert!(other + own <= 40 && *own <= 20, "{sent:?}");
            }
            for month in sent.chunks(DAYS_IN_NOVEMBER) {
                prop_assert!(month.iter().flatten().sum::<u64>() <= 60, "{sent:?}");
            }
        }
        // What was sent is never less than what the ledger knows.
        for (place, [other, own]) in (0_u32..).zip(&sent) {
            prop_assert!(used(&ledger, &plans[0], Day(FIRST_DAY + place), PeriodKind::Day) >= other + own);
        }
    }

    /// Without crashes, nodes that search in any order reach the ceiling exactly.
    #[test]
    fn a_ceiling_is_reached_exactly(order in prop::collection::vec(0..3_usize, 100..200), day in 1_u64..40) {
        let (_folder, ledger) = store();
        let (plan, hour) = (plan(day, 1_000), Day(FIRST_DAY).first_hour());
        let nodes: Vec<Node> = (0..3).map(|_| Node::new(&plan)).collect();
        let mut sent = 0;
        let mut search = |node: &Node| {
            if let Taken::Ticket(mut ticket) = node.pools[0].try_take(hour) {
                ticket.send();
                sent += 1;
            }
            node.turn(&ledger, hour, false, false);
        };
        order.iter().for_each(|node| search(&nodes[*node]));
        // Two nodes leave, and give back what they have.
        nodes[1..].iter().for_each(|node| node.turn(&ledger, hour, false, true));
        (0..2 * day + 10).for_each(|_| search(&nodes[0]));
        prop_assert_eq!(sent, day);
    }
}

#[test]
fn a_crash_loses_two_blocks_at_most() {
    let (_folder, ledger) = store();
    let (plan, hour) = (plan(100_000, 1_000_000), Day(FIRST_DAY).first_hour());
    let node = Node::new(&plan);
    let mut sent = 0;
    for _ in 0..20_000 {
        while let Taken::Ticket(mut ticket) = node.pools[0].try_take(hour) {
            ticket.send();
            sent += 1;
            if sent % 100 == 0 {
                break;
            }
        }
        node.turn(&ledger, hour, false, false);
        if sent > 50_000 {
            break;
        }
    }
    node.crash();
    let reserved = used(&ledger, &plan, Day(FIRST_DAY), PeriodKind::Day);
    eprintln!("sent {sent}, reserved {reserved}");
    assert!(sent > 50_000 && reserved >= sent && reserved - sent <= 2 * 1_024, "{sent} {reserved}");
}
