//! What is shown of a replicated service while a terminal waits for it.
//!
//! Upstream: docker/cli `cli/command/service/progress/progress.go`, `replicatedProgressUpdater`.
//! It walks over a Go map where slots appear for the first time; here they come in their order.

use super::{
    BAR_COUNT_MAX, is_known, is_node_up, lowest, runs, service_key, service_row, up_to_date_tasks,
};
use crate::docker::print::{Message, Screen};
use crate::kernel::Kernel;
use crate::model::{Service, ServiceMode, TaskState};

/// What is known of a replicated service since the wait began.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplicatedProgress {
    /// The slots, in order of their first appearance: the order of the rows.
    slots: Vec<u64>,
    has_begun: bool,
    /// All ran when they were last looked at; nothing is told while that goes on.
    is_done: bool,
}

impl ReplicatedProgress {
    /// Looks at the service once more, and says whether all its tasks run.
    pub(super) fn update(
        &mut self,
        kernel: &Kernel,
        service: &Service,
        screen: &mut Screen,
        rolling_back: bool,
    ) -> bool {
        let wanted = match service.spec.mode {
            ServiceMode::Replicated { replicas } => replicas,
            _ => 0,
        };
        if !self.has_begun {
            self.has_begun = true;
            screen.show(Message::overall(0, wanted, rolling_back));
            if wanted <= BAR_COUNT_MAX {
                for number in 1..=wanted {
                    screen.show(Message::empty_row(&format!("{number}/{wanted}")));
                }
            }
        }
        let tasks = up_to_date_tasks(kernel, service).filter(|task| {
            is_known(task.status.state) && is_known(task.desired_state) && is_node_up(kernel, task)
        });
        let chosen = lowest(tasks, |task| task.slot, service_key);
        self.is_done &= chosen
            .values()
            .all(|task| task.status.state == TaskState::Running);
        for (slot, task) in &chosen {
            let known = self.slots.iter().position(|known| known == slot);
            let row = known.unwrap_or_else(|| {
                self.slots.push(*slot);
                self.slots.len() - 1
            }) as u64;
            if self.is_done || wanted > BAR_COUNT_MAX || row >= wanted {
                continue;
            }
            let label = format!("{}/{wanted}", row + 1);
            if let Some(message) = service_row(&label, task) {
                screen.show(message);
            }
        }
        let running = chosen.values().filter(|task| runs(task)).count() as u64;
        if !self.is_done {
            screen.show(Message::overall(running, wanted, rolling_back));
            self.is_done = running == wanted;
        }
        running == wanted
    }
}
