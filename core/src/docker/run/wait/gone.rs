//! `docker stack rm --detach=false`: the tasks of a stack are to end.
//!
//! Upstream: docker/cli `cli/command/stack/swarm/remove.go` waitOnTasks. The client asks without a
//! pause, and counts how often it saw any task that has ended; it goes when it has counted as many
//! as there are tasks. With thousands of questions a second that is when the first task has ended,
//! whatever the others do. (Where all tasks have gone between two questions it goes on asking for
//! ever; that is left out.)

use super::WaitStep;
use crate::ids::ServiceId;
use crate::kernel::Kernel;
use crate::model::TaskState;

/// The services of a stack, which have been removed.
#[derive(Clone, Debug)]
pub(super) struct Gone {
    pub(super) services: Vec<ServiceId>,
}

impl Gone {
    pub(super) fn poll(&self, kernel: &Kernel) -> WaitStep {
        let tasks = || {
            let services = self.services.iter();
            services.flat_map(|&service| kernel.store.tasks_of_service(service))
        };
        let has_ended = tasks().any(|task| task.status.state > TaskState::Running);
        if has_ended || tasks().next().is_none() {
            WaitStep::Done
        } else {
            WaitStep::Again(None)
        }
    }
}
