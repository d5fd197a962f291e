//! How long requests took: counts in buckets of equal ratio, so that percentiles of any number of
//! requests take little memory. A bucket is at most a sixteenth of its value wide.

use crate::time::MICROSECOND;

/// Buckets within a power of two, as a power of two.
const DETAIL_BITS: u32 = 4;
/// About an hour; what takes longer is in the last one.
const BUCKET_COUNT: usize = 464;

/// Counts of latencies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Empty until something is counted.
    counts: Vec<u64>,
    total: u64,
}

/// The bucket of a duration.
fn bucket(latency_ns: u64) -> usize {
    let micros = latency_ns / MICROSECOND;
    let place = if micros < 1 << DETAIL_BITS {
        micros
    } else {
        let power = micros.ilog2();
        let shift = power - DETAIL_BITS;
        (u64::from(shift) << DETAIL_BITS) + (micros >> shift)
    };
    usize::try_from(place).map_or(BUCKET_COUNT - 1, |place| place.min(BUCKET_COUNT - 1))
}

/// The longest duration in a bucket, in whole microseconds.
fn upper_ns(bucket: u64) -> u64 {
    let within = (bucket & ((1 << DETAIL_BITS) - 1)) + 1;
    let micros = match (bucket >> DETAIL_BITS).checked_sub(1) {
        None => bucket,
        Some(shift) => (((1 << DETAIL_BITS) + within) << shift) - 1,
    };
    micros.saturating_mul(MICROSECOND)
}

impl Histogram {
    /// Counts a duration.
    pub fn add(&mut self, latency_ns: u64) {
        if self.counts.is_empty() {
            self.counts.resize(BUCKET_COUNT, 0);
        }
        self.counts[bucket(latency_ns)] += 1;
        self.total += 1;
    }

    /// How many have been counted.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Adds the counts of another.
    pub fn merge(&mut self, buckets: &[(u16, u64)]) {
        if buckets.is_empty() {
            return;
        }
        if self.counts.is_empty() {
            self.counts.resize(BUCKET_COUNT, 0);
        }
        for &(bucket, count) in buckets {
            if let Some(own) = self.counts.get_mut(usize::from(bucket)) {
                *own += count;
                self.total += count;
            }
        }
    }

    /// The buckets with something in them, and begins anew.
    pub fn take(&mut self) -> Vec<(u16, u64)> {
        let counts = self.counts.iter().zip(0..);
        let filled = counts.filter(|(count, _)| **count > 0);
        let buckets = filled.map(|(&count, bucket)| (bucket, count)).collect();
        self.counts.fill(0);
        self.total = 0;
        buckets
    }

    /// So many thousandths of all took no longer than this; 0 if there are none.
    pub fn permille_ns(&self, permille: u64) -> u64 {
        let rank = (self.total * permille).div_ceil(1_000).max(1);
        let mut seen = 0;
        for (&count, bucket) in self.counts.iter().zip(0..) {
            seen += count;
            if seen >= rank {
                return upper_ns(bucket);
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, MILLISECOND, SECOND};

    #[test]
    fn buckets_follow_each_other_and_are_narrow() {
        let mut last = 0;
        for micros in (0..5_000).chain((1..3_000).map(|step| step * 997_001)) {
            let place = bucket(micros * MICROSECOND);
            assert!(place >= last, "{micros}");
            last = place;
            let upper = upper_ns(place as u64) / MICROSECOND;
            assert!(
                upper >= micros && upper - micros <= micros / 16,
                "{micros} {upper}"
            );
        }
        assert_eq!(bucket(u64::MAX), BUCKET_COUNT - 1);
        assert!(bucket(HOUR) < BUCKET_COUNT);
    }

    #[test]
    fn percentiles_are_those_of_what_was_counted() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.permille_ns(500), 0);
        for _ in 0..98 {
            histogram.add(10 * MILLISECOND);
        }
        histogram.add(SECOND);
        histogram.add(2 * SECOND);
        let of = |permille| histogram.permille_ns(permille) / MILLISECOND;
        assert_eq!(
            [of(500), of(980), of(990), of(1_000)],
            [10, 10, 1_015, 2_031]
        );
        let mut sum = Histogram::default();
        sum.merge(&histogram.clone().take());
        assert_eq!(sum, histogram);
        assert_eq!(sum.total(), 100);
    }
}
