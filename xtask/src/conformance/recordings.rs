//! Recordings of whole swarms. They are counted by topic until the model can play them.

use super::{Report, Source, Verdict};

const MISSING: &str = "the docker command language and more agents";

/// Counts the recordings: the topic is the letter before the first dash of the name.
pub fn run(source: &Source, report: &mut Report) -> anyhow::Result<()> {
    for name in source.recordings()? {
        let topic = name.split('-').next().unwrap_or(&name);
        let row = format!("recordings/{topic}");
        report.judge(&row, &name, || Verdict::NotYet(MISSING));
    }
    Ok(())
}
