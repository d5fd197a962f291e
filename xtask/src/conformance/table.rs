//! The table: a row a kind, four columns, and below it what disagrees.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::known::Rule;

/// So many disagreements of a row are listed; of the rest only the number is told.
pub const LISTED_MAX: usize = 20;

/// What became of one vector or recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The model does what the real one did.
    Agree,
    /// It does something else, as it is meant to.
    Known(&'static Rule),
    /// It lacks what the vector is about.
    NotYet(&'static str),
    /// It does something else, and should not.
    Disagree(Vec<Difference>),
}

impl Verdict {
    /// The verdict that follows from a list of differences.
    pub fn of(differences: Vec<Difference>) -> Self {
        if differences.is_empty() {
            Self::Agree
        } else {
            Self::Disagree(differences)
        }
    }
}

/// One thing that is not as it was with the real one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was compared.
    pub what: String,
    /// What the real one did.
    pub expected: String,
    /// What the model did.
    pub actual: String,
}

impl Difference {
    /// A difference between two values, if they differ.
    pub fn between<T: PartialEq + std::fmt::Debug + ?Sized>(
        what: impl Into<String>,
        expected: &T,
        actual: &T,
    ) -> Option<Self> {
        (expected != actual).then(|| Self {
            what: what.into(),
            expected: format!("{expected:?}"),
            actual: format!("{actual:?}"),
        })
    }
}

/// The counts of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Lines that agree.
    pub agree: usize,
    /// Lines that differ by a rule, by its title.
    pub known: BTreeMap<&'static str, usize>,
    /// Lines that cannot be played, by what is missing.
    pub not_yet: BTreeMap<&'static str, usize>,
    /// Lines that disagree, by name.
    pub disagree: Vec<(String, Vec<Difference>)>,
}

impl Row {
    fn take(&mut self, name: &str, verdict: Verdict) {
        match verdict {
            Verdict::Agree => self.agree += 1,
            Verdict::Known(rule) => *self.known.entry(rule.title).or_default() += 1,
            Verdict::NotYet(missing) => *self.not_yet.entry(missing).or_default() += 1,
            Verdict::Disagree(differences) => self.disagree.push((name.to_owned(), differences)),
        }
    }

    fn cells(&self) -> [usize; 4] {
        [
            self.agree,
            self.known.values().sum(),
            self.not_yet.values().sum(),
            self.disagree.len(),
        ]
    }
}

/// Everything that was compared.
#[derive(Clone, Debug, Default)]
pub struct Report {
    only: Option<String>,
    rows: Vec<(String, Row)>,
}

impl Report {
    /// An empty report that takes rows of one name, or of one name before the slash.
    pub fn new(only: Option<&str>) -> Self {
        Self {
            only: only.map(str::to_owned),
            rows: Vec::new(),
        }
    }

    /// Whether a row is asked for.
    fn wants(&self, row: &str) -> bool {
        self.only
            .as_deref()
            .is_none_or(|only| row == only || row.split('/').next() == Some(only))
    }

    /// Judges one line.
    pub fn judge(&mut self, row: &str, name: &str, verdict: impl FnOnce() -> Verdict) {
        if self.wants(row) {
            self.row(row).take(name, verdict());
        }
    }

    /// Judges many lines on all cores. The order of the report is that of the lines.
    pub fn judge_all<T: Sync>(
        &mut self,
        lines: &[T],
        place: impl Fn(&T) -> (String, &str),
        verdict: impl Fn(&T) -> Verdict + Sync,
    ) {
        let wanted: Vec<&T> = lines
            .iter()
            .filter(|line| self.wants(&place(line).0))
            .collect();
        let verdicts = in_parallel(&wanted, |line| verdict(line));
        for (line, verdict) in wanted.into_iter().zip(verdicts) {
            let (row, name) = place(line);
            self.row(&row).take(name, verdict);
        }
    }

    fn row(&mut self, name: &str) -> &mut Row {
        let index = self.rows.iter().position(|(row, _)| row == name);
        let index = index.unwrap_or_else(|| {
            self.rows.push((name.to_owned(), Row::default()));
            self.rows.len() - 1
        });
        &mut self.rows[index].1
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &Row)> {
        self.rows.iter().map(|(name, row)| (name.as_str(), row))
    }

    /// The sum of all rows whose name is `name`, or begins with it and a slash.
    pub fn total(&self, name: &str) -> [usize; 4] {
        let rows = self
            .rows()
            .filter(|(row, _)| *row == name || row.split('/').next() == Some(name));
        sum(rows.map(|(_, row)| row.cells()))
    }

    /// The sum of all rows: agree, known difference, not yet, disagree.
    pub fn sum(&self) -> [usize; 4] {
        sum(self.rows().map(|(_, row)| row.cells()))
    }

    /// How many lines disagree.
    pub fn disagreements(&self) -> usize {
        self.rows().map(|(_, row)| row.disagree.len()).sum()
    }

