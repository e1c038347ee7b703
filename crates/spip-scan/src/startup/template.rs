//! Start-up files that old setuptools generated for namespace packages.

/// What the generators write, names replaced by `N`. `{}` stands for the place of the packages.
const TEMPLATES: &[&str] = &[
    "import sys,types,os; p = os.path.join({}, *('N',)); ie = os.path.exists(os.path.join(p,'__init__.py')); m = not ie and sys.modules.setdefault('N',types.ModuleType('N')); mp = (m or []) and m.__dict__.setdefault('__path__',[]); (p not in mp) and mp.append(p)",
    "import sys,new,os; p = os.path.join({}, *('N',)); ie = os.path.exists(os.path.join(p,'__init__.py')); m = not ie and sys.modules.setdefault('N',new.module('N')); mp = (m or []) and m.__dict__.setdefault('__path__',[]); (p not in mp) and mp.append(p)",
    "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join({}, *('N',));importlib = has_mfs and __import__('importlib.util');has_mfs and __import__('importlib.machinery');m = has_mfs and sys.modules.setdefault('N', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('N', [os.path.dirname(p)])));m = m or sys.modules.setdefault('N', types.ModuleType('N'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)",
    "import sys, types, os;p = os.path.join({}, *('N',));importlib = __import__('importlib.util');__import__('importlib.machinery');m = sys.modules.setdefault('N', importlib.util.module_from_spec(importlib.machinery.PathFinder.find_spec('N', [os.path.dirname(p)])));m = m or sys.modules.setdefault('N', types.ModuleType('N'));mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)",
];

/// What stands for the place of the packages.
const PLACE: &str = "sys._getframe(1).f_locals['sitedir']";

/// What the templates add for packages within packages.
const PARENT: &str = "m and setattr(sys.modules['N'], 'N', m)";

/// Texts of the templates that are no names of packages.
const FIXED: &[&str] = &[
    "sitedir",
    "importlib.util",
    "importlib.machinery",
    "__path__",
    "__init__.py",
];

/// Whether a file holds only lines of the templates, names aside, or of editable installations
/// where there may be some.
pub(super) fn is_generated(bytes: &[u8], editable: bool) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let mut lines = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .peekable();
    bytes.len() < 1 << 16
        && lines.peek().is_some()
        && lines.all(|line| is_template(line) || (editable && is_editable(line)))
}

/// Whether a line is the one that setuptools generates for an editable installation.
fn is_editable(line: &str) -> bool {
    finder(line).is_some()
}

/// The module that a line of an editable installation imports and calls.
fn finder(line: &str) -> Option<&str> {
    let (module, call) = line.strip_prefix("import ")?.split_once("; ")?;
    let is_finder = module.starts_with("__editable___")
        && module.ends_with("_finder")
        && super::is_dotted(module)
        && call.strip_prefix(module) == Some(".install()");
    is_finder.then_some(module)
}

/// The modules that the lines of editable installations import and call.
pub(super) fn finders(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().filter_map(finder).map(str::to_owned).collect()
}

fn is_template(line: &str) -> bool {
    let shape = shape(line.trim_end());
    let shape = shape.replace(PLACE, "{}");
    let bare = shape
        .strip_suffix(PARENT)
        .map_or(shape.as_str(), |rest| rest.trim_end_matches([';', ' ']));
    TEMPLATES.contains(&bare)
}

/// A line with every name in quotes replaced, and tuples of several names by tuples of one.
fn shape(line: &str) -> String {
    let mut parts = line.split('\'');
    let mut shape = parts.next().unwrap_or_default().to_owned();
    while let (Some(quoted), rest) = (parts.next(), parts.next()) {
        let name = !FIXED.contains(&quoted) && super::is_dotted(quoted);
        shape.push('\'');
        shape.push_str(if name { "N" } else { quoted });
        if let Some(rest) = rest {
            shape.push('\'');
            shape.push_str(rest);
        }
    }
    while shape.contains("'N', 'N')") && shape.contains("*('N'") {
        let shorter = shape
            .replacen("*('N', 'N'", "*('N'", 1)
            .replacen("*('N')", "*('N',)", 1);
        if shorter == shape {
            break;
        }
        shape = shorter;
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_namespace(bytes: &[u8]) -> bool {
        is_generated(bytes, false)
    }

    fn generated(name: &str, tuple: &str) -> String {
        let template = TEMPLATES[3].replace("('N',)", tuple);
        template
            .replace("{}", PLACE)
            .replace("'N'", &format!("'{name}'"))
    }

    #[test]
    fn generated_lines_are_known_whatever_their_names() {
        assert!(is_namespace(generated("zope", "('zope',)").as_bytes()));
        let nested = generated("zope.app", "('zope', 'app')");
        let parent = format!("{nested};m and setattr(sys.modules['zope'], 'app', m)\n");
        assert!(is_namespace(parent.as_bytes()));
        let several = format!("{parent}\n{}\n", generated("zope", "('zope',)"));
        assert!(is_namespace(several.as_bytes()));
    }

    #[test]
    fn lines_of_editable_installations_are_known_where_such_are_made() {
        let line = b"import __editable___demo_1_0_finder; __editable___demo_1_0_finder.install()\n";
        assert!(is_generated(line, true));
        assert!(!is_generated(line, false));
    }

    #[test]
    fn anything_more_is_not_known() {
        let line = generated("zope", "('zope',)");
        for text in [
            format!("{line};import os"),
            format!("import evil;{line}"),
            line.replace("'zope'", "'zope.'+x+'y'"),
            format!("{line}\n/tmp"),
            String::new(),
        ] {
            assert!(!is_namespace(text.as_bytes()), "{text}");
        }
    }
}
