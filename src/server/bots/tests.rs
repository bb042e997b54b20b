//! Agents of people, of robots and of libraries: `tests/agents/README.md`.

use proptest::prelude::*;

use super::AgentClass::{Automated, Browser, Library, Robot, Unknown, Unstated};
use super::*;

const BROWSER_AGENTS: &str = include_str!("../../../tests/agents/browsers.txt");
const DEVICES: &str = include_str!("../../../tests/agents/devices.txt");
const ROBOT_AGENTS: &str = include_str!("../../../tests/agents/robots.txt");

/// Agents in which `MODEL` is the name of a device.
const SHAPES: [&str; 24] = [
    "Mozilla/5.0 (Linux; Android 13; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; MODEL Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 15; MODEL Build/AP3A.240617.008) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; U; Android 4.2.2; en-us; MODEL Build/JDQ39) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30",
    "Mozilla/5.0 (Linux; Android 14; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; arm_64; Android 14; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0 YaBrowser/25.2 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; U; Android 12; zh-CN; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/100.0 UCBrowser/16.5 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 Mobile Safari/537.36 OPR/74.3",
    "Mozilla/5.0 (Android 10; Mobile; MODEL; rv:68.0) Gecko/68.0 Firefox/68.0",
    "Mozilla/5.0 (Mobile; MODEL; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
    "Mozilla/5.0 (Tablet; MODEL; rv:26.0) Gecko/26.0 Firefox/26.0",
    "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; id; MODEL) Presto/2.12.423 Version/12.16",
    "Mozilla/5.0 (compatible; MSIE 10.0; Windows Phone 8.0; Trident/6.0; IEMobile/10.0; ARM; Touch; MAKER; MODEL)",
    "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; MAKER; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/52.0 Mobile Safari/537.36 Edge/15.14977",
    "Mozilla/5.0 (Linux; Android 11; MODEL Build/RP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/110.0 Mobile Safari/537.36 [FBAN/FB4A;FBAV/400.0;FBDV/MODEL;]",
    "Mozilla/5.0 (Linux; Android 12; MODEL Build/SP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/114.0 Mobile Safari/537.36 Instagram 406.0 Android (31/12; 480dpi; 1080x2200; MAKER; MODEL; qcom; en_US; 1)",
    "Mozilla/5.0 (Linux; Tizen 2.3; MODEL) AppleWebKit/537.3 (KHTML, like Gecko) SamsungBrowser/1.0 Mobile Safari/537.3",
    "Mozilla/5.0 (Linux; Andr0id 9; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/77.0 Safari/537.36 OPR/46.0 HbbTV/1.5.1 (+DRM;MAKER;MODEL;1.0;;TVs;) FVC/5.0 (MAKER;MODEL;)",
    "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) 76.0.3809.146/6.0 TV Safari/537.36",
    "Mozilla/5.0 (Web0S; Linux/SmartTV; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/94.0 Safari/537.36 WebAppManager",
    "UCWEB/2.0 (Java; U; MIDP-2.0; en-US; MODEL) U2/1.0.0 UCBrowser/9.5.0.449 U2/1.0.0 Mobile",
    "Dalvik/2.1.0 (Linux; U; Android 11; MODEL Build/RP1A.200720.011)",
    "Linux; U; Android 10; pt_PT; MODEL; Build/QTG1.230301.001; Cronet/114.0.5735.33",
    "Mozilla/5.0 (Phone; OpenHarmony 5.0; MODEL) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1",
];

fn class(agent: &str) -> AgentClass {
    classify(agent.as_bytes())
}

/// Asserts that all agents have the class, and shows every one that has another.
#[track_caller]
fn assert_all(agents: impl IntoIterator<Item = String>, expected: AgentClass) -> usize {
    let (right, wrong): (Vec<_>, Vec<_>) = agents.into_iter().partition(|agent| class(agent) == expected);
    let wrong: Vec<_> = wrong.iter().map(|agent| (class(agent), agent)).collect();
    assert!(wrong.is_empty(), "not {expected:?}: {wrong:#?}");
    right.len()
}

fn with_model(model: &str) -> impl Iterator<Item = String> {
    SHAPES.iter().map(move |shape| shape.replace("MODEL", model).replace("MAKER", "maker"))
}

#[test]
fn people_on_every_device_are_no_robots() {
    let agents = lines(DEVICES).flat_map(with_model);
    assert!(assert_all(agents, Browser) > 10_000);
}

