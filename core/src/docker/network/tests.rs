//! Lines of `docker network`, read.

use super::NetworkCommand;
use crate::docker::{Command, parse_line};
use crate::model::{IpamConfig, NetworkSpec};

fn spec(line: &str) -> NetworkSpec {
    match parse_line(line) {
        Ok(Command::Network(NetworkCommand::Create(create))) => create.spec,
        other => panic!("{line}: {other:?}"),
    }
}

fn refusal(line: &str) -> String {
    parse_line(line).expect_err(line).stderr
}

#[test]
fn what_belongs_to_a_subnet_is_found_by_its_addresses() {
    let spec = spec(
        "docker network create -d overlay --subnet 10.5.0.0/16 --subnet 10.6.0.0/16 \
         --gateway 10.6.0.254 --ip-range 10.5.1.0/24 --opt encrypted --label a=b --internal n",
    );
    let config = |subnet: &str, range: &str, gateway: &str| IpamConfig {
        subnet: subnet.to_owned(),
        range: range.to_owned(),
        gateway: gateway.to_owned(),
    };
    assert_eq!(
        spec.ipam,
        [
            config("10.5.0.0/16", "10.5.1.0/24", ""),
            config("10.6.0.0/16", "", "10.6.0.254"),
        ]
    );
    assert_eq!(spec.driver_options["encrypted"], "");
    assert_eq!(spec.annotations.labels["a"], "b");
    assert!(spec.internal && !spec.attachable);
}

#[test]
fn ranges_that_fit_nowhere_are_refused() {
    let create = "docker network create -d overlay";
    for (flags, text) in [
        (
            "--gateway 10.0.0.1 n",
            "every ip-range or gateway must have a corresponding subnet\n",
        ),
        (
            "--subnet 10.5.0.0/16 --subnet 10.5.1.0/24 n",
            "multiple overlapping subnet configuration is not supported\n",
        ),
        (
            "--subnet 10.5.0.0/16 --gateway 10.6.0.1 n",
            "no matching subnet for gateway 10.6.0.1\n",
        ),
        ("--ipv6 n", "--ipv6 is not simulated yet\n"),
    ] {
        assert_eq!(refusal(&format!("{create} {flags}")), text);
    }
    let wrong = IpamConfig {
        subnet: "10.5.0.1/16".to_owned(),
        range: "10.7.0.0/24".to_owned(),
        gateway: "10.9.0.1".to_owned(),
    };
    assert_eq!(
        super::check_ranges(&[wrong]).unwrap_err(),
        "invalid network config:\n\
         * invalid subnet 10.5.0.1/16: it should be 10.5.0.0/16\n\
         * invalid ip-range 10.7.0.0/24: parent subnet 10.5.0.1/16 doesn't contain ip-range\n\
         * invalid gateway 10.9.0.1: parent subnet 10.5.0.1/16 doesn't contain this address"
    );
}
