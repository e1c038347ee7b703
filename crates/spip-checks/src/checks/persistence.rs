//! Refuses code that arranges to be started again.

use Severity::{High, Low, Medium};
use spip_core::{
    Act, Check, Contents, Context, Deed, Finding, Package, Severity, Stop, Taints, Trigger,
};

use crate::contents::{
    self, Autostart, Menace, NOTHING, Suspicions, autostart, carries_code, commands,
    unless_installer, weigh,
};

describe! {
    /// ## What it asks
    ///
    /// Does the code write to a place from which programs start by themselves: crontabs, services, login
    /// items, shell profiles, the Windows registry, `.pth` files and `sitecustomize`, authorized keys, hooks
    /// of developers' tools? Does it start a command that does?
    ///
    /// What a person asks for (shell completion, a supervisor's service file) is worth a line at
    /// most; what runs unasked is refused.
    ///
    /// ## Why it matters
    ///
    /// Removing the package does not remove what it left behind.
    ///
    /// ## What to do
    ///
    /// Do not install it. Where it ran, look at the place that is named.
    pub(super) struct Persistence {
        id: "persistence",
        summary: "code arranges to be started again",
        worst: High,
        needs: Contents,
    }
}

impl Check for Persistence {
    fn run(
        &self,
        package: &Package,
        cx: &Context<'_>,
        found: &mut Vec<Finding>,
    ) -> Result<(), Stop> {
        let contents = contents::read(package, cx)?;
        let mut suspicions = Suspicions::default();
        let writes = contents.acts_of(Deed::Write);
        for act in writes {
            if let Some(kind) = place(&contents, act) {
                let severity = match kind {
                    // Installers write start-up files for what they install.
                    Autostart::Interpreter => unless_installer(package, severity(act, kind)),
                    _ => severity(act, kind),
                };
                suspicions.act(severity, kind.words(), act);
            }
        }
        for command in commands(&contents) {
            for menace in command.menaces() {
                if let Menace::Persists(kind) = menace {
                    let on_use = if command.is_known() { Medium } else { Low };
                    let severity = weigh(command.trigger, High, on_use);
                    suspicions.command(severity, kind.words(), &command);
                }
            }
        }
        suspicions.report(
            "do not install it; where it ran, look at the place it writes to",
            found,
        );
        Ok(())
    }
}

/// From where the written thing will start, if from anywhere.
fn place(contents: &Contents, act: &Act) -> Option<Autostart> {
    let path = act.texts.first()?;
    if is_registry(&act.callee) {
        // The key is opened by one call and written by another.
        let same = contents
            .acts
            .iter()
            .filter(|other| other.site.member == act.site.member && is_registry(&other.callee));
        return same
            .flat_map(|other| &other.texts)
            .find_map(|text| autostart(text));
    }
    let kind = autostart(path)?;
    let is_pth = path.to_ascii_lowercase().ends_with(".pth");
    // Models are saved under this ending too.
    let is_model = is_pth && !is_among_packages(act) && !holds_start_line(act);
    (!is_model).then_some(kind)
}

fn is_registry(callee: &str) -> bool {
    callee.contains("winreg") || callee.contains("RegSetValue") || callee.contains("RegCreateKey")
}

fn is_among_packages(act: &Act) -> bool {
    let path = act.texts.first().map_or("", String::as_str);
    // Beside the package's own folder are the others.
    let is_beside = path
        .strip_prefix("{package}/")
        .is_some_and(|rest| !rest.contains('/'));
    act.taints.any(Taints::SITE_PACKAGES)
        || path.contains("site-packages")
        || path.contains("dist-packages")
        || is_beside
}

fn holds_start_line(act: &Act) -> bool {
    act.texts.iter().skip(1).any(|text| {
        text.lines()
            .map(str::trim_start)
            .any(|line| line.starts_with("import ") || line.starts_with("import\t"))
    })
}

/// Whether the start line itself does what a payload does.
fn holds_payload(act: &Act) -> bool {
    let is_hidden = act.taints.any(Taints::HIDDEN.with(Taints::DOWNLOADED));
    let tells = |text: &String| {
        // What another file of the project says is read there.
        let from_file = act.taints.any(Taints::PACKAGE_DATA) && !is_hidden;
        if from_file {
            starts_something(&text.replace("exec(\u{fffc}", ""))
        } else {
            starts_something(text)
        }
    };
    holds_start_line(act) && act.texts.iter().skip(1).any(tells)
}

fn severity(act: &Act, kind: Autostart) -> Option<Severity> {
    if act.trigger == Trigger::Build
        && kind == Autostart::Interpreter
        && !is_among_packages(act)
        && !holds_payload(act)
    {
        // A build puts its own start-up file into the wheel, where `startup-code` sees it.
        return Some(Low);
    }
    weigh(act.trigger, High, on_use(act, kind))
}

fn on_use(act: &Act, kind: Autostart) -> Option<Severity> {
    let hidden = Taints::HIDDEN
        .with(Taints::DOWNLOADED)
        .with(Taints::DROPPED)
        .with(Taints::ASSEMBLED);
    // A profile that is read, extended and written back holds what was written to it before.
    let hidden = if act.taints.any(Taints::FILE) {
        hidden.without(Taints::DROPPED)
    } else {
        hidden
    };
    if act.taints.any(hidden) || act.texts.iter().skip(1).any(|text| starts_something(text)) {
        return Some(Medium);
    }
    let is_open = act.taints.any(Taints::PARAMETER);
    match kind {
        // Virtual environments and test tools do this all day.
        Autostart::Interpreter | Autostart::Tool => NOTHING,
        Autostart::Access if !is_open => Some(Medium),
        _ => Some(Low),
    }
}

