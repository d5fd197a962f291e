//! The same as `play.cjs` without WebAssembly.

use swarmlab_core::diagnostic::Diagnostics;
use swarmlab_core::report::timeline;
use swarmlab_core::scenario::Scenario;
use swarmlab_core::simulation::{Options, Simulation};

use super::Played;

pub(super) fn play(text: &str) -> Played {
    let played = || -> Result<Played, Diagnostics> {
        let (scenario, _) = Scenario::parse(text)?;
        let mut simulation = Simulation::new(&scenario, Options::default())?;
        simulation.run_to_end();
        let store = &simulation.swarm().kernel.store;
        let lines = timeline::lines(simulation.records(), store, &scenario);
        Ok(Played::Ended {
            fingerprint: simulation.fingerprint().to_string(),
            timeline: timeline::text(&lines),
        })
    };
    let refuse = |why: Diagnostics| Played::Refused(why.render(text, "scenario", false));
    played().unwrap_or_else(refuse)
}
