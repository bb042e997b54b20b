//! `qsproxy demo`: the proxy on the shipped configuration, together with a built-in partner.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::app::sandbox::Sandbox;
use crate::app::{self, MainRuntime};
use crate::cli::load::load_config;
use crate::cli::output::{CommandOutcome, print};
use crate::demo;
use crate::time;

/// Pause before a demo partner that failed is started again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Starts the demo partner at the address of the first partner, then the proxy.
///
/// # Errors
/// The address is not local or not free, or the proxy cannot start.
pub fn run(path: &Path) -> anyhow::Result<CommandOutcome> {
    let main = MainRuntime::new()?;
    let config = load_config(path)?;
    let path = Some(path).filter(|path| path.exists());
    let partner = config.partners.first().context("there is no [[partner]] in the configuration")?;
    let address = partner.url.socket_addrs(|| None).with_context(|| format!("[[partner]] url: {}", partner.url))?;
    let Some(address) = address.into_iter().find(|address| address.ip().is_loopback()) else {
        bail!(
            "[[partner]] url: {} is not on this machine; the demo partner needs a loopback address, as in the shipped \
             proxy.toml",
            partner.url
        );
    };
    let listener = TcpListener::bind(address).with_context(|| {
        format!(
            "[[partner]] url: cannot bind {address} for the demo partner; stop the program that uses it, or set another \
             port in url"
        )
    })?;
    listener.set_nonblocking(true)?;
    let sandbox = Sandbox::enter(&config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("demo-partner".into()).spawn(move || runtime.block_on(serve(&listener)))?;
    let (url, admin, store) = (&config.listen.public_url, config.admin.address, &config.counts.store);
    let today = Timestamp::from_second(i64::try_from(time::now().0)?)?.strftime("%Y-%m-%d");
    print(&format!(
        "A demo partner is running at http://{address}/search with {} entries.\n\
         Search:  {url}  (try \"japan\", \"shoes\", \"weather\" or \"python\")\n\
         Counts:  http://{admin}/ in a browser, http://{admin}/metrics for Prometheus, or\n         \
                  qsproxy report clicks --from {today} --to {today}\n\
         Store:   {store}\n\
         Press Ctrl-C to stop.\n",
        demo::engine().document_count(),
    ))?;
    app::run(main, config, path, &sandbox)?;
    Ok(CommandOutcome::Success)
}

/// Serves the demo partner. After an error, reports it and starts again.
async fn serve(listener: &TcpListener) {
    loop {
        let result = async { demo::serve(tokio::net::TcpListener::from_std(listener.try_clone()?)?).await }.await;
        if let Err(error) = result {
            eprintln!("qsproxy: the demo partner failed and is restarted: {error}");
        }
        tokio::time::sleep(RESTART_PAUSE).await;
    }
}
