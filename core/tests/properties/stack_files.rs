//! No stack file makes the loader panic, and what can be printed can be loaded again.

use proptest::prelude::*;
use swarmlab_core::client::Client;
use swarmlab_core::stack::{self, Purpose};

use crate::broken::{breaks, broken, config};

/// Good files of all kinds, to be broken.
const FILES: [&str; 8] = [
    include_str!("../data/stacks/voting-app.yml"),
    include_str!("../data/stacks/wordpress.yml"),
    include_str!("../data/stacks/monitoring.yml"),
    include_str!("../data/stacks/traefik.yml"),
    include_str!("../data/stacks/elk.yml"),
    include_str!("../data/stacks/kafka.yml"),
    include_str!("../data/stacks/minio.yml"),
    include_str!("../data/stacks/gitea.yml"),
];

/// Loads a text, deploys what is in it, prints it. What was printed is read again; whether that is
/// the same is for those to say who know that the text is good: docker prints networks of a list as
/// keys, which must not look like all that may stand in a list.
fn try_all(text: &str, is_good: bool) {
    let mut client = Client::default();
    client.write("x.yml", text);
    let names = ["x.yml".to_owned()];
    let _ = stack::further_files(&client, &names);
    for purpose in [
        Purpose::Deploy,
        Purpose::Print { interpolates: true },
        Purpose::Print {
            interpolates: false,
        },
    ] {
        let Ok(config) = stack::load(&client, &names, purpose) else {
            continue;
        };
        let _ = stack::networks("s", &config);
        for service in &config.services {
            let _ = stack::service("s", service, &config);
        }
        let printed = stack::to_yaml(&config);
        if purpose == (Purpose::Print { interpolates: true }) {
            // Dollars that came out of variables would be variables once more.
            client.write("y.yml", printed.replace('$', "$$"));
            let again = stack::load(&client, &["y.yml".to_owned()], purpose);
            match again {
                Ok(again) => assert!(!is_good || stack::to_yaml(&again) == printed, "{printed}"),
                Err(error) => assert!(!is_good, "{}\n{printed}", error.message),
            }
        }
    }
}

#[test]
fn good_files_are_printed_and_read_again() {
    for file in FILES {
        try_all(file, true);
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn any_text_is_an_answer(text in "\\PC{0,200}") {
        let mut client = Client::default();
        client.write("x.yml", text.as_str());
        let _ = stack::load(&client, &["x.yml".to_owned()], Purpose::Deploy);
    }

    #[test]
    fn broken_files_are_answers(file in 0..FILES.len(), breaks in breaks()) {
        try_all(&broken(FILES[file], &breaks), false);
    }
}
