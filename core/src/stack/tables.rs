//! The keys of stack files (docker/cli `cli/compose/schema/data/config_schema_v3.*.json`). The
//! number before a key is the version from which on it exists: 3.this.

use super::schema::Repeats::{Allowed, Refused};
use super::schema::Schema::{self, Any, Duration, Either, Is, List, OneOf, Port, Size};
use super::schema::{Key, Map, Others, Type};

const TEXT: Schema = Is(&[Type::Text]);
const NUMBER: Schema = Is(&[Type::Number]);
const INTEGER: Schema = Is(&[Type::Integer]);
const BOOL: Schema = Is(&[Type::Bool]);
const TEXTS: Schema = List(&TEXT, Allowed);
/// A list in which nothing is twice.
const SET: Schema = List(&TEXT, Refused);
const TEXT_OR_SET: Schema = Either(&[TEXT, SET]);
const COMMAND: Schema = Either(&[TEXT, TEXTS]);
const SCALAR: Schema = Is(&[Type::Text, Type::Number, Type::Null]);
/// `key: value` or `- key=value`.
const PAIRS: Schema = Either(&[SCALARS, SET]);

const fn key(since: u8, name: &'static str, value: Schema) -> Key {
    Key { name, since, value }
}

const CLOSED: Map = Map {
    keys: &[],
    others: Others::Refused,
    extensions_since: None,
    required: &[],
    or: &[],
};

const SCALARS: Schema = Schema::Map(&Map {
    others: Others::AnyKey(&SCALAR),
    ..CLOSED
});
const OPTIONS: Schema = Schema::Map(&Map {
    others: Others::AnyKey(&Is(&[Type::Text, Type::Number])),
    ..CLOSED
});

/// A whole file.
pub(super) const FILE: Schema = Schema::Map(&Map {
    keys: &[
        key(0, "version", TEXT),
        key(0, "services", Schema::Map(&SERVICES)),
        key(0, "networks", Schema::Map(&NETWORKS)),
        key(0, "volumes", Schema::Map(&VOLUMES)),
        key(1, "secrets", Schema::Map(&SECRETS)),
        key(3, "configs", Schema::Map(&CONFIGS)),
    ],
    extensions_since: Some(4),
    ..CLOSED
});

const SERVICES: Map = Map {
    others: Others::Names(&Schema::Map(&SERVICE)),
    ..CLOSED
};
const NETWORKS: Map = Map {
    others: Others::LooseNames(&Schema::Map(&NETWORK)),
    ..CLOSED
};
const VOLUMES: Map = Map {
    others: Others::Names(&Schema::Map(&VOLUME)),
    ..CLOSED
};
const SECRETS: Map = Map {
    others: Others::Names(&Schema::Map(&SECRET)),
    ..CLOSED
};
const CONFIGS: Map = Map {
    others: Others::Names(&Schema::Map(&CONFIG)),
    ..CLOSED
};

const SERVICE: Map = Map {
    keys: &[
        key(0, "build", Either(&[TEXT, Schema::Map(&BUILD)])),
        key(0, "cap_add", SET),
        key(0, "cap_drop", SET),
        key(9, "cgroupns_mode", TEXT),
        key(0, "cgroup_parent", TEXT),
        key(0, "command", COMMAND),
        key(
            3,
            "configs",
            List(&Either(&[TEXT, Schema::Map(&REFERENCE)]), Allowed),
        ),
        key(0, "container_name", TEXT),
        key(3, "credential_spec", Schema::Map(&CREDENTIAL_SPEC)),
        key(0, "depends_on", SET),
        key(0, "deploy", Schema::Map(&DEPLOY)),
        key(0, "devices", SET),
        key(0, "dns", TEXT_OR_SET),
        key(0, "dns_search", TEXT_OR_SET),
        key(0, "domainname", TEXT),
        key(0, "entrypoint", COMMAND),
        key(0, "env_file", TEXT_OR_SET),
        key(0, "environment", PAIRS),
        key(0, "expose", List(&Is(&[Type::Text, Type::Number]), Refused)),
        key(0, "external_links", SET),
        key(0, "extra_hosts", PAIRS),
        key(0, "healthcheck", Schema::Map(&HEALTHCHECK)),
        key(0, "hostname", TEXT),
        key(0, "image", TEXT),
        key(7, "init", BOOL),
        key(0, "ipc", TEXT),
        key(5, "isolation", TEXT),
        key(0, "labels", PAIRS),
        key(0, "links", SET),
        key(0, "logging", Schema::Map(&LOGGING)),
        key(0, "mac_address", TEXT),
        key(0, "network_mode", TEXT),
        key(
            0,
            "networks",
            Either(&[SET, Schema::Map(&SERVICE_NETWORKS)]),
        ),
        key(13, "oom_score_adj", INTEGER),
        key(0, "pid", Is(&[Type::Text, Type::Null])),
        key(2, "ports", List(&PORT, Refused)),
        key(
            0,
            "ports",
            List(&Either(&[Port(Type::Number), Port(Type::Text)]), Refused),
        ),
        key(0, "privileged", BOOL),
        key(0, "read_only", BOOL),
        key(0, "restart", TEXT),
        key(
            1,
            "secrets",
            List(&Either(&[TEXT, Schema::Map(&REFERENCE)]), Allowed),
        ),
        key(0, "security_opt", SET),
        key(0, "shm_size", Is(&[Type::Number, Type::Text])),
        key(0, "stdin_open", BOOL),
        key(0, "stop_grace_period", Duration),
        key(0, "stop_signal", TEXT),
        key(0, "sysctls", PAIRS),
        key(0, "tmpfs", TEXT_OR_SET),
        key(0, "tty", BOOL),
        key(0, "ulimits", Schema::Map(&ULIMITS)),
        key(0, "user", TEXT),
        key(0, "userns_mode", TEXT),
        key(
            2,
            "volumes",
            List(&Either(&[TEXT, Schema::Map(&MOUNT)]), Allowed),
        ),
        key(0, "volumes", SET),
        key(0, "working_dir", TEXT),
    ],
    extensions_since: Some(7),
    ..CLOSED
};

