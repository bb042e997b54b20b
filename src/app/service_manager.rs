//! What a service manager is told (`sd_notify(3)`): nothing if there is none.

use std::time::Duration;

use sd_notify::NotifyState;

/// The process serves, after its start or a reload.
pub(super) fn ready() {
    notify(&[NotifyState::Ready]);
}

/// The process loads its configuration or restarts, and says [`ready`] after that.
pub(super) fn reloading() {
    // Without the time, systemd ignores the state of a service of the type `notify-reload`.
    let Ok(time) = NotifyState::monotonic_usec_now() else { return };
    notify(&[NotifyState::Reloading, time]);
}

/// The process drains.
pub(super) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// The process makes progress.
pub(super) fn alive() {
    notify(&[NotifyState::Watchdog]);
}

/// How often [`alive`] is to be called: half of the time after which the service manager would restart the process. `None` if it
/// does not watch.
pub(super) fn alive_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|interval| interval / 2)
}

/// A service manager that cannot be reached is none.
fn notify(state: &[NotifyState<'_>]) {
    sd_notify::notify(state).ok();
}
