//! What each shell is told, so that it finds the shims first, and so that it forgets them.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;

use clap::ValueEnum;

use super::shims::STAND_IN;
use super::{InitError, plain};

/// A shell that can be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// bash, and others that read its language
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    Powershell,
}

/// What the code brings about.
pub(crate) struct SetUp<'s> {
    directory: &'s str,
    /// Variables that are exported as well, such as those that lead tools here without PATH.
    variables: Vec<(&'static str, String)>,
}

impl<'s> SetUp<'s> {
    pub(crate) fn new(directory: &'s Path) -> Result<Self, InitError> {
        let directory = plain(directory)?;
        Ok(Self {
            directory,
            variables: vec![("PIP_PYTHON", format!("{directory}/{STAND_IN}"))],
        })
    }
}

impl Shell {
    /// The shell that the variable `SHELL` names.
    pub(crate) fn of(program: &OsStr) -> Option<Self> {
        match Path::new(program).file_name()?.to_str()? {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            "pwsh" | "powershell" => Some(Self::Powershell),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
        }
    }

    /// The file that the shell reads when it starts.
    pub(crate) fn start_file(self) -> &'static str {
        match self {
            Self::Bash => "~/.bashrc",
            Self::Zsh => "~/.zshrc",
            Self::Fish => "~/.config/fish/config.fish",
            Self::Powershell => "$PROFILE",
        }
    }

    /// The line for the start file; it names the directory only where it is not the usual one.
    pub(crate) fn line(self, elsewhere: Option<&SetUp<'_>>) -> String {
        let elsewhere = elsewhere.map(|set_up| format!(" --dir {}", self.quoted(set_up.directory)));
        let elsewhere = elsewhere.unwrap_or_default();
        let command = format!("spip init {}{elsewhere}", self.as_str());
        match self {
            Self::Bash | Self::Zsh => format!("eval \"$({command})\""),
            Self::Fish => format!("{command} | source"),
            Self::Powershell => format!("{command} | Out-String | Invoke-Expression"),
        }
    }

    /// Code that puts the directory first on PATH. It does nothing where that is so already.
    pub(crate) fn code(self, set_up: &SetUp<'_>) -> String {
        let directory = self.quoted(set_up.directory);
        let mut code = match self {
            Self::Bash | Self::Zsh => format!(
                "case \"$PATH:\" in {directory}:*) ;; \
                 *) export PATH={directory}\"${{PATH:+:$PATH}}\" ;; esac"
            ),
            Self::Fish => {
                format!("if test \"$PATH[1]\" != {directory}; set -gx PATH {directory} $PATH; end")
            }
            Self::Powershell => format!(
                "if (($env:PATH -split ':')[0] -cne {directory}) \
                 {{ $env:PATH = {directory} + ':' + $env:PATH }}"
            ),
        };
        for (name, value) in &set_up.variables {
            let value = self.quoted(value);
            // Writing to a string cannot fail.
            let _written = match self {
                Self::Bash | Self::Zsh => write!(code, "\nexport {name}={value}"),
                Self::Fish => write!(code, "\nset -gx {name} {value}"),
                Self::Powershell => write!(code, "\n$env:{name} = {value}"),
            };
        }
        code
    }

    /// Code that takes the directory off PATH.
    pub(crate) fn undo(self, set_up: &SetUp<'_>) -> String {
        let directory = self.quoted(set_up.directory);
        let mut code = match self {
            Self::Bash | Self::Zsh => format!(
                "export PATH=\"$(printf '%s' \"$PATH\" | tr ':' '\\n' | grep -vxF {directory} \
                 | paste -sd: -)\""
            ),
            Self::Fish => {
                format!("set -gx PATH (printf '%s\\n' $PATH | grep -vxF {directory})")
            }
            Self::Powershell => format!(
                "$env:PATH = ($env:PATH -split ':' | Where-Object {{ $_ -cne {directory} }}) \
                 -join ':'"
            ),
        };
        for (name, _) in &set_up.variables {
            // Writing to a string cannot fail.
            let _written = match self {
                Self::Bash | Self::Zsh => write!(code, "\nunset {name}"),
                Self::Fish => write!(code, "\nset -e {name}"),
                Self::Powershell => write!(code, "\nRemove-Item Env:{name} -ErrorAction Ignore"),
            };
        }
        code
    }

    fn quoted(self, text: &str) -> String {
        match self {
            Self::Bash | Self::Zsh => quoted(text),
            Self::Fish => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            Self::Powershell => format!("'{}'", text.replace('\'', "''")),
        }
    }
}