#[test]
fn the_names_of_robots_are_no_robots_as_models() {
    let published = lines(include_str!("robots.txt")).map(|name| name.trim_start_matches('^'));
    // A model has no brackets, and no semicolon, which ends it.
    let names =
        published.filter(|name| !name.contains(['(', ')', '[', ']', '{', '}', ';', '@']) && !name.contains("://"));
    let names = names.filter(|name| !name.contains("www.") && !name.contains("compatible"));
    assert!(assert_all(names.flat_map(with_model), Browser) > 30_000);
}

#[test]
fn browsers_of_people_are_no_robots() {
    assert!(assert_all(lines(BROWSER_AGENTS).map(str::to_owned), Browser) > 900);
}

#[test]
fn other_browsers_are_no_robots() {
    let agents = [
        "Mozilla/5.0 Firefox/140.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/380.0 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/470.0;FBDV/iPhone14,5]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 10_2_1 like Mac OS X) AppleWebKit/602.4.6 (KHTML, like Gecko) Mobile/14D27 (Ecosia ios@3.0.1.533)",
        "Mozilla/5.0 (Linux; Android 12; V2134A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36 SogouMobileBrowser/6.0",
        "Mozilla/5.0 (Linux; Android 16; SM-F966N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/145.0 Mobile Safari/537.36 Viber/27.4.0.0",
        "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/80.0 Safari/537.36 SE 2.X MetaSr 1.0",
        "Mozilla/5.0 (Linux; Android 16; Pixel 10; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/146.0 Mobile Safari/537.36 MetaIAB Facebook",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Notion/3.1.0 Chrome/124.0 Electron/30.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10_5_6; en-us) AppleWebKit/528.16 (KHTML, like Gecko) Fluid/0.9.6 Safari/528.16",
        "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; Banca Caboto s.p.a.; rv:11.0) like Gecko",
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; Embedded Web Browser from: http://bsalsa.com/; .NET CLR 1.1.4322)",
        "Mozilla/5.0 (compatible; Konqueror/4.14; Linux) KHTML/4.14.2 (like Gecko)",
        "Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/606.4 (KHTML, like Gecko) NF/6.0.2.15.4 NintendoBrowser/5.1.0.22023",
        "Mozilla/5.0 (PlayStation; PlayStation 5/6.50) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0 Safari/605.1.15",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/58.0 Safari/537.36 Edge/16.16299",
        "Roku/DVP-9.10 (519.10E04111A)",
        "WhatsApp/2.17.395 Android/6.0 Device/Meizu-M5_Note",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Electron/37.2.3 Safari/537.36 Sonic Slack_SSB/4.45.64",
        "Emacs-w3m/1.4.632 w3m/0.5.3",
        "Lynx/2.9.0 libwww-FM/2.14 SSL-MM/1.4.1 GNUTLS/3.8.3",
        "Links (2.29; Linux 6.8.0 x86_64; GNU C 13.2; text)",
        "ELinks/0.17.0 (textmode; Linux 6.8.0 x86_64; 120x40-2)",
        "w3m/0.5.3+git20230121",
        "Dillo/3.1.1",
        "NetSurf/3.11 (Linux)",
        "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
        "DoCoMo/2.0 N905i(c100;TB;W24H16)",
        "Mozilla/4.79 [en] (X11; U; SunOS 5.10 i86pc)",
        "amaya/11.4.4 libwww/5.4.0",
        "HotJava/1.1.2 FCS",
        "Mozilla/1.10 [en] (Compatible; RISC OS 3.70; Oregano 1.10)",
        "Mozilla/4.01 (Compatible; Acorn Browse 1.25 [23-Oct-97] AW 97; RISC OS 4.39) Acorn-HTTP/0.84",
        "Mozilla/3.04 (compatible; NCBrowser/2.35; ANTFresco/2.17; RISC OS-NC 5.13 Laz1UK1309)",
        "Mozilla/4.0 (compatible; Gecko/20041115) Maple 5.0.0 Navi",
        "mojeek-app",
        "Simple Browser",
        "The Bat! 4.0.0.22",
    ];
    assert_all(agents.map(str::to_owned), Browser);
}

