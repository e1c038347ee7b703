//! Refuses code that watches a person: keys, screen, clipboard.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Package, Severity, Stop, Taints, Trigger,
};

use crate::contents::{
    self, Address, NOTHING, Suspicions, addresses, commands, endpoint, is_early, weigh,
};

describe! {
    /// ## What it asks
    ///
    /// Does what is typed, shown or copied reach the network or a file? Does the code listen to
    /// the keyboard unasked? Does it exchange what is in the clipboard for something else, such as the
    /// address of another wallet?
    ///
    /// Libraries for keys, screenshots and the clipboard are left alone: they do what they are asked.
    ///
    /// ## Why it matters
    ///
    /// Passwords are typed, shown and copied. Payments go where the clipboard says.
    ///
    /// ## What to do
    ///
    /// Do not install it. Where it ran, change the passwords that were typed.
    pub(super) struct Surveillance {
        id: "surveillance",
        summary: "code watches keys, screen or clipboard",
        worst: High,
        needs: Contents,
    }
}

const WATCHED: Taints = Taints(Taints::KEYS.0 | Taints::SCREEN.0 | Taints::CLIPBOARD.0);

impl Check for Surveillance {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        for act in &contents.acts {
            match act.deed {
                Deed::Send => {
                    suspicions.act(sent(act), "sends away what is typed, shown or copied", act);
                }
                Deed::Write => {
                    suspicions.act(kept(act), "keeps what is typed, shown or copied", act);
                }
                Deed::Watch => {
                    suspicions.act(
                        watched(&contents, act),
                        "watches keys, screen or clipboard",
                        act,
                    );
                    suspicions.act(
                        swapped(&contents, act),
                        "exchanges what is in the clipboard",
                        act,
                    );
                }
                _ => {}
            }
        }
        for command in commands(&contents) {
            let sets = command.steps.iter().any(sets_clipboard);
            if sets && command.taints.any(Taints::CLIPBOARD) {
                let severity = weigh(command.trigger, High, NOTHING);
                let what = "exchanges what is in the clipboard";
                suspicions.command(severity, what, &command);
            }
        }
        suspicions.report(
            "do not install it; where it ran, change the passwords that were typed",
            found,
        );
        Ok(())
    }
}

fn sent(act: &Act) -> Option<Severity> {
    let watched = act.taints.only(WATCHED);
    if watched.is_empty() {
        return None;
    }
    let addresses = addresses(act);
    let is_shady = addresses.iter().any(|it| endpoint(it).is_some());
    let is_foreign = addresses.iter().any(Address::is_foreign);
    let several = watched.0.count_ones() >= 2;
    let on_use = match () {
        () if is_shady || several && is_foreign => Some(High),
        () if is_foreign || act.taints.any(Taints::KEYS) => Some(Medium),
        () => Some(Low),
    };
    weigh(act.trigger, High, on_use)
}

fn kept(act: &Act) -> Option<Severity> {
    if !act.taints.any(WATCHED) {
        return None;
    }
    let on_use = if act.taints.any(Taints::KEYS) {
        Some(Low)
    } else {
        NOTHING
    };
    let unasked = if act.taints.any(Taints::KEYS) {
        High
    } else {
        Medium
    };
    weigh(act.trigger, unasked, on_use)
}

/// Listening by itself is what such libraries are for; doing it unasked is not.
fn watched(contents: &Contents, act: &Act) -> Option<Severity> {
    let sends_near = contents.acts_of(Deed::Send).any(|send| {
        send.site.member == act.site.member && addresses(send).iter().any(Address::is_foreign)
    });
    let on_use = if sends_near && is_keyboard(act) {
        Some(Medium)
    } else {
        NOTHING
    };
    let unasked = if sends_near { High } else { Medium };
    match act.trigger {
        // Tools of a build may look at the screen's size.
        Trigger::Build if !sends_near => Some(Low),
        trigger => weigh(trigger, unasked, on_use),
    }
}

fn is_keyboard(act: &Act) -> bool {
    let callee = act.callee.to_ascii_lowercase();
    [
        "keyboard",
        "pynput",
        "hook",
        "listener",
        "keylog",
        "getasynckeystate",
        "evdev",
    ]
    .iter()
    .any(|it| callee.contains(it))
}

fn is_setting(act: &Act) -> bool {
    let callee = act.callee.to_ascii_lowercase();
    [
        "copy",
        "set_clipboard",
        "setclipboard",
        "settext",
        "clipboard_append",
        "clipboard.set",
    ]
    .iter()
    .any(|it| callee.contains(it))
}

