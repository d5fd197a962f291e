//! The small collections beside those of the standard library.

use std::collections;

use proptest::prelude::*;

use super::sort::order_by;
use super::{map, set};

/// One thing to do with a map.
#[derive(Clone, Debug)]
enum Deed {
    Insert(u8, u32),
    Remove(u8),
    Count(u8),
    PopFirst,
    PopLast,
    RetainOdd,
    SplitOff(u8),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let key = 0..24_u8;
    let deed = prop_oneof![
        6 => (key.clone(), any::<u32>()).prop_map(|(key, value)| Deed::Insert(key, value)),
        2 => key.clone().prop_map(Deed::Remove),
        3 => key.clone().prop_map(Deed::Count),
        1 => Just(Deed::PopFirst),
        1 => Just(Deed::PopLast),
        1 => Just(Deed::RetainOdd),
        1 => key.prop_map(Deed::SplitOff),
    ];
    prop::collection::vec(deed, 0..60)
}

proptest! {
    #[test]
    fn a_map_does_what_the_standard_one_does(
        deeds in deeds(),
        low in 0..24_u8,
        length in 0..24_u8,
    ) {
        let mut real = collections::BTreeMap::<u8, u32>::new();
        let mut small = map::BTreeMap::<u8, u32>::new();
        for deed in deeds {
            let (real_answer, small_answer) = match deed {
                Deed::Insert(key, value) => (real.insert(key, value), small.insert(key, value)),
                Deed::Remove(key) => (real.remove(&key), small.remove(&key)),
                Deed::Count(key) => {
                    *real.entry(key).or_default() /= 2;
                    *small.entry(key).or_default() /= 2;
                    (real.get(&key).copied(), small.get(&key).copied())
                }
                Deed::PopFirst => (
                    real.pop_first().map(|(_, value)| value),
                    small.pop_first().map(|(_, value)| value),
                ),
                Deed::PopLast => (
                    real.pop_last().map(|(_, value)| value),
                    small.pop_last().map(|(_, value)| value),
                ),
                Deed::RetainOdd => {
                    real.retain(|key, value| key % 2 == 1 || *value > 9);
                    small.retain(|key, value| key % 2 == 1 || *value > 9);
                    (None, None)
                }
                Deed::SplitOff(key) => {
                    let (real_rest, small_rest) = (real.split_off(&key), small.split_off(&key));
                    prop_assert!(real_rest.iter().eq(small_rest.iter()));
                    (None, None)
                }
            };
            prop_assert_eq!(real_answer, small_answer);
            prop_assert!(real.iter().eq(small.iter()));
            prop_assert!(real.iter().rev().eq(small.iter().rev()));
        }
        prop_assert_eq!(format!("{real:?}"), format!("{small:?}"));
        let high = low + length;
        prop_assert!(real.range(low..high).eq(small.range(low..high)));
        prop_assert!(real.range(low..=high).eq(small.range(low..=high)));
        prop_assert!(real.range(..high).eq(small.range(..high)));
        prop_assert!(real.range(low..).rev().eq(small.range(low..).rev()));
        prop_assert_eq!(real.first_key_value(), small.first_key_value());
        prop_assert_eq!(real.last_key_value(), small.last_key_value());
        let texts = (serde_json::to_string(&real), serde_json::to_string(&small));
        let (real_text, small_text) = (texts.0.expect("numbers"), texts.1.expect("numbers"));
        prop_assert_eq!(&real_text, &small_text);
        let read: map::BTreeMap<u8, u32> = serde_json::from_str(&real_text).expect("a map");
        prop_assert_eq!(read, small);
    }

    #[test]
    fn a_set_does_what_the_standard_one_does(
        one in prop::collection::vec(0..24_u8, 0..30),
        other in prop::collection::vec(0..24_u8, 0..30),
    ) {
        let real: collections::BTreeSet<u8> = one.iter().copied().collect();
        let small: set::BTreeSet<u8> = one.iter().copied().collect();
        let real_other: collections::BTreeSet<u8> = other.iter().copied().collect();
        let small_other: set::BTreeSet<u8> = other.iter().copied().collect();
        prop_assert!(real.iter().eq(small.iter()));
        prop_assert!(real.difference(&real_other).eq(small.difference(&small_other)));
        prop_assert!(real.intersection(&real_other).eq(small.intersection(&small_other)));
        prop_assert_eq!(real.is_subset(&real_other), small.is_subset(&small_other));
        prop_assert_eq!(real.is_disjoint(&real_other), small.is_disjoint(&small_other));
        prop_assert_eq!(format!("{real:?}"), format!("{small:?}"));
        prop_assert_eq!(real.cmp(&real_other), small.cmp(&small_other));
    }

    #[test]
    fn one_sort_for_all_is_stable(list in prop::collection::vec((0..8_u8, any::<u16>()), 0..70)) {
        let (mut real, mut small) = (list.clone(), list);
        real.sort_by_key(|&(key, _)| key);
        order_by(&mut small, |a, b| a.0.cmp(&b.0));
        prop_assert_eq!(real, small);
    }
}
