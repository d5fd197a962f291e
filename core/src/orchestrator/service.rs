//! What all orchestrators know about services (`manager/orchestrator/service.go`).

use crate::ids::{ServiceId, TaskId};
use crate::kernel::Kernel;
use crate::model::TaskState;

/// A service is gone: nobody wants its tasks any more (`SetServiceTasksRemove`).
pub fn remove_tasks_of_service(kernel: &mut Kernel, service: ServiceId) {
    let tasks = kernel.store.tasks_of_service(service);
    let tasks: Vec<TaskId> = tasks.map(|task| task.id).collect();
    let mut batch = kernel.store.batch(kernel.now);
    for id in tasks {
        batch.update(|tx| {
            let is_wanted = tx
                .store()
                .task(id)
                .is_some_and(|task| task.desired_state < TaskState::Remove);
            if is_wanted {
                tx.update_task(id, |task| task.desired_state = TaskState::Remove);
            }
        });
    }
    batch.commit();
}
