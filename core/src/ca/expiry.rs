//! How long the certificates of nodes hold, and when they are renewed.
//!
//! Upstream: `ca/config.go` calculateRandomExpiry, `ca/certificates.go`, `ca/renewer.go`. A node
//! renews its certificate at a random moment between half and four fifths of its life, which is
//! counted from an hour before it was signed. Nothing of it can be seen while the node can reach
//! the managers, so renewals are no events: which certificate a node had at a moment is computed
//! when somebody asks.
//!
//! Left out: renewals that fail because there is no leader for longer than a certificate holds.

use crate::ids::NodeId;
use crate::rng::Stream;
use crate::time::{HOUR, MINUTE, SimTime};

/// Certificates are valid from so long before they were signed.
const BACKDATED_NS: u64 = HOUR;
/// So many renewals of a node are followed; then it is taken to go on as it did.
const RENEWALS_MAX: u32 = 1 << 20;

/// How long the leader's signer lets certificates hold, from which moments on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signer {
    lives: Vec<(SimTime, u64)>,
}

impl Signer {
    /// From now on certificates hold so long.
    pub(crate) fn set(&mut self, now: SimTime, life_ns: u64) {
        if self.lives.last().is_none_or(|&(_, last)| last != life_ns) {
            self.lives.push((now, life_ns));
        }
    }

    fn life_at(&self, moment: SimTime) -> u64 {
        let lives = self.lives.iter();
        let mut so_far = lives.take_while(|(since, _)| *since <= moment);
        let last = so_far.by_ref().last().or_else(|| self.lives.first());
        last.map_or(0, |&(_, life_ns)| life_ns)
    }

    /// When the certificate ends that a node had at a moment, if one was signed at `came_at` and
    /// renewed in time ever since.
    pub(crate) fn valid_until(
        &self,
        seed: u64,
        node: NodeId,
        came_at: SimTime,
        moment: SimTime,
    ) -> SimTime {
        let stream = Stream::new(seed, "certificates");
        let mut signed_at = came_at;
        for renewal in 0..RENEWALS_MAX {
            let life_ns = self.life_at(signed_at);
            let minutes = life_ns.saturating_add(BACKDATED_NS) / MINUTE;
            let (least, most) = (minutes / 2, minutes * 4 / 5);
            let index = node.0.wrapping_mul(RENEWALS_MAX).wrapping_add(renewal);
            let draw = stream.block_at(index) % u128::from((most - least).max(1));
            let wait_ns = (least + u64::try_from(draw).unwrap_or(0)).saturating_mul(MINUTE);
            let wait_ns = wait_ns.saturating_sub(BACKDATED_NS).max(MINUTE);
            let renewed_at = signed_at + wait_ns;
            if renewed_at > moment {
                break;
            }
            signed_at = renewed_at;
        }
        signed_at + self.life_at(signed_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    #[test]
    fn a_certificate_is_renewed_between_half_and_four_fifths_of_its_life() {
        let mut signer = Signer::default();
        signer.set(SimTime::ZERO, 90 * DAY);
        let ends: Vec<u64> = (0..200)
            .map(|node| {
                let until = |day: u64| {
                    signer.valid_until(1, NodeId(node), SimTime::ZERO, SimTime(day * DAY))
                };
                assert_eq!(
                    until(44),
                    SimTime(90 * DAY),
                    "nobody renews before half of it"
                );
                until(73).as_nanos() / DAY
            })
            .collect();
        // Signed again between day 45 and day 72.
        assert!(ends.iter().all(|day| (134..162).contains(day)), "{ends:?}");
        assert!(ends.iter().any(|&day| day < 145) && ends.iter().any(|&day| day > 150));
    }

    #[test]
    fn another_life_counts_from_the_next_certificate_on() {
        let mut signer = Signer::default();
        signer.set(SimTime::ZERO, DAY);
        signer.set(SimTime(10 * DAY), HOUR);
        let until = |moment| signer.valid_until(1, NodeId(3), SimTime::ZERO, moment);
        assert!(until(SimTime(10 * DAY)) > SimTime(10 * DAY + 2 * HOUR));
        let late = until(SimTime(20 * DAY));
        assert!(
            late > SimTime(20 * DAY) && late <= SimTime(20 * DAY + HOUR),
            "{late}"
        );
    }
}
