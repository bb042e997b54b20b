//! Runs a row: usual phases and attacks in turn, bystanders in a thread of their own during both.

use std::sync::Arc;
use std::time::{Duration, Instant};

use qsproxy_test_support::config::ConfigBuilder;
use qsproxy_test_support::proxy::Proxy;
use qsproxy_test_support::workdir::Workdir;
use tokio_util::sync::CancellationToken;

use crate::bystander::{Bystander, Experience, search_for};
use crate::hostile_partner::{Answer, Partner};
use crate::process;
use crate::row::{AttackFn, Facts, Row};
use crate::target::{NAME, Target, tls_config};

/// How much slower than usual bystanders may become: the median of the rounds of p99 ÷ p99.
const RATIO_BOUND: f64 = 2.0;
/// Bystanders search this long before anything is measured.
const WARM_UP: Duration = Duration::from_millis(500);
/// An attack runs this long before bystanders are measured.
const RAMP: Duration = Duration::from_millis(300);
/// From the end of an attack until its connections must have been returned.
const RETURN_TIME: Duration = Duration::from_secs(10);
/// Connections that may be open then: bystanders' last ones, and the one that asks.
const CONNECTIONS_LEFT: i64 = 5;

/// How long, how often, and what is judged.
pub struct Plan {
    rounds: u64,
    usual: Duration,
    attack: Duration,
    is_timing: bool,
}

impl Plan {
    /// What `ATTACKS` asks for; nothing if it is not set.
    pub fn from_env() -> Option<Plan> {
        let phase = Duration::from_secs(3);
        let (usual, attack) = (Duration::from_millis(500), Duration::from_millis(1500));
        match std::env::var("ATTACKS").ok()?.as_str() {
            "timing" => Some(Plan { rounds: 5, usual: phase, attack: phase, is_timing: true }),
            "functional" => Some(Plan { rounds: 1, usual, attack, is_timing: false }),
            other => panic!("ATTACKS={other} is neither functional nor timing"),
        }
    }
}

/// A row of the table.
pub struct Outcome {
    pub name: &'static str,
    pub text: &'static str,
    /// Of a row with bystanders.
    pub figures: Option<Figures>,
    pub besides: String,
    /// What does not hold.
    pub broken: Vec<String>,
}

/// What was measured beside bystanders.
pub struct Figures {
    /// Medians of the rounds, usual and during the attack, in milliseconds.
    pub p50: (f64, f64),
    pub p99: (f64, f64),
    /// Median of the rounds of p99 during ÷ p99 usual.
    pub ratio: f64,
    /// Bystanders' searches during attacks.
    pub answered: u64,
    pub asked: u64,
    pub memory_before_mib: u64,
    pub memory_peak_mib: u64,
    pub memory_bound_mib: u64,
    pub descriptors: u64,
    /// Processors in use by the program during attacks.
    pub processor_share: f64,
}

impl Outcome {
    /// Of a scenario without bystanders.
    pub fn of_scenario(name: &'static str, text: &'static str, result: Result<String, String>) -> Outcome {
        let (besides, broken) =
            result.map_or_else(|error| (String::new(), vec![error]), |besides| (besides, Vec::new()));
        Outcome { name, text, figures: None, besides, broken }
    }
}

/// The program, its partners, and what a row needs of them.
struct Scene {
    proxy: Proxy,
    partner: Partner,
    hostile: Partner,
    target: Arc<Target>,
}

