//! `swarmlab plan`: what a stack file would do to a cluster.

use crate::run;

/// A cluster with a stack on it.
const DEPLOYED: &str = "\
cluster: {managers: 1, workers: 2}
files:
  old.yml: |
    services:
      web: {image: 'shop/web:1', deploy: {replicas: 2}}
      old: {image: shop/old}
steps:
- {at: 1s, run: docker stack deploy --detach -c old.yml shop}
- {at: 60s, run: docker service rm shop_web}
";

/// Writes files into a directory of their own.
pub(crate) fn directory(name: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
    let directory = std::env::temp_dir().join(format!("swarmlab-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    for (name, text) in files {
        std::fs::write(directory.join(name), text).expect("a file");
    }
    directory
}

#[test]
fn a_plan_says_what_a_stack_file_would_do() {
    let stack = "\
services:
  web:
    image: shop/web:${TAG:-2}
    env_file: web.env
    deploy: {replicas: 2, resources: {reservations: {memory: 5G}}}
  db: {image: 'postgres:16', volumes: ['data:/data'], deploy: {replicas: 2}}
volumes: {data: {}}
";
    let directory = directory(
        "plan",
        &[
            ("shop.yml", stack),
            ("web.env", "A=1\n"),
            ("cluster.yaml", DEPLOYED),
        ],
    );
    let path = |name: &str| directory.join(name).to_string_lossy().into_owned();
    let (shop, cluster) = (path("shop.yml"), path("cluster.yaml"));
    let against = [
        "plan",
        &shop,
        "--against",
        &cluster,
        "--at",
        "30s",
        "--prune",
    ];
    let (stdout, stderr, code) = run(&against, "");
    assert_eq!(stderr, "");
    assert_eq!(code, Some(0), "{stdout}");
    for part in [
        "  = network shop_default\n",
        "  + service shop_db\n",
        "  - service shop_old  (with 1 task)\n",
        "  ~ service shop_web  (2 of 2 tasks are replaced)\n",
        "    * TaskTemplate.ContainerSpec.Image: shop/web:1 → shop/web:2\n",
        "    * TaskTemplate.ContainerSpec.Env: nothing → [\"A=1\"]\n",
        "1 to create, 1 to change, 1 to remove.\n",
        "the volume shop_data at /data belongs to one node, and 3 nodes may run the task",
        "is the only manager",
    ] {
        assert!(stdout.contains(part), "{part}\n{stdout}");
    }
    let detailed = [&against[..], &["--detailed-exitcode"]].concat();
    assert_eq!(run(&detailed, "").2, Some(2));
    let json = [&against[..], &["--format", "json"]].concat();
    let plan: serde_json::Value = serde_json::from_str(&run(&json, "").0).expect("JSON");
    assert_eq!(plan["schema_version"], 1);
    assert_eq!(plan["changes"][1]["action"], "create");
    // Two nodes are too few for two tasks of 5 GiB and whatever else there is.
    let (stdout, _, code) = run(&["plan", &shop, "--nodes", "1+0"], "");
    assert_eq!(code, Some(1), "{stdout}");
    assert!(
        stdout.contains("shop_web.2: no suitable node (insufficient resources on 1 node)"),
        "{stdout}"
    );
    std::fs::write(
        directory.join("bad.yml"),
        "services: {a: {image: x, foo: 1}}",
    )
    .expect("a file");
    let (stdout, _, code) = run(&["plan", &path("bad.yml")], "");
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains("services.a Additional property foo is not allowed"),
        "{stdout}"
    );
    std::fs::remove_dir_all(&directory).expect("it is there");
}
