//! Notes code that talks to the network without being asked.

use Severity::{Low, Medium};
use spip_core::{Act, Check, Context, Deed, Finding, Package, Severity, Stop, Taints};

use crate::contents::{self, Address, Menace, NOTHING, Suspicions, addresses, commands, weigh};

describe! {
    /// ## What it asks
    ///
    /// Does the code talk to other machines while it is built, at the start of the interpreter, or
    /// when it is imported?
    ///
    /// By itself that is worth a line: builds fetch libraries. Data from files, commands or
    /// the machine that goes along is asked about.
    ///
    /// ## Why it matters
    ///
    /// It tells somebody where and when the package is installed, and what comes back can change what
    /// it does.
    ///
    /// ## What to do
    ///
    /// Look at what is asked for. Build without network access where you can.
    pub(super) struct EarlyNetwork {
        id: "early-network",
        summary: "code talks to the network without being asked",
        worst: Medium,
        needs: Contents,
    }
}

const TALKS: &str = "talks to the network unasked";

impl Check for EarlyNetwork {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in contents
            .acts
            .iter()
            .filter(|act| matches!(act.deed, Deed::Send | Deed::Connect))
        {
            suspicions.act(severity(act), TALKS, act);
        }
        for command in commands(&contents) {
            if command.menaces().contains(&Menace::Downloads) {
                suspicions.command(weigh(command.trigger, Low, NOTHING), TALKS, &command);
            }
        }
        suspicions.report(
            "look at what is asked for; build without network where you can",
            found,
        );
        Ok(())
    }
}

fn severity(act: &Act) -> Option<Severity> {
    // A bound socket talks to nobody yet: libraries learn in this way whether there is IPv6.
    if act.callee.rsplit('.').next() == Some("bind") {
        return None;
    }
    let addresses = addresses(act);
    if !addresses.is_empty() && addresses.iter().all(Address::is_local) {
        return None;
    }
    let told = Taints::FILE
        .with(Taints::FILE_LISTING)
        .with(Taints::COMMAND_OUTPUT)
        .with(Taints::CLOUD_METADATA);
    let tells = act.taints.any(told) && !act.taints.any(Taints::PACKAGE_DATA);
    weigh(act.trigger, if tells { Medium } else { Low }, NOTHING)
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::EarlyNetwork;
    use crate::testing::{ActBuilder, act, assert_shows, demo};

    fn get() -> ActBuilder {
        act(Deed::Send, "requests.get").texts(&["https://h.invalid"])
    }

    #[test]
    fn flags_requests_with_a_word() {
        let expected = "low: talks to the network unasked, when it is built";
        assert_shows(
            &EarlyNetwork,
            demo().acting(get().when(Trigger::Build)),
            expected,
        );
        let curl = act(Deed::Spawn, "os.system").texts(&["curl -O https://h.invalid/x"]);
        let expected = "low: talks to the network unasked, when it is imported";
        assert_shows(&EarlyNetwork, demo().acting(curl), expected);
    }

    #[test]
    fn flags_data_that_goes_along() {
        for taints in [Taints::FILE, Taints::COMMAND_OUTPUT, Taints::FILE_LISTING] {
            let expected = "medium: talks to the network unasked, when it is imported";
            assert_shows(
                &EarlyNetwork,
                demo().acting(get().tainted(taints)),
                expected,
            );
        }
    }

    #[test]
    fn accepts_clients_and_this_machine() {
        let world = demo()
            .acting(get().when(Trigger::Call))
            .acting(act(Deed::Connect, "socket.socket().connect").texts(&["127.0.0.1 80"]))
            .acting(act(Deed::Connect, "socket.socket().bind").texts(&["\u{fffc} 0"]));
        assert_shows(&EarlyNetwork, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&EarlyNetwork, demo().offline(), "incomplete: offline");
    }
}
