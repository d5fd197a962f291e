//! Lines of progress.

use expect_test::expect;

use super::output;
use crate::docker::print::{Message, Screen};
use crate::model::TaskState;
use crate::time::SECOND;

#[test]
fn waiting_is_told_line_by_line() {
    let mut screen = Screen::default();
    let mut printed = String::new();
    let mut say = |message| printed += &screen.show(message).unwrap_or_default();
    say(Message::overall(0, 2, false));
    say(Message::empty_row("1/2"));
    say(Message::empty_row("2/2"));
    for running in [0; 8] {
        say(Message::overall(running, 2, false));
        say(Message::state_row("1/2", TaskState::Preparing, false));
    }
    say(Message::overall(1, 2, false));
    say(Message::overall(2, 2, false));
    say(Message::state_row("1/2", TaskState::Running, false));
    say(Message::state_row("2/2", TaskState::Running, false));
    for (seconds, times) in [(4, 5), (3, 5), (2, 5), (1, 5), (0, 4)] {
        for _ in 0..times {
            say(Message::verifying(seconds * SECOND + 1));
        }
    }
    say(Message::converged("ould6oxbll1420dblcyhesdui"));
    let real = output("service-create");
    let (_, real) = real.split_once('\n').expect("an id first");
    assert_eq!(printed, real);
    expect![[r"
        overall progress: 2 out of 2 tasks 
        1/2: running   [==================================================>] 
        2/2: running   [==================================================>] 
        verify: Service ould6oxbll1420dblcyhesdui converged 
    "]]
    .assert_eq(&screen.terminal(130));
    expect![[r"
        overall progress: 2 out of 2 tasks 
        1/2: running   
        2/2: running   
        verify: Service ould6oxbll1420dblcyhesdui converged 
    "]]
    .assert_eq(&screen.terminal(80));
}

#[test]
fn errors_take_the_line_of_their_task() {
    let mut screen = Screen::default();
    let line = screen.show(Message::error_row("1/1", "No such image: nosuch:1"));
    assert_eq!(line.as_deref(), Some("1/1: No such image: nosuch:1\n"));
    let line = screen
        .show(Message::error_row("1/1", &"x\n".repeat(50)))
        .expect("a line");
    assert_eq!(line.chars().count(), "1/1: \n".len() + 75);
    let line = screen.show(Message::job_complete());
    assert_eq!(line.as_deref(), Some("job complete\n"));
    assert_eq!(screen.show(Message::job(1, 30)), None);
    let line = screen.show(Message::job_active(1, 10, 10));
    assert_eq!(line.as_deref(), Some("active tasks:  1 out of 10 tasks\n"));
}

/// The rows are those of a real terminal of 130 columns.
#[test]
fn bars_grow_with_the_state() {
    for (state, row) in [
        (
            TaskState::Pending,
            "1/1: pending   [================>                                  ] \n",
        ),
        (
            TaskState::Preparing,
            "1/1: preparing [=================================>                 ] \n",
        ),
    ] {
        let mut screen = Screen::default();
        screen.show(Message::state_row("1/1", state, false));
        assert_eq!(screen.terminal(130), row);
    }
}
