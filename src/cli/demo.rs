//! `qsproxy demo`: the proxy on the shipped configuration, beside a partner that is built in.

use std::net::TcpListener;
use std::path::Path;

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::app;
use crate::cli::CommandOutcome;
use crate::demo;
use crate::time;

/// Starts the demo partner at the first partner's address, then the proxy.
///
/// # Errors
/// A port that is taken, with the key to change; or whatever keeps the proxy from starting.
pub fn run(path: &Path) -> anyhow::Result<CommandOutcome> {
    let config = crate::cli::load(path)?;
    let path = Some(path).filter(|path| path.exists());
    let partner = config.partners.first().context("there is no [[partner]] in the configuration")?;
    let address = partner.url.socket_addrs(|| None).with_context(|| format!("[[partner]] url: {}", partner.url))?;
    let Some(address) = address.into_iter().find(|address| address.ip().is_loopback()) else {
        bail!(
            "[[partner]] url: {} is not on this machine; the demo partner takes a loopback address, as in the shipped proxy.toml",
            partner.url
        );
    };
    let listener = TcpListener::bind(address).with_context(|| {
        format!("[[partner]] url: {address} cannot be bound for the demo partner; stop what uses it, or set another port in url")
    })?;
    listener.set_nonblocking(true)?;
    std::thread::Builder::new().name("demo-partner".into()).spawn(move || serve(listener))?;
    let (url, admin, store) = (&config.listen.public_url, config.admin.address, &config.counts.store);
    let today = Timestamp::from_second(i64::try_from(time::now().0)?)?.strftime("%Y-%m-%d");
    crate::cli::print(&format!(
        "A demo partner answers at http://{address}/search from {} entries.\n\
         Open     {url} and search for a country, say \"japan\".\n\
         Counts   http://{admin}/ as a page, /metrics for programs; or\n         \
                  qsproxy report clicks --from {today} --to {today}   (in {store})\n\
         Ctrl-C ends.\n",
        demo::engine().entries(),
    ))?;
    app::run(config, path)?;
    Ok(CommandOutcome::Fine)
}

fn serve(listener: TcpListener) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { crate::demo::serve(tokio::net::TcpListener::from_std(listener)?).await })?;
    Ok(())
}