impl Scene {
    fn new(row: &Row) -> Scene {
        let partner = Partner::start(Answer::Fine, row.partner_ms);
        let hostile = Partner::start(row.hostile, row.partner_ms);
        let config = ConfigBuilder::with_partner_url(&partner.url())
            .partner("hostile", &hostile.url())
            .code("only-hostile", r#"["hostile"]"#)
            .with_default_limits();
        let config = (row.configure)(config);
        let config = if row.tls {
            let config = config.with("listen", "public_url", &format!("\"https://{NAME}\""));
            config.with("listen", "certificate", r#""cert.pem""#).with("listen", "key", r#""key.pem""#)
        } else {
            config
        };
        let workdir = Workdir::with_open_files(&config.text(), row.open_files);
        let pair = rcgen::generate_simple_self_signed([NAME.to_owned()]).unwrap();
        workdir.write("cert.pem", pair.cert.pem().as_bytes());
        workdir.write("key.pem", pair.signing_key.serialize_pem().as_bytes());
        let proxy = workdir.start();
        let host = if row.tls { NAME.to_owned() } else { proxy.public.to_string() };
        let tls = row.tls.then(|| tls_config(&pair.cert));
        let target = Arc::new(Target::new(proxy.public, proxy.admin, host, tls));
        Scene { proxy, partner, hostile, target }
    }

    fn bystanders(&self, time: Duration) -> Experience {
        let request = self.target.get("/search?q=quiet&format=json", "Connection: close\r\n");
        let bystander = Bystander { public: self.target.public, tls: self.target.tls.clone(), request };
        search_for(time, bystander)
    }
}

/// Runs an attack in a thread of its own until the token is cancelled.
fn start_attack(attack: AttackFn, target: &Arc<Target>) -> (CancellationToken, std::thread::JoinHandle<()>) {
    let (end, target) = (CancellationToken::new(), Arc::clone(target));
    let ended = end.clone();
    let thread = std::thread::spawn(move || {
        process::yield_to_the_program();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async move {
            tokio::select! {
                () = attack(target) => panic!("an attack ended by itself"),
                () = ended.cancelled() => {}
            }
        });
    });
    (end, thread)
}

/// What the rounds of a row add up to.
#[derive(Default)]
struct Rounds {
    usual: Vec<Experience>,
    during: Vec<Experience>,
    descriptors: u64,
    processor_seconds: f64,
    attacked: Duration,
    broken: Vec<String>,
}

fn run_rounds(row: &Row, plan: &Plan, scene: &Scene) -> Rounds {
    let pid = scene.proxy.pid();
    let mut rounds = Rounds::default();
    for _ in 0..plan.rounds {
        rounds.usual.push(scene.bystanders(plan.usual));
        scene.target.begin_round();
        let (begun, processor) = (Instant::now(), process::processor_seconds(pid));
        let (end, attack) = start_attack(Arc::clone(&row.attack), &scene.target);
        std::thread::sleep(RAMP);
        let during = std::thread::scope(|scope| {
            let bystanders = scope.spawn(|| scene.bystanders(plan.attack.max(row.shortest)));
            while !bystanders.is_finished() {
                rounds.descriptors = rounds.descriptors.max(process::descriptors(pid));
                std::thread::sleep(Duration::from_millis(250));
            }
            bystanders.join().unwrap()
        });
        rounds.during.push(during);
        end.cancel();
        attack.join().unwrap_or_else(|_| rounds.broken.push("the attack failed".to_owned()));
        rounds.processor_seconds += process::processor_seconds(pid) - processor;
        rounds.attacked += begun.elapsed();
        let open = || scene.proxy.metric("qsproxy_connections_open");
        let deadline = Instant::now() + RETURN_TIME;
        while open() > CONNECTIONS_LEFT && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(50));
        }
        if open() > CONNECTIONS_LEFT {
            rounds.broken.push(format!("{} connections are open {RETURN_TIME:?} after their ends", open()));
        }
    }
    rounds
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs one row.
pub fn run(row: &Row, plan: &Plan) -> Outcome {
    let mut scene = Scene::new(row);
    let warm_up = scene.bystanders(WARM_UP);
    let pid = scene.proxy.pid();
    process::reset_peak(pid);
    let (before_kib, _) = process::memory_kib(pid);
    let rounds = run_rounds(row, plan, &scene);
    let (_, peak_kib) = process::memory_kib(pid);
    let Rounds { usual, during, descriptors, processor_seconds, attacked, mut broken } = rounds;
    let percentiles = |p: usize| {
        let of = |phases: &[Experience]| median(phases.iter().map(|phase| phase.percentile(p)).collect());
        (of(&usual), of(&during))
    };
    let pairs = usual.iter().zip(&during);
    let ratio = median(pairs.map(|(usual, during)| during.percentile(99) / usual.percentile(99)).collect());
    let sum = |of: fn(&Experience) -> u64| usual.iter().chain(&during).map(of).sum::<u64>();
    let (answered, asked) = (during.iter().map(|one| one.answered).sum(), during.iter().map(|one| one.asked).sum());
    let growth_mib = peak_kib.saturating_sub(before_kib) / 1024;
    if sum(|one| one.answered) < sum(|one| one.asked) {
        let failure = usual.iter().chain(&during).find_map(|one| one.failure.clone());
        broken.push(format!("bystanders were not answered: {}", failure.unwrap_or_default()));
    }
    if growth_mib > row.memory_mib {
        broken.push(format!("memory grew by {growth_mib} MiB, more than {}", row.memory_mib));
    }
    if plan.is_timing && ratio > RATIO_BOUND {
        broken.push(format!("p99 is {ratio:.1} times the usual one, more than {RATIO_BOUND}"));
    }
    if scene.proxy.has_exited() || scene.proxy.metric("qsproxy_panics_total") != 0 {
        broken.push("the program exited or panicked".to_owned());
    }
    let facts = Facts {
        proxy: &scene.proxy,
        target: &scene.target,
        seconds: attacked.as_secs() + 1,
        rounds: plan.rounds,
        bystander_searches: warm_up.asked + sum(|one| one.asked),
        partner_requests: scene.partner.requests(),
        hostile_requests: scene.hostile.requests(),
    };
    let besides = (row.promise)(&facts).unwrap_or_else(|error| {
        broken.push(error);
        String::new()
    });
    let figures = Figures {
        p50: percentiles(50),
        p99: percentiles(99),
        ratio,
        answered,
        asked,
        memory_before_mib: before_kib / 1024,
        memory_peak_mib: peak_kib / 1024,
        memory_bound_mib: before_kib / 1024 + row.memory_mib,
        descriptors,
        processor_share: processor_seconds / attacked.as_secs_f64(),
    };
    Outcome { name: row.name, text: row.text, figures: Some(figures), besides, broken }
}