/// Agents of people that were taken for robots', from public reports of other programs: name of the project and number.
#[test]
fn people_of_public_reports_are_no_robots() {
    let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36";
    let android = |model: &str| format!("Mozilla/5.0 (Linux; Android 6.0; {model}) {chrome}");
    let models = [
        "FEVER Build/LMY47D; wv",      // device-detector 5484, Crawler-Detect 106
        "CUBOT_NOTE_S Build/LMY47I",   // http-browserdetect 136
        "CUBOT_X18_Plus Build/O00623", // isbot 29
        "ForwardRuby Build/KOT49H",    // Crawler-Detect 111
        "Cosmos Build/LMY47I",         // Crawler-Detect 111
        "MyPhone Agua Vortex Build/J", // Crawler-Detect 111
        "IDbot553 Build/MRA58K",       // device-detector 5701
        "M BOT 551 Build/MRA58K",      // device-detector 5701
        "B BOT 550 Build/MRA58K; wv",  // device-detector 5701
        "Moto G (4)",
    ];
    assert_all(models.map(android), Browser);
    let agents = [
        // isbot 269
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36 ||| ReqID: 472 | Type: xmlhttprequest | Initiator: https://site.example",
        "Mozilla/5.0 (Linux; Android 10; STK-L21 Build/HUAWEISTK-L21; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36HiSearch/22.0.6.315",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 [FBAN/FBPageAdmin;FBDV/iPhone15,3;FBSN/iOS]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Version/17.5.1 Safari/605.1.15 (AirWatch Browser v24.06)",
        // http-browserdetect 30
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; User-agent: Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1; http://bsalsa.com) ; SLCC2)",
        // browser 401 and 402
        "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/61.0 Amigo/61.0 MRCHROME SOC Safari/537.36",
        "Mozilla/5.0 (Linux; Android 9; SM-A730F Build/PPR1; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/76.0 Mobile Safari/537.36 Instagram 105.0 Android (28/9; 420dpi; 1080x2094; samsung; SM-A730F; jackpot2lte; pt_BR)",
        // crawler-user-agents 111
        "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; YTB730;BTRS99921; GTB7.5; SLCC2; Tablet PC 2.0; CIBA)",
        // Agents in which a model stands elsewhere
        "Mozilla/5.0 (Linux; U; en-us; XBot Build/JDQ39) AppleWebKit/535.19 (KHTML, like Gecko) Silk/3.13 Safari/535.19",
        "Pinterest for Android/10.1 (M_bot_60; 7.0)",
        "Mozilla/5.0 (DirectFB; Linux; armv7l) AppleWebKit/534.26 (KHTML, like Gecko) Version/5.0 Safari/534.26 LG Browser/5.00.00(+mouse+3D; LGE; BOT; 04.01.28)",
        "Mozilla/5.0 (Windows NT 6.2; ARM; Trident/7.0; Touch; rv:11.0; WPDesktop; BOT 930) like Gecko",
    ];
    assert_all(agents.map(str::to_owned), Browser);
}

/// The same for robots that were not found.
#[test]
fn robots_of_public_reports_are_found() {
    let robots = [
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_14_0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/76.0 Safari/537.36 Robot_Framework", // matomo 14851
        "ias-sg/3.1 (+https://www.admantx.com/service-fetcher.html)", // device-detector 7143
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)", // device-detector 5359
        "Mozilla/5.0 (Linux; Android 7.0; Moto G (4)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/84.0 Mobile Safari/537.36 Chrome-Lighthouse", // device-detector 6446
        "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)", // device-detector 5798
        "Netcraft SSL Server Survey - contact info@netcraft.com",      // browser 266
        "Mozilla/5.0 (compatible; blogger.com)",                       // WhichBrowser 558
        "Vercelbot (+https://vercel.com)",                             // plausible 280
    ];
    assert_all(robots.map(str::to_owned), Robot);
    assert_eq!(class("Mozilla/5.0 Node/v20.11.0"), Library); // umami-node 1
    assert_eq!(
        class(
            "mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/88.0 Safari/537.36"
        ),
        Automated
    ); // umami 532
}

#[test]
fn finds_robots() {
    assert!(assert_all(lines(ROBOT_AGENTS).map(str::to_owned), Robot) > 120);
}

#[test]
fn libraries_are_a_class_of_their_own() {
    let agents = [
        "curl/8.5.0",
        "curl",
        "Wget/1.21.4",
        "HTTPie/3.2.2",
        "python-requests/2.31.0",
        "Python-urllib/3.12",
        "Python/3.12 aiohttp/3.9.5",
        "python-httpx/0.27.0",
        "Go-http-client/2.0",
        "okhttp/4.12.0",
        "Java/17.0.9",
        "Java-http-client/21",
        "Google-HTTP-Java-Client/1.44.2 (gzip)",
        "Apache-HttpClient/4.5.14 (Java/17)",
        "axios/1.7.2",
        "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)",
        "node",
        "undici",
        "got (https://github.com/sindresorhus/got)",
        "GuzzleHttp/7",
        "PHP/8.3.0",
        "Ruby",
        "Faraday v2.9.0",
        "libwww-perl/6.77",
        "lwp-request/6.77",
        "reqwest/0.12.4",
        "Dart/3.4 (dart:io)",
        "PostmanRuntime/7.39.0",
        "RestSharp/110.2.0.0",
        "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041",
        "Deno/1.44.0",
        "Bun/1.1.12",
        "Mozilla/4.0 (compatible; Win32; WinHttp.WinHttpRequest.5)",
        "Mozilla/3.0 (compatible; Indy Library)",
        "git/2.43.0",
        "bruno-runtime/1.38",
        "curl_cffi/0.7",
        "jsdom/25.0",
        "Elixir/Tesla",
        "Swift-NIO",
    ];
    assert_all(agents.map(str::to_owned), Library);
}

