//! What is shown of a global service while a terminal waits for it.
//!
//! Upstream: docker/cli `cli/command/service/progress/progress.go`, `globalProgressUpdater`. The
//! client does not know on which nodes the service may run: it waits for as many tasks as there
//! are nodes with a task that is up to date.

use super::{
    BAR_COUNT_MAX, is_known, is_node_up, lowest, runs, service_key, service_row, up_to_date_tasks,
};
use crate::docker::print::{Message, Screen, short_id};
use crate::kernel::Kernel;
use crate::model::{Service, TaskState};

/// What is known of a global service since the wait began.
#[derive(Clone, Debug, Default)]
pub(super) struct GlobalProgress {
    has_begun: bool,
    /// All ran when they were last looked at; nothing is told while that goes on.
    is_done: bool,
}

impl GlobalProgress {
    /// Looks at the service once more, and says whether all its tasks run.
    pub(super) fn update(
        &mut self,
        kernel: &Kernel,
        service: &Service,
        screen: &mut Screen,
        rolling_back: bool,
    ) -> bool {
        let tasks = up_to_date_tasks(kernel, service)
            .filter(|task| is_known(task.status.state) && is_known(task.desired_state));
        let chosen = lowest(tasks, |task| task.node_id, service_key);
        let wanted = chosen.len() as u64;
        if !self.has_begun {
            if wanted == 0 {
                screen.show(Message::waiting_for_tasks());
                return false;
            }
            self.has_begun = true;
            screen.show(Message::overall(0, wanted, rolling_back));
        }
        self.is_done &= chosen
            .values()
            .all(|task| task.status.state == TaskState::Running);
        let mut running = 0;
        for (node, task) in &chosen {
            // A task without a node is on no node that is up.
            let Some(node) = node.filter(|_| is_node_up(kernel, task)) else {
                continue;
            };
            running += u64::from(runs(task));
            if self.is_done || wanted > BAR_COUNT_MAX {
                continue;
            }
            let id = kernel.ids.text(node);
            if let Some(message) = service_row(short_id(&id), task) {
                screen.show(message);
            }
        }
        if !self.is_done {
            screen.show(Message::overall(running, wanted, rolling_back));
            self.is_done = running == wanted;
        }
        running == wanted
    }
}