/// What is put into the clipboard in place of what was there.
fn swapped(contents: &Contents, act: &Act) -> Option<Severity> {
    if !is_setting(act) {
        return None;
    }
    let reads_near = contents.acts.iter().any(|other| {
        let callee = other.callee.to_ascii_lowercase();
        let reads = matches!(other.deed, Deed::Watch | Deed::Read) && !is_setting(other);
        reads
            && other.site.member == act.site.member
            && (callee.contains("clip") || callee.contains("paste"))
    });
    let is_wallet = act.texts.iter().any(|text| is_wallet(text)) || act.taints.any(Taints::WALLET);
    match () {
        () if is_wallet && reads_near => weigh(act.trigger, High, High),
        () if is_wallet => weigh(act.trigger, High, Medium),
        () if (reads_near || act.taints.any(Taints::CLIPBOARD))
            && !act.taints.any(Taints::PARAMETER) =>
        {
            weigh(act.trigger, High, Medium)
        }
        () if reads_near && is_early(act.trigger) => Some(High),
        () => None,
    }
}

/// Whether a program puts something into the clipboard.
fn sets_clipboard(step: &contents::Step) -> bool {
    match step.program.as_str() {
        "pbcopy" | "wl-copy" | "clip" | "set-clipboard" => true,
        "xclip" => !step.has("-o") && !step.has("-out"),
        "xsel" => step.has("-i") || step.has("--input") || step.has("-ib"),
        _ => false,
    }
}

/// Whether the text is the address of a wallet.
fn is_wallet(text: &str) -> bool {
    text.split(|it: char| !it.is_ascii_alphanumeric())
        .any(|word| {
            let is_base58 = word
                .chars()
                .all(|it| it.is_ascii_alphanumeric() && !matches!(it, '0' | 'O' | 'I' | 'l'));
            let is_mixed = word.contains(|it: char| it.is_ascii_uppercase())
                && word.contains(|it: char| it.is_ascii_digit());
            let is_bitcoin = word.starts_with(['1', '3'])
                && (26..=35).contains(&word.len())
                && is_base58
                && is_mixed;
            let is_segwit = word.starts_with("bc1") && (39..=62).contains(&word.len());
            let is_ethereum = word.starts_with("0x")
                && word.len() == 42
                && word[2..].chars().all(|it| it.is_ascii_hexdigit());
            let is_tron = word.starts_with('T') && word.len() == 34 && is_base58 && is_mixed;
            let is_monero = word.starts_with(['4', '8']) && word.len() == 95 && is_base58;
            is_bitcoin || is_segwit || is_ethereum || is_tron || is_monero
        })
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Taints, Trigger};

    use super::Surveillance;
    use crate::testing::{ActBuilder, act, assert_shows, demo};

    fn send(taints: Taints) -> ActBuilder {
        act(Deed::Send, "requests.post")
            .texts(&["https://h.invalid"])
            .tainted(taints)
    }

    #[test]
    fn flags_what_is_sent() {
        for (taints, trigger, expected) in [
            (Taints::KEYS, Trigger::Import, "high"),
            (Taints::SCREEN, Trigger::Build, "high"),
            (Taints::KEYS, Trigger::Call, "medium"),
            (Taints::KEYS.with(Taints::SCREEN), Trigger::Call, "high"),
        ] {
            let expected = format!(
                "{expected}: sends away what is typed, shown or copied, {}",
                trigger.words()
            );
            assert_shows(
                &Surveillance,
                demo().acting(send(taints).when(trigger)),
                &expected,
            );
        }
    }

    #[test]
    fn flags_listening_unasked() {
        let listen = act(Deed::Watch, "pynput.keyboard.Listener().start");
        assert_shows(
            &Surveillance,
            demo().acting(listen.clone()),
            "medium: watches keys, screen or clipboard, when it is imported",
        );
        let world = demo()
            .acting(listen)
            .acting(send(Taints::NONE).when(Trigger::Call));
        assert_shows(
            &Surveillance,
            world,
            "high: watches keys, screen or clipboard, when it is imported",
        );
    }

    #[test]
    fn flags_swapped_wallets() {
        let paste = act(Deed::Watch, "pyperclip.paste").when(Trigger::Call);
        let copy = act(Deed::Watch, "pyperclip.copy")
            .texts(&["bc1qxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0wlh"])
            .when(Trigger::Call);
        let world = demo().acting(paste).acting(copy);
        assert_shows(
            &Surveillance,
            world,
            "high: exchanges what is in the clipboard, when it is used",
        );
    }

    #[test]
    fn accepts_libraries_for_keys_screens_and_clipboards() {
        let call = Trigger::Call;
        let world = demo()
            .acting(act(Deed::Watch, "pyperclip.paste").when(call))
            .acting(
                act(Deed::Watch, "pyperclip.copy")
                    .texts(&["\u{fffc}"])
                    .tainted(Taints::PARAMETER)
                    .when(call),
            )
            .acting(act(Deed::Watch, "mss.mss().grab").when(call))
            .acting(act(Deed::Watch, "pynput.keyboard.Listener().start").when(call))
            .acting(
                act(Deed::Write, "PIL.Image().save")
                    .tainted(Taints::SCREEN)
                    .when(call),
            );
        assert_shows(&Surveillance, world, "complete");
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&Surveillance, demo().offline(), "incomplete: offline");
    }
}