const BUILD: Map = Map {
    keys: &[
        key(0, "context", TEXT),
        key(0, "dockerfile", TEXT),
        key(0, "args", PAIRS),
        key(3, "labels", PAIRS),
        key(2, "cache_from", SET),
        key(4, "network", TEXT),
        key(4, "target", TEXT),
        key(5, "shm_size", Is(&[Type::Integer, Type::Text])),
        key(9, "extra_hosts", PAIRS),
    ],
    others: Others::ToleratedSince(11),
    ..CLOSED
};

const REFERENCE: Map = Map {
    keys: &[
        key(0, "source", TEXT),
        key(0, "target", TEXT),
        key(0, "uid", TEXT),
        key(0, "gid", TEXT),
        key(0, "mode", NUMBER),
    ],
    others: Others::Tolerated,
    ..CLOSED
};

const CREDENTIAL_SPEC: Map = Map {
    keys: &[
        key(8, "config", TEXT),
        key(0, "file", TEXT),
        key(0, "registry", TEXT),
    ],
    ..CLOSED
};

const HEALTHCHECK: Map = Map {
    keys: &[
        key(0, "disable", BOOL),
        key(0, "interval", Duration),
        key(0, "retries", NUMBER),
        key(0, "test", COMMAND),
        key(0, "timeout", Duration),
        key(4, "start_period", Duration),
        key(12, "start_interval", Duration),
    ],
    ..CLOSED
};

const LOGGING: Map = Map {
    keys: &[key(0, "driver", TEXT), key(0, "options", SCALARS)],
    ..CLOSED
};

const SERVICE_NETWORKS: Map = Map {
    others: Others::Names(&Schema::Map(&Map {
        keys: &[
            key(0, "aliases", SET),
            key(13, "driver_opts", OPTIONS),
            key(0, "ipv4_address", TEXT),
            key(0, "ipv6_address", TEXT),
        ],
        or: &[Type::Null],
        ..CLOSED
    })),
    ..CLOSED
};

const PORT: Schema = Either(&[
    Port(Type::Number),
    Port(Type::Text),
    Schema::Map(&Map {
        keys: &[
            key(0, "mode", TEXT),
            key(0, "target", INTEGER),
            key(0, "published", INTEGER),
            key(0, "protocol", TEXT),
        ],
        ..CLOSED
    }),
]);

const ULIMITS: Map = Map {
    others: Others::Words(&Either(&[
        INTEGER,
        Schema::Map(&Map {
            keys: &[key(0, "hard", INTEGER), key(0, "soft", INTEGER)],
            required: &["soft", "hard"],
            ..CLOSED
        }),
    ])),
    ..CLOSED
};

const MOUNT: Map = Map {
    keys: &[
        key(0, "type", TEXT),
        key(0, "source", TEXT),
        key(0, "target", TEXT),
        key(0, "read_only", BOOL),
        key(0, "consistency", TEXT),
        key(0, "bind", BIND),
        key(0, "volume", VOLUME_OPTIONS),
        key(6, "tmpfs", TMPFS),
    ],
    required: &["type"],
    ..CLOSED
};

const BIND: Schema = Schema::Map(&Map {
    keys: &[key(0, "propagation", TEXT)],
    others: Others::Tolerated,
    ..CLOSED
});
const VOLUME_OPTIONS: Schema = Schema::Map(&Map {
    keys: &[key(0, "nocopy", BOOL)],
    others: Others::Tolerated,
    ..CLOSED
});
const TMPFS: Schema = Schema::Map(&Map {
    keys: &[key(0, "size", Size)],
    others: Others::Tolerated,
    ..CLOSED
});

