//! Randomness: one ChaCha stream for every purpose, all from one seed.
//!
//! A stream is named by its purpose, so one more draw in one place changes nothing elsewhere.
//! The drawing itself (bounded integers, shuffles) is written here and not taken from `rand`,
//! whose samplers may change their results between releases.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A stream of random numbers for one purpose.
#[derive(Clone, Debug)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// The stream for `purpose` in the run with this seed.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut key = blake3::Hasher::new();
        key.update(b"swarmlab stream v1");
        key.update(&seed.to_le_bytes());
        key.update(purpose.as_bytes());
        Self {
            generator: ChaCha8Rng::from_seed(*key.finalize().as_bytes()),
        }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number below `bound`, every one equally likely; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Lemire's method: the multiplication picks the bucket, the loop removes the bias.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            #[expect(clippy::cast_possible_truncation, reason = "the low half is wanted")]
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// Puts the items in a random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for upper in (1..items.len()).rev() {
            let pick = self.below(upper as u64 + 1);
            items.swap(
                upper,
                usize::try_from(pick).expect("an index below the length"),
            );
        }
    }

    /// The 128 bits number `index` of this stream, without moving it: random access.
    pub fn block_at(&self, index: u32) -> u128 {
        let mut generator = self.generator.clone();
        generator.set_word_pos(u128::from(index) * 4);
        (u128::from(generator.next_u64()) << 64) | u128::from(generator.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_fixed_for_ever() {
        // Golden numbers: every seed that anyone has shared depends on them.
        let mut stream = Stream::new(42, "ties");
        let drawn: Vec<u64> = (0..4).map(|_| stream.below(1000)).collect();
        assert_eq!(drawn, GOLDEN);
        let mut other = Stream::new(42, "latency");
        assert_ne!(stream.next_u64(), other.next_u64());
    }

    const GOLDEN: [u64; 4] = [677, 947, 687, 740];

    #[test]
    fn blocks_are_those_of_the_stream() {
        let stream = Stream::new(7, "ids");
        let mut walked = stream.clone();
        for index in 0..5 {
            let block = (u128::from(walked.next_u64()) << 64) | u128::from(walked.next_u64());
            assert_eq!(stream.block_at(index), block);
        }
    }

    #[test]
    fn shuffles_keep_every_item() {
        let mut items: Vec<u32> = (0..50).collect();
        Stream::new(1, "test").shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
