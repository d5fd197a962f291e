//! Texts of values in, values or reasons out. What docker refuses is compared with the real
//! client's words in the tests of the whole language; here is what the accepted ones mean.

use expect_test::{Expect, expect};

use super::{Value, read};
use crate::docker::flags::{Item, Kind, ReferenceKind};

fn check(kind: Kind, texts: &[&str], expect: &Expect) {
    let lines: Vec<String> = texts
        .iter()
        .map(|text| match read(kind, text) {
            Ok(Value::Ports(ports)) => {
                let ports: Vec<String> = ports
                    .iter()
                    .map(|port| {
                        format!(
                            "{}:{}/{} {}",
                            port.published_port, port.target_port, port.protocol, port.publish_mode
                        )
                    })
                    .collect();
                format!("{text}: {}\n", ports.join(", "))
            }
            Ok(value) => format!("{text}: {value:?}\n"),
            Err(reason) => format!("{text}: refused: {reason}\n"),
        })
        .collect();
    expect.assert_eq(&lines.concat());
}

#[test]
fn amounts() {
    check(
        Kind::Cpu,
        &[
            "1",
            ".5",
            "1.25",
            "1/8",
            "1e-3",
            "-1",
            "0.0000000001",
            "9e99",
            "1/",
        ],
        &expect![[r"
            1: Int(1000000000)
            .5: Int(500000000)
            1.25: Int(1250000000)
            1/8: Int(125000000)
            1e-3: Int(1000000)
            -1: Int(-1000000000)
            0.0000000001: refused: value is too precise
            9e99: refused: failed to parse 9e99 as a rational number
            1/: refused: failed to parse 1/ as a rational number
        "]],
    );
    check(
        Kind::Bytes,
        &[
            "0", "1b", "1k", "1KB", "1KiB", "1.5m", "2 g", "1tb", "1p", "8e9g", "0.3",
        ],
        &expect![[r"
            0: Int(0)
            1b: Int(1)
            1k: Int(1024)
            1KB: Int(1024)
            1KiB: Int(1024)
            1.5m: Int(1572864)
            2 g: Int(2147483648)
            1tb: Int(1099511627776)
            1p: Int(1125899906842624)
            8e9g: Int(8589934592000000000)
            0.3: Int(0)
        "]],
    );
    check(
        Kind::Uint,
        &[
            "0",
            "0x1F",
            "0b11",
            "017",
            "0o17",
            "1_000",
            "18446744073709551615",
        ],
        &expect![[r"
            0: Uint(0)
            0x1F: Uint(31)
            0b11: Uint(3)
            017: Uint(15)
            0o17: Uint(15)
            1_000: Uint(1000)
            18446744073709551615: Uint(18446744073709551615)
        "]],
    );
    check(
        Kind::Int,
        &["-5", "+5", "-9223372036854775808"],
        &expect![[r"
            -5: Int(-5)
            +5: Int(5)
            -9223372036854775808: Int(-9223372036854775808)
        "]],
    );
    check(
        Kind::Ratio,
        &["0.25", "1", "1e999", "nan", "inf"],
        &expect![[r#"
            0.25: Ratio(0.25)
            1: Ratio(1.0)
            1e999: refused: strconv.ParseFloat: parsing "1e999": value out of range
            nan: refused: strconv.ParseFloat: parsing "nan": invalid syntax
            inf: refused: strconv.ParseFloat: parsing "inf": invalid syntax
        "#]],
    );
    check(
        Kind::Duration,
        &["0", "1m30s", "-0s", "1.5h"],
        &expect![[r"
            0: Nanos(0)
            1m30s: Nanos(90000000000)
            -0s: refused: duration cannot be negative
            1.5h: Nanos(5400000000000)
        "]],
    );
}

#[test]
fn ports() {
    check(
        Kind::Port,
        &[
            "80",
            "8080:80",
            "8080:80/UDP",
            "8000-8002:80-82",
            "8000-8002:80",
            "80-81",
            "target=80",
            "published=8080,target=80,protocol=udp,mode=host",
        ],
        &expect![[r"
            80: 0:80/tcp ingress
            8080:80: 8080:80/tcp ingress
            8080:80/UDP: 8080:80/udp ingress
            8000-8002:80-82: 8000:80/tcp ingress, 8001:81/tcp ingress, 8002:82/tcp ingress
            8000-8002:80: 8000:80/tcp ingress, 8001:80/tcp ingress, 8002:80/tcp ingress
            80-81: 0:80/tcp ingress, 0:81/tcp ingress
            target=80: 0:80/tcp ingress
            published=8080,target=80,protocol=udp,mode=host: 8080:80/udp host
        "]],
    );
}

#[test]
fn lists_and_structures() {
    check(
        Kind::Words,
        &["sh -c 'exit 1'", "a\\ b \"c d\"", "# nothing"],
        &expect![[r#"
            sh -c 'exit 1': Texts(["sh", "-c", "exit 1"])
            a\ b "c d": Texts(["a b", "c d"])
            # nothing: Texts([])
        "#]],
    );
    check(
        Kind::Filter,
        &[" Name =web ", "label=a=b"],
        &expect![[r#"
         Name =web : Filter(Filter { key: "name", value: "web" })
        label=a=b: Filter(Filter { key: "label", value: "a=b" })
    "#]],
    );
    check(
        Kind::Strings,
        &["a,b", "", "\"a,b\",c"],
        &expect![[r#"
        a,b: Texts(["a", "b"])
        : Texts([])
        "a,b",c: Texts(["a,b", "c"])
    "#]],
    );
    check(
        Kind::List(Item::Host),
        &["a:1.2.3.4", "a=::1", "a:[::1]"],
        &expect![[r#"
            a:1.2.3.4: Text("a:1.2.3.4")
            a=::1: Text("a:::1")
            a:[::1]: Text("a:::1")
        "#]],
    );
    check(
        Kind::Network,
        &["front", "name=front,alias=web,alias=www,driver-opt=K=v"],
        &expect![[r#"
            front: Network(NetworkAttachmentConfig { target: "front", aliases: [], driver_opts: {} })
            name=front,alias=web,alias=www,driver-opt=K=v: Network(NetworkAttachmentConfig { target: "front", aliases: ["web", "www"], driver_opts: {"k": "v"} })
        "#]],
    );
    check(
        Kind::Mount,
        &[
            "type=bind,src=/a,dst=/b,ro",
            "source=v,target=/x,volume-driver=d",
            "type=x,dst=/y",
        ],
        &expect![[r#"
            type=bind,src=/a,dst=/b,ro: Mount(Ok(Mount { kind: Bind, source: "/a", target: "/b", read_only: true, volume_driver: "", options: MountOptions { volume_labels: {}, volume_driver_opts: {}, no_copy: false, propagation: "", tmpfs_size_bytes: 0 } }))
            source=v,target=/x,volume-driver=d: Mount(Ok(Mount { kind: Volume, source: "v", target: "/x", read_only: false, volume_driver: "d", options: MountOptions { volume_labels: {}, volume_driver_opts: {}, no_copy: false, propagation: "", tmpfs_size_bytes: 0 } }))
            type=x,dst=/y: Mount(Err("invalid MountType: \"x\""))
        "#]],
    );
    check(
        Kind::Reference(ReferenceKind::Secret),
        &["key", "source=key,target=/run/k,uid=1,mode=0400"],
        &expect![[r#"
            key: Reference(FileReference { id: None, source: "key", target: "key", uid: "0", gid: "0", mode: 292 })
            source=key,target=/run/k,uid=1,mode=0400: Reference(FileReference { id: None, source: "key", target: "/run/k", uid: "1", gid: "0", mode: 256 })
        "#]],
    );
    check(
        Kind::Ulimit,
        &["nofile=10", "nofile=10:20", "nproc=-1"],
        &expect![[r#"
            nofile=10: Ulimit(Ulimit { name: "nofile", soft: 10, hard: 10 })
            nofile=10:20: Ulimit(Ulimit { name: "nofile", soft: 10, hard: 20 })
            nproc=-1: Ulimit(Ulimit { name: "nproc", soft: -1, hard: -1 })
        "#]],
    );
    check(
        Kind::Preference,
        &["spread=node.labels.zone"],
        &expect![[r#"
            spread=node.labels.zone: Preference("node.labels.zone")
        "#]],
    );
}