const DEPLOY: Map = Map {
    keys: &[
        key(0, "mode", TEXT),
        key(2, "endpoint_mode", TEXT),
        key(0, "replicas", INTEGER),
        key(0, "labels", PAIRS),
        key(7, "rollback_config", Schema::Map(&UPDATE_CONFIG)),
        key(0, "update_config", Schema::Map(&UPDATE_CONFIG)),
        key(0, "resources", Schema::Map(&RESOURCES)),
        key(0, "restart_policy", Schema::Map(&RESTART_POLICY)),
        key(0, "placement", Schema::Map(&PLACEMENT)),
    ],
    or: &[Type::Null],
    ..CLOSED
};

const UPDATE_CONFIG: Map = Map {
    keys: &[
        key(0, "parallelism", INTEGER),
        key(0, "delay", Duration),
        key(0, "failure_action", TEXT),
        key(0, "monitor", Duration),
        key(0, "max_failure_ratio", NUMBER),
        key(4, "order", OneOf(&["start-first", "stop-first"])),
    ],
    ..CLOSED
};

const RESOURCES: Map = Map {
    keys: &[
        key(
            0,
            "limits",
            Schema::Map(&Map {
                keys: &[
                    key(0, "cpus", TEXT),
                    key(0, "memory", TEXT),
                    key(9, "pids", INTEGER),
                ],
                ..CLOSED
            }),
        ),
        key(
            0,
            "reservations",
            Schema::Map(&Map {
                keys: &[
                    key(0, "cpus", TEXT),
                    key(0, "memory", TEXT),
                    key(
                        5,
                        "generic_resources",
                        List(&Schema::Map(&GENERIC_RESOURCE), Allowed),
                    ),
                ],
                ..CLOSED
            }),
        ),
    ],
    ..CLOSED
};

const GENERIC_RESOURCE: Map = Map {
    keys: &[key(
        0,
        "discrete_resource_spec",
        Schema::Map(&Map {
            keys: &[key(0, "kind", TEXT), key(0, "value", NUMBER)],
            ..CLOSED
        }),
    )],
    ..CLOSED
};

const RESTART_POLICY: Map = Map {
    keys: &[
        key(0, "condition", TEXT),
        key(0, "delay", Duration),
        key(0, "max_attempts", INTEGER),
        key(0, "window", Duration),
    ],
    ..CLOSED
};

const PLACEMENT: Map = Map {
    keys: &[
        key(0, "constraints", TEXTS),
        key(
            3,
            "preferences",
            List(
                &Schema::Map(&Map {
                    keys: &[key(0, "spread", TEXT)],
                    ..CLOSED
                }),
                Allowed,
            ),
        ),
        key(8, "max_replicas_per_node", INTEGER),
    ],
    ..CLOSED
};

/// `true`, or a mapping with a name.
const EXTERNAL: Schema = Schema::Map(&Map {
    keys: &[key(0, "name", TEXT)],
    or: &[Type::Bool],
    ..CLOSED
});

const NETWORK: Map = Map {
    keys: &[
        key(5, "name", TEXT),
        key(0, "driver", TEXT),
        key(0, "driver_opts", OPTIONS),
        key(
            0,
            "ipam",
            Schema::Map(&Map {
                keys: &[
                    key(0, "driver", TEXT),
                    key(
                        0,
                        "config",
                        List(
                            &Schema::Map(&Map {
                                keys: &[key(0, "subnet", TEXT)],
                                ..CLOSED
                            }),
                            Allowed,
                        ),
                    ),
                ],
                ..CLOSED
            }),
        ),
        key(0, "external", EXTERNAL),
        key(0, "internal", BOOL),
        key(2, "attachable", BOOL),
        key(0, "labels", PAIRS),
    ],
    extensions_since: Some(7),
    or: &[Type::Null],
    ..CLOSED
};

const VOLUME: Map = Map {
    keys: &[
        key(4, "name", TEXT),
        key(0, "driver", TEXT),
        key(0, "driver_opts", OPTIONS),
        key(0, "external", EXTERNAL),
        key(0, "labels", PAIRS),
        key(10, "x-cluster-spec", Any),
    ],
    extensions_since: Some(7),
    or: &[Type::Null],
    ..CLOSED
};

const SECRET: Map = Map {
    keys: &[
        key(5, "name", TEXT),
        key(0, "file", TEXT),
        key(0, "external", EXTERNAL),
        key(0, "labels", PAIRS),
        key(8, "driver", TEXT),
        key(8, "driver_opts", OPTIONS),
        key(8, "template_driver", TEXT),
    ],
    extensions_since: Some(7),
    ..CLOSED
};

const CONFIG: Map = Map {
    keys: &[
        key(5, "name", TEXT),
        key(0, "file", TEXT),
        key(0, "external", EXTERNAL),
        key(0, "labels", PAIRS),
        key(8, "template_driver", TEXT),
    ],
    extensions_since: Some(7),
    ..CLOSED
};