    /// How many lines cannot be played.
    pub fn not_yet(&self) -> usize {
        self.rows()
            .map(|(_, row)| row.not_yet.values().sum::<usize>())
            .sum()
    }

    /// The table in Markdown.
    pub fn table(&self) -> String {
        let name_width = self.rows.iter().map(|(name, _)| name.len()).max();
        let name_width = name_width.unwrap_or(0).max("all".len());
        let mut text = String::new();
        let mut line = |name: &str, cells: [String; 4]| {
            let [agree, known, not_yet, disagree] = cells;
            let _ = writeln!(
                text,
                "| {name:<name_width$} | {agree:>6} | {known:>16} | {not_yet:>7} | {disagree:>8} |"
            );
        };
        let titles = ["agree", "known difference", "not yet", "disagree"];
        line("kind", titles.map(str::to_owned));
        line(
            &"-".repeat(name_width),
            [6, 16, 7, 8].map(|width| format!("{}:", "-".repeat(width - 1))),
        );
        for (name, row) in self.rows() {
            line(name, row.cells().map(|count| count.to_string()));
        }
        line("all", self.sum().map(|count| count.to_string()));
        text
    }

    /// What is missing, with the number of lines that wait for it.
    pub fn missing(&self) -> BTreeMap<&'static str, usize> {
        let mut missing = BTreeMap::new();
        for (_, row) in self.rows() {
            for (&what, count) in &row.not_yet {
                *missing.entry(what).or_default() += count;
            }
        }
        missing
    }

    /// How often each rule of a known difference applied.
    pub fn known(&self) -> BTreeMap<&'static str, usize> {
        let mut known = BTreeMap::new();
        for (_, row) in self.rows() {
            for (&title, count) in &row.known {
                *known.entry(title).or_default() += count;
            }
        }
        known
    }

    /// The list of what disagrees.
    pub fn disagreement_list(&self) -> String {
        let mut text = String::new();
        for (name, row) in self.rows() {
            for (line, differences) in row.disagree.iter().take(LISTED_MAX) {
                let _ = writeln!(text, "{name} {line}");
                for difference in differences {
                    let Difference {
                        what,
                        expected,
                        actual,
                    } = difference;
                    let _ = writeln!(text, "  {what}\n    expected {expected}");
                    let _ = writeln!(text, "    actual   {actual}");
                }
            }
            if row.disagree.len() > LISTED_MAX {
                let more = row.disagree.len() - LISTED_MAX;
                let _ = writeln!(text, "{name}: and {more} more");
            }
        }
        text
    }
}

fn sum(rows: impl Iterator<Item = [usize; 4]>) -> [usize; 4] {
    rows.fold([0; 4], |mut sum, cells| {
        for (sum, cell) in sum.iter_mut().zip(cells) {
            *sum += cell;
        }
        sum
    })
}

/// Applies `work` to every item, on as many threads as there are cores.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    // Items dealt out one by one: neighbours in a file take about the same time.
    let dealt = std::thread::scope(|scope| {
        let work = &work;
        let handles: Vec<_> = (0..threads)
            .map(|first| {
                scope.spawn(move || {
                    let share = items.iter().skip(first).step_by(threads);
                    share.map(work).collect::<Vec<R>>()
                })
            })
            .collect();
        let join = |handle: std::thread::ScopedJoinHandle<'_, Vec<R>>| match handle.join() {
            Ok(results) => results.into_iter(),
            Err(panic) => std::panic::resume_unwind(panic),
        };
        handles.into_iter().map(join).collect::<Vec<_>>()
    });
    let mut dealt = dealt;
    (0..items.len())
        .filter_map(|index| dealt[index % threads].next())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<usize> = (0..101).collect();
        assert_eq!(in_parallel(&items, |&item| item * 2), {
            items.iter().map(|item| item * 2).collect::<Vec<_>>()
        });
    }

    #[test]
    fn only_takes_a_whole_name_or_the_part_before_the_slash() {
        let mut report = Report::new(Some("placement"));
        for row in ["placement-exact", "placement/basic", "placement/big"] {
            report.judge(row, "x", || Verdict::Agree);
        }
        let rows: Vec<&str> = report.rows().map(|(name, _)| name).collect();
        assert_eq!(rows, ["placement/basic", "placement/big"]);
        assert_eq!(report.total("placement"), [2, 0, 0, 0]);
    }

    #[test]
    fn long_lists_of_disagreements_are_cut() {
        let mut report = Report::new(None);
        for index in 0..LISTED_MAX + 3 {
            let difference = Difference::between("count", &1, &2).into_iter().collect();
            report.judge("row", &index.to_string(), || Verdict::of(difference));
        }
        assert!(
            report
                .disagreement_list()
                .ends_with("actual   2\nrow: and 3 more\n")
        );
        assert_eq!(report.disagreements(), LISTED_MAX + 3);
    }
}
