//! What a request to a partner costs: it is reserved before the partner is asked, and counted once it was sent.

use std::time::Duration;

use crate::budget::pool::Ticket;
use crate::clients::state::Client;
use crate::counts::cells::{Cell, PartnerRequestCell};
use crate::metrics::CircuitState;
use crate::name::ConfigName;
use crate::problem::{ConnectionFailure, PartnerFailure};
use crate::state::{AppState, PartnerState};
use crate::time;

/// When to try again after a budget was used up: other nodes may give back what they do not need.
const BUDGET_WAIT: Duration = Duration::from_secs(60);

/// The payment of one search at one partner: nothing for a partner that is not paid by request. Whatever was sent is counted when this is
/// dropped, after a panic as well.
pub(super) struct RequestPayment<'a> {
    state: &'a AppState,
    partner: &'a PartnerState,
    code: &'a ConfigName,
    ticket: Option<Ticket>,
    /// Of the same request, sent a second time.
    second: Option<Ticket>,
}

impl<'a> RequestPayment<'a> {
    /// Reserves a request.
    ///
    /// # Errors
    /// The partner is not to be asked: its budget or the client's share of it is used up. After this time it may be otherwise.
    pub(super) async fn reserve(
        state: &'a AppState,
        partner: &'a PartnerState,
        client: &Client,
        code: &'a ConfigName,
    ) -> Result<Self, Duration> {
        let mut payment = Self { state, partner, code, ticket: None, second: None };
        let Some(budget) = &partner.budget else { return Ok(payment) };
        let wait = partner.circuit.wait(time::instant());
        if partner.circuit.state() == CircuitState::Open && !wait.is_zero() {
            // The client is not charged for a request that would not be sent.
            partner.metrics.skipped.inc();
            return Err(wait);
        }
        if let Some(rate) = budget.client_rate(code) {
            state.limiter.charge_budget(client, rate).inspect_err(|_| {
                partner.metrics.over_budget.inc();
            })?;
        }
        payment.ticket = budget.take(code).await;
        if payment.ticket.is_none() {
            partner.metrics.over_budget.inc();
            return Err(BUDGET_WAIT);
        }
        Ok(payment)
    }

    /// Notes that the request is about to be sent.
    pub(super) fn send(&mut self) {
        if let Some(ticket) = &mut self.ticket {
            ticket.send();
        }
    }

    /// Whether the request may be sent a second time. The partner may have seen it before, so that it is paid twice.
    pub(super) async fn send_again(&mut self) -> bool {
        let Some(budget) = &self.partner.budget else { return true };
        self.second = budget.take(self.code).await;
        if let Some(ticket) = &mut self.second {
            ticket.send();
        }
        self.second.is_some()
    }

    /// Notes how the sending ended. If no connection was opened, nothing was sent.
    pub(super) fn settle(&mut self, failure: Option<&PartnerFailure>) {
        if let Some(PartnerFailure::Connection(failure)) = failure
            && was_not_sent(*failure)
            && let Some(ticket) = self.second.as_mut().or(self.ticket.as_mut())
        {
            ticket.unsend();
        }
    }
}

impl Drop for RequestPayment<'_> {
    fn drop(&mut self) {
        for (hour, price) in [&self.ticket, &self.second].into_iter().flatten().filter_map(Ticket::booking) {
            let (partner, code) = (self.partner.partner.name.clone(), self.code.clone());
            let cell =
                PartnerRequestCell { day: hour.day(), partner, code, currency: price.currency, price: price.price };
            self.state.writer.add(Cell::PartnerRequest(cell));
        }
    }
}

/// Whether this failure happens before a request is sent, and at no other time.
fn was_not_sent(failure: ConnectionFailure) -> bool {
    match failure {
        ConnectionFailure::Dns
        | ConnectionFailure::Refused
        | ConnectionFailure::CertificateExpired
        | ConnectionFailure::CertificateNotYetValid
        | ConnectionFailure::CertificateName
        | ConnectionFailure::CertificateUnknownAuthority
        | ConnectionFailure::CertificateRevoked
        | ConnectionFailure::CertificateInvalid => true,
        ConnectionFailure::Unreachable
        | ConnectionFailure::Closed
        | ConnectionFailure::NotHttp
        | ConnectionFailure::Tls => false,
    }
}