#[test]
fn a_browser_that_a_program_drives_is_automated_unless_it_declares_a_robot() {
    let agents = [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 Playwright/1.40.0",
    ];
    assert_all(agents.map(str::to_owned), Automated);
    let crawlers = agents.map(|agent| format!("{agent} (compatible; X-Crawler/1.0)"));
    assert_all(crawlers, Robot);
}

#[test]
fn an_agent_of_no_known_browser_is_unknown_and_an_empty_one_says_nothing() {
    let agents =
        ["Hakai/2.0", "Hello, world", "firefox", "Chrome", "Mozilla/5.0", "Contraption/1.0", "MyToolbar/2.1", "-", "x"];
    assert_all(agents.map(str::to_owned), Unknown);
    assert_eq!([class(""), class("  ")], [Unstated; 2]);
}

#[test]
fn the_lists_are_complete_and_have_versions() {
    let versions = versions();
    assert!(versions.starts_with("crawler-user-agents ") && !versions.contains("unknown"), "{versions}");
    assert!(robots::names() > 1_400, "{}", robots::names());
}

/// Classifies the agents of a corpus outside of the project: `people.txt` and `robots.txt` in the folder that
/// `QSPROXY_AGENT_CORPUS` names. `scripts/agent-corpus` prepares it.
#[test]
#[ignore = "needs the corpus of scripts/agent-corpus"]
fn the_corpus_of_others_has_no_person_among_the_robots() {
    let folder = std::env::var("QSPROXY_AGENT_CORPUS").expect("QSPROXY_AGENT_CORPUS, see scripts/agent-corpus");
    let read = |name: &str| std::fs::read(std::path::Path::new(&folder).join(name)).unwrap();
    let (people, robots) = (read("people.txt"), read("robots.txt"));
    let agents = |text| <[u8]>::split(text, |byte| *byte == b'\n').filter(|line| !line.is_empty()).collect::<Vec<_>>();
    let (people, robots) = (agents(&people), agents(&robots));
    let started = std::time::Instant::now();
    let wrong: Vec<_> = people.iter().filter(|agent| matches!(classify(agent), Robot | Automated | Unknown)).collect();
    let each = started.elapsed() / u32::try_from(people.len()).unwrap();
    let shown =
        |agents: &[&&[u8]]| agents.iter().map(|agent| String::from_utf8_lossy(agent).into_owned()).collect::<Vec<_>>();
    let missed: Vec<_> = robots.iter().filter(|agent| classify(agent) == Browser).collect();
    for (name, agents) in [("people", &people), ("robots", &robots)] {
        let mut classes = std::collections::BTreeMap::new();
        for agent in agents {
            *classes.entry(format!("{:?}", classify(agent))).or_insert(0) += 1;
        }
        println!("{} agents of {name}: {classes:?}", agents.len());
    }
    println!("{each:?} an agent; robots missed: {:#?}", shown(&missed));
    assert!(wrong.is_empty() && people.len() > 30_000, "{} people, wrong: {:#?}", people.len(), shown(&wrong));
    assert!(missed.len() * 100 < robots.len() * 3 && robots.len() > 1_000, "robots missed");
}

proptest! {
    #[test]
    fn accepts_any_bytes_without_panic(agent in proptest::collection::vec(any::<u8>(), 0..8_192)) {
        let _ = classify(&agent);
    }

    /// No name that a maker may invent makes its device a robot.
    #[test]
    fn no_model_is_a_robot(model in "[A-Za-z0-9_+ .-]{1,20}", word in prop::sample::select(vec!["bot", "Bot", "spider", "crawler", "scanner", ""]), suffix in "[A-Za-z0-9_ ]{0,6}") {
        for agent in with_model(&format!("{model}{word}{suffix}")) {
            prop_assert_eq!(class(&agent), Browser, "{}", agent);
        }
    }
}