/// Whether what is written starts a program, rather than set a path or complete a command.
fn starts_something(text: &str) -> bool {
    const STARTS: [&str; 9] = [
        "nohup ",
        "curl ",
        "wget ",
        "/tmp/",
        "/dev/shm",
        "/dev/tcp",
        "base64",
        "python -c",
        "python3 -c",
    ];
    carries_code(text)
        || STARTS.iter().any(|it| text.contains(it))
        || text.trim_end().ends_with('&')
}

#[cfg(test)]
mod tests {
    use spip_core::{Deed, Origin, Severity::High, Taints, Trigger};

    use super::Persistence;
    use crate::testing::{ActBuilder, World, act, assert_shows, demo};

    fn write(path: &str) -> ActBuilder {
        act(Deed::Write, "open().write").texts(&[path])
    }

    #[test]
    fn flags_every_place_unasked() {
        for (path, expected) in [
            ("/etc/cron.d/x", "arranges to be started at set times"),
            (
                "\u{fffc}/.config/systemd/user/x.service",
                "installs a service",
            ),
            (
                "\u{fffc}/.bashrc",
                "changes what every shell runs at its start",
            ),
            (
                "\u{fffc}/sitecustomize.py",
                "changes what every Python interpreter runs at its start",
            ),
            (
                "\u{fffc}/.ssh/authorized_keys",
                "lets somebody log in from outside",
            ),
            (
                ".github/workflows/x.yml",
                "hooks itself into a developer's tool",
            ),
        ] {
            let expected = format!("high: {expected}, when it is imported");
            assert_shows(&Persistence, demo().acting(write(path)), &expected);
        }
    }

    #[test]
    fn flags_the_registry_where_the_key_is_opened_elsewhere() {
        let open = act(Deed::Write, "winreg.OpenKey").texts(&[
            "\u{fffc}",
            "Software\\Microsoft\\Windows\\CurrentVersion\\Run",
        ]);
        let set = act(Deed::Write, "winreg.SetValueEx")
            .texts(&["\u{fffc}", "x"])
            .when(Trigger::Build);
        let world = demo().acting(open).acting(set);
        assert_shows(
            &Persistence,
            world,
            "high: arranges to be started at every login, when it is built",
        );
    }

    #[test]
    fn flags_start_up_files_among_the_packages() {
        let expected =
            "high: changes what every Python interpreter runs at its start, when it is imported";
        let world = demo().acting(write("\u{fffc}/x.pth").tainted(Taints::SITE_PACKAGES));
        assert_shows(&Persistence, world, expected);
        let line = act(Deed::Write, "open().write").texts(&["\u{fffc}/x.pth", "import x"]);
        assert_shows(&Persistence, demo().acting(line), expected);
    }

    #[test]
    fn flags_commands_and_what_starts_programs_on_use() {
        let cron = act(Deed::Spawn, "os.system")
            .texts(&["(crontab -l; echo x) | crontab -"])
            .when(Trigger::Call);
        assert_shows(
            &Persistence,
            demo().acting(cron),
            "medium: arranges to be started at set times, when it is used",
        );
        let profile = act(Deed::Write, "open().write")
            .texts(&["~/.bashrc", "nohup python3 ~/.x.py &"])
            .when(Trigger::Call);
        assert_shows(
            &Persistence,
            demo().acting(profile),
            "medium: changes what every shell runs at its start, when it is used",
        );
    }

    #[test]
    fn accepts_completion_with_a_word_and_environments_without_one() {
        let completion = act(Deed::Write, "pathlib.Path().write_text")
            .texts(&["~/.bashrc", "source ~/.demo-complete"])
            .when(Trigger::Call);
        assert_shows(
            &Persistence,
            demo().acting(completion),
            "low: changes what every shell runs at its start, when it is used",
        );
        let world = demo()
            .acting(
                write("\u{fffc}/_virtualenv.pth")
                    .tainted(Taints::SITE_PACKAGES)
                    .when(Trigger::Call),
            )
            .acting(write("model.pth").when(Trigger::Call))
            .acting(write("model.pth"))
            .acting(write("/tmp/x.txt"));
        assert_shows(&Persistence, world, "complete");
    }

    #[test]
    fn excuses_nobody_by_name() {
        let world = World::new("wheel", "1.0").acting(write("\u{fffc}/.bashrc"));
        let expected = "high: changes what every shell runs at its start, when it is imported";
        assert_shows(&Persistence, world, expected);
    }

    #[test]
    fn excuses_start_up_files_of_installers_from_an_index_and_nothing_else() {
        let pth = write("\u{fffc}/site-packages/x.pth");
        let world = |act: &ActBuilder| World::new("setuptools", "75.0").acting(act.clone());
        assert_shows(&Persistence, world(&pth), "complete");
        let (found, _) = demo().acting(pth.clone()).run(&Persistence);
        assert_eq!(found[0].severity, High);
        let (found, _) = world(&pth).from(Origin::Requested).run(&Persistence);
        assert_eq!(found[0].severity, High);
        let (found, _) = world(&write("\u{fffc}/.bashrc")).run(&Persistence);
        assert_eq!(found[0].severity, High);
    }

    #[test]
    fn leaves_a_gap_when_the_files_cannot_be_read() {
        assert_shows(&Persistence, demo().offline(), "incomplete: offline");
    }
}
