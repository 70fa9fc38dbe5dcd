//! Rounds in which every contender takes a turn. Each round reverses the order, so that the position gives no contender an
//! advantage.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::Outcome;

/// The measurements of each contender, by name, in nanoseconds and in the order of the rounds.
pub(crate) type Times = BTreeMap<String, BTreeMap<&'static str, Vec<u64>>>;

/// Calls `turn` with the contender and a text unique to the turn.
pub(crate) fn hold<C>(
    contenders: &BTreeMap<String, C>,
    rounds: u32,
    mut turn: impl FnMut(&C, &str) -> Outcome<Vec<(&'static str, Duration)>>,
) -> Outcome<Times> {
    let mut times = Times::new();
    for round in 0..rounds {
        let mut order: Vec<_> = contenders.iter().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for (name, contender) in order {
            for (what, time) in turn(contender, &format!("{round}-{name}"))? {
                let list = times.entry(name.clone()).or_default().entry(what).or_default();
                list.push(u64::try_from(time.as_nanos())?);
            }
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_contender_has_one_turn_a_round_and_is_first_in_every_second() {
        let contenders = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
        let mut order = Vec::new();
        let times = hold(&contenders, 3, |contender, _| {
            order.push(*contender);
            Ok(vec![("x", Duration::from_nanos(*contender))])
        });
        assert_eq!(order, [1, 2, 2, 1, 1, 2]);
        assert_eq!(times.unwrap()["b"]["x"], [2, 2, 2]);
    }
}
