//! When the requests of a client are sent: at equal or at random distances, in whole nanoseconds.
//!
//! The random distances are exponential. Their logarithm is computed with integers, from a table
//! that is made at compile time, so that every machine draws the same.

use crate::rng::Stream;
use crate::scenario::{Arrivals as Kind, Client};
use crate::time::SECOND;

/// A nanosecond-thousandth of a request: what a rate in thousandths divides.
const SCALE: u64 = 1_000 * SECOND;
/// Bits of a fraction.
const FRACTION_BITS: u32 = 32;
/// The natural logarithm of 2.
const LN_2: u64 = 2_977_044_472;
/// Bits of a nanosecond that are kept of the mean distance.
const MEAN_BITS: u32 = 8;

const TABLE_BITS: u32 = 8;
/// log2(1 + i / 256), as fractions.
const LOG_2: [u64; (1 << TABLE_BITS) + 1] = log_2_table();

const fn log_2_table() -> [u64; (1 << TABLE_BITS) + 1] {
    let mut table = [0; (1 << TABLE_BITS) + 1];
    let mut index = 0;
    while index < 1 << TABLE_BITS {
        // Squaring a number doubles its logarithm: each time a bit comes out in front.
        let mut number = ((1 << TABLE_BITS) + index as u128) << (63 - TABLE_BITS);
        let mut fraction = 0;
        let mut bit = 0;
        while bit < FRACTION_BITS {
            number = (number * number) >> 63;
            fraction <<= 1;
            if number >= 1 << 64 {
                number >>= 1;
                fraction |= 1;
            }
            bit += 1;
        }
        table[index] = fraction;
        index += 1;
    }
    table[1 << TABLE_BITS] = 1 << FRACTION_BITS;
    table
}

/// The moments at which a client sends.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    /// The next one.
    pub(super) next_ns: u64,
    /// The client sends none from then on.
    until_ns: u64,
    rate: u64,
    /// What is left of dividing, so that no time is lost.
    left: u64,
    /// Draws the distances, if they are random.
    stream: Option<Stream>,
}

impl Arrivals {
    pub(super) fn of(client: &Client, seed: u64) -> Self {
        let stream = (client.arrivals == Kind::Poisson)
            .then(|| Stream::new(seed, &format!("requests of {}", client.name)));
        let mut arrivals = Self {
            next_ns: client.from.0,
            until_ns: client.until.0,
            rate: client.rate.0.max(1),
            left: 0,
            stream,
        };
        if arrivals.stream.is_some() {
            arrivals.advance();
        }
        arrivals
    }

    /// When the next request is sent, if there is one.
    pub(super) fn next(&self) -> Option<u64> {
        (self.next_ns < self.until_ns).then_some(self.next_ns)
    }

    /// Goes on to the one after it.
    pub(super) fn advance(&mut self) {
        let distance_ns = match &mut self.stream {
            None => {
                let sum = SCALE + self.left;
                self.left = sum % self.rate;
                sum / self.rate
            }
            Some(stream) => {
                let mean = (SCALE << MEAN_BITS) / self.rate;
                scaled(
                    mean,
                    exponential(stream.next_u64()),
                    FRACTION_BITS + MEAN_BITS,
                )
            }
        };
        self.next_ns = self.next_ns.saturating_add(distance_ns);
    }
}

fn scaled(a: u64, b: u64, bits: u32) -> u64 {
    u64::try_from((u128::from(a) * u128::from(b)) >> bits).unwrap_or(u64::MAX)
}

/// A number with an exponential distribution and the mean 1, as a fraction, from 64 random bits.
fn exponential(bits: u64) -> u64 {
    let bits = bits | 1;
    let zeros = bits.leading_zeros();
    let number = bits << zeros;
    // The bits behind the leading one: a place in the table, and the way to the next.
    let place = usize::try_from((number << 1) >> (64 - TABLE_BITS)).unwrap_or(0);
    let way = (number << (1 + TABLE_BITS)) >> (64 - FRACTION_BITS);
    let (low, high) = (LOG_2[place], LOG_2[place + 1]);
    let log = low + scaled(high - low, way, FRACTION_BITS);
    let minus_log_2 = (u64::from(zeros + 1) << FRACTION_BITS) - log;
    scaled(minus_log_2, LN_2, FRACTION_BITS)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::scenario::{Duration, Rate, Target};
    use crate::time::SimTime;

    fn client(kind: Kind, rate: u64) -> Client {
        Client {
            name: "c".to_owned(),
            target: Target::Port {
                port: 80,
                nodes: Vec::new(),
            },
            rate: Rate(rate),
            arrivals: kind,
            from: SimTime(SECOND),
            until: SimTime(11 * SECOND),
            check_every: None,
            keep_alive: 0,
            timeout: Duration(SECOND),
            retries: 0,
            retry_after: Duration(0),
            span: crate::diagnostic::Span::default(),
        }
    }

    fn moments(kind: Kind, rate: u64) -> Vec<u64> {
        let mut arrivals = Arrivals::of(&client(kind, rate), 1);
        let mut moments = Vec::new();
        while let Some(at) = arrivals.next() {
            moments.push(at);
            arrivals.advance();
        }
        moments
    }

    #[test]
    fn constant_distances_lose_no_time() {
        assert_eq!(moments(Kind::Constant, 500).len(), 5);
        // Three a second: no multiple of a nanosecond.
        let thirds = moments(Kind::Constant, 3_000);
        assert_eq!(thirds.len(), 30);
        assert_eq!(thirds[27], 10 * SECOND);
    }

    #[test]
    fn random_distances_have_their_mean_and_are_the_same_everywhere() {
        assert_eq!(exponential(u64::MAX), 0);
        assert_eq!(exponential(1 << 63), LN_2);
        let e_minus_2 = (u64::MAX / 1_000_000_000) * 135_335_283;
        assert!(exponential(e_minus_2).abs_diff(2 << FRACTION_BITS) < 1 << 17);
        let many = moments(Kind::Poisson, 1_000_000);
        assert!(many.len().abs_diff(10_000) < 300, "{}", many.len());
        let first: Vec<u64> = many.iter().take(3).map(|at| at - SECOND).collect();
        expect!["[163811, 1905363, 2168074]"].assert_eq(&format!("{first:?}"));
    }
}
