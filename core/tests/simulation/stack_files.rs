//! The kinds of stack files that people have.

macro_rules! stack_files {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../data/stacks/", $name)))),*]
    };
}

/// Their names and what they hold.
pub(crate) const STACK_FILES: &[(&str, &str)] = &stack_files!(
    "airflow.yml",
    "elk.yml",
    "gitea.yml",
    "gitlab.yml",
    "gpu.yml",
    "jobs.yml",
    "kafka.yml",
    "matomo.yml",
    "minio.yml",
    "monitoring.yml",
    "nextcloud.yml",
    "portainer.yml",
    "rabbitmq.yml",
    "registry.yml",
    "sentinel.yml",
    "traefik.yml",
    "visualizer.yml",
    "voting-app.yml",
    "wordpress.yml",
);