/// One word of the POSIX shell, whatever it holds.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const AWKWARD: &str = "/it's $HOME [a] *";

    fn set_up() -> SetUp<'static> {
        SetUp::new(Path::new(AWKWARD)).unwrap()
    }

    /// PATH after some code of bash, which other shells of its language read as well.
    fn path_after(code: &str) -> String {
        let script = format!("{code}\nprintf %s \"$PATH\"");
        let mut shell = Command::new("sh");
        let shell = shell.args(["-eu", "-c", &script]);
        let said = shell.env("PATH", "/usr/bin:/bin").output().unwrap();
        assert!(said.status.success(), "{said:?}");
        String::from_utf8(said.stdout).unwrap()
    }

    #[test]
    fn evaluated_twice_the_directory_is_first_once() {
        let code = Shell::Bash.code(&set_up());
        let expected = format!("{AWKWARD}:/usr/bin:/bin");
        assert_eq!(path_after(&code), expected);
        assert_eq!(path_after(&format!("{code}\n{code}")), expected);
    }

    #[test]
    fn undone_path_is_as_it_was() {
        let (code, undo) = (Shell::Bash.code(&set_up()), Shell::Bash.undo(&set_up()));
        assert_eq!(path_after(&format!("{code}\n{undo}")), "/usr/bin:/bin");
        assert_eq!(path_after(&undo), "/usr/bin:/bin");
    }

    #[test]
    fn variables_are_exported_and_forgotten() {
        let mut set_up = set_up();
        set_up.variables = vec![("DEMO", "it's".to_owned())];
        let code = Shell::Zsh.code(&set_up);
        assert!(code.ends_with("\nexport DEMO='it'\\''s'"), "{code}");
        let undo = Shell::Zsh.undo(&set_up);
        assert!(undo.ends_with("\nunset DEMO"), "{undo}");
    }

    #[test]
    fn each_shell_is_spoken_to_in_its_own_language() {
        let set_up = SetUp::new(Path::new("/s")).unwrap();
        insta::assert_snapshot!(Shell::Fish.code(&set_up), @r#"
        if test "$PATH[1]" != '/s'; set -gx PATH '/s' $PATH; end
        set -gx PIP_PYTHON '/s/spip-python'
        "#);
        insta::assert_snapshot!(Shell::Fish.undo(&set_up), @r"
        set -gx PATH (printf '%s\n' $PATH | grep -vxF '/s')
        set -e PIP_PYTHON
        ");
        insta::assert_snapshot!(Shell::Powershell.code(&set_up), @r"
        if (($env:PATH -split ':')[0] -cne '/s') { $env:PATH = '/s' + ':' + $env:PATH }
        $env:PIP_PYTHON = '/s/spip-python'
        ");
        insta::assert_snapshot!(Shell::Powershell.undo(&set_up), @r"
        $env:PATH = ($env:PATH -split ':' | Where-Object { $_ -cne '/s' }) -join ':'
        Remove-Item Env:PIP_PYTHON -ErrorAction Ignore
        ");
        insta::assert_snapshot!(Shell::Bash.line(Some(&set_up)), @r#"eval "$(spip init bash --dir '/s')""#);
        insta::assert_snapshot!(Shell::Fish.line(None), @"spip init fish | source");
        let shell = |program: &str| Shell::of(OsStr::new(program));
        assert_eq!(shell("/usr/bin/zsh"), Some(Shell::Zsh));
        assert_eq!(shell("pwsh"), Some(Shell::Powershell));
        assert_eq!(shell("/bin/csh"), None);
    }
}
