//! How the people of a workload behave: how fast they write, how long they think, how long they wait.
//! Each consumer draws a speed once, and the time for thinking anew before each act.

use std::time::Duration;

use crate::{runner::pace::Hesitation, swarm::workload::plan::mixed};

/// Letters of a word, by which speeds of writing are told.
const LETTERS_OF_WORD: f64 = 5.0;

/// A speed of writing, and how much people differ in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TypingSpeed {
    /// The mean of all people, in words a minute.
    pub words_per_minute: f64,
    /// The standard deviation as a share of the mean.
    pub spread: f64,
}

/// What the workload says of its people; without a word they act at once and wait for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct People {
    /// How fast they write.
    pub typing: Option<TypingSpeed>,
    /// How long they think between what they read and what they write, at least and at most.
    pub thinks: Option<(Duration, Duration)>,
    /// After how long without an answer they leave.
    pub gives_up: Option<Duration>,
}

impl People {
    /// How they behave, a line for each thing that is said.
    pub fn words(&self) -> Vec<String> {
        let typing = self.typing.map(|speed| {
            let (mean, spread) = (speed.words_per_minute, speed.spread * 100.0);
            format!("write {mean} words a minute ± {spread} %")
        });
        let thinks = self.thinks.map(|(least, most)| {
            let (least, most) = (least.as_secs_f64(), most.as_secs_f64());
            format!("think {least} s to {most} s")
        });
        let gives_up = self.gives_up.map(|span| {
            let seconds = span.as_secs_f64();
            format!("leave after {seconds} s without an answer")
        });
        [typing, thinks, gives_up].into_iter().flatten().collect()
    }

    /// The mean time before an act that writes so many letters.
    pub fn mean_before(&self, letters: usize) -> Duration {
        let thinks = self
            .thinks
            .map_or(Duration::ZERO, |(least, most)| (least + most) / 2);
        // The mean of the reciprocal of a log-normal value is larger by its variance.
        let writes = self.typing.map_or(Duration::ZERO, |speed| {
            written(letters, speed.words_per_minute).mul_f64(1.0 + speed.spread * speed.spread)
        });
        thinks + writes
    }
}

/// One of the people.
#[derive(Debug, Clone)]
pub struct Person {
    people: People,
    words_per_minute: f64,
    rng: fastrand::Rng,
}

impl Person {
    /// The person who comes with an arrival, the same for the same seed.
    pub fn new(people: People, seed: u64, arrival: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(mixed(seed ^ 0x7065_6f70_6c65, arrival));
        let words_per_minute = people.typing.map_or(0.0, |speed| {
            let spread = (1.0 + speed.spread * speed.spread).ln();
            let mean = speed.words_per_minute.ln() - spread / 2.0;
            // Nobody writes a hundred times as fast or slow as others.
            (mean + spread.sqrt() * normal(&mut rng))
                .exp()
                .clamp(speed.words_per_minute / 10.0, speed.words_per_minute * 10.0)
        });
        Self {
            people,
            words_per_minute,
            rng,
        }
    }

    /// How long the person takes before the next act, which writes so many letters.
    pub fn hesitates(&mut self, letters: usize) -> Hesitation {
        let thinks = self.people.thinks.map_or(Duration::ZERO, |(least, most)| {
            least + most.saturating_sub(least).mul_f64(self.rng.f64())
        });
        let writes = match self.people.typing {
            Some(_) => written(letters, self.words_per_minute),
            None => Duration::ZERO,
        };
        Hesitation { thinks, writes }
    }
}

fn written(letters: usize, words_per_minute: f64) -> Duration {
    let letters = f64::from(u32::try_from(letters).unwrap_or(u32::MAX));
    Duration::try_from_secs_f64(letters / LETTERS_OF_WORD / words_per_minute * 60.0)
        .unwrap_or(Duration::ZERO)
}

/// A number of the standard normal distribution (Box and Muller).
fn normal(rng: &mut fastrand::Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.f64()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEOPLE: People = People {
        typing: Some(TypingSpeed {
            words_per_minute: 45.0,
            spread: 0.4,
        }),
        thinks: Some((Duration::from_secs(2), Duration::from_secs(9))),
        gives_up: None,
    };

    #[test]
    fn people_differ_as_much_as_the_workload_says() {
        let speeds: Vec<f64> = (0..10_000)
            .map(|arrival| Person::new(PEOPLE, 7, arrival).words_per_minute)
            .collect();
        let mean = speeds.iter().sum::<f64>() / 10_000.0;
        let variance = speeds.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 10_000.0;
        assert!((mean - 45.0).abs() < 1.0, "{mean}");
        assert!((variance.sqrt() / mean - 0.4).abs() < 0.03, "{variance}");
    }

    #[test]
    fn a_person_is_the_same_again_and_writes_longer_texts_for_longer() {
        let mut ada = Person::new(PEOPLE, 7, 3);
        let first = ada.hesitates(100);
        assert_eq!(Person::new(PEOPLE, 7, 3).hesitates(100), first);
        assert!((2..=9).contains(&first.thinks.as_secs()));
        assert!(ada.hesitates(200).writes > first.writes);
        let mut fast = Person::new(People::default(), 7, 3);
        assert_eq!(fast.hesitates(100), Hesitation::default());
    }

    #[test]
    fn the_mean_is_the_mean_of_the_people() {
        let sum: Duration = (0..10_000)
            .map(|arrival| Person::new(PEOPLE, 1, arrival).hesitates(60))
            .map(|one| one.thinks + one.writes)
            .sum();
        let (mean, told) = (
            (sum / 10_000).as_secs_f64(),
            PEOPLE.mean_before(60).as_secs_f64(),
        );
        assert!((mean - told).abs() < 0.05 * told, "{mean} and {told}");
    }
}
