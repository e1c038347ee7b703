//! Files: what reading one gives, and what goes into one.

use super::interpreter::Interpreter;
use super::secrets;
use super::value::{Arguments, Kind, Value};
use ruff_text_size::TextRange;
use spip_core::{Deed, Taints};

use super::sinks::{SENSITIVE, result_of};

impl<'a> Interpreter<'a> {
    /// `open(path, mode)`.
    pub(super) fn open(&mut self, arguments: &Arguments<'a>, range: TextRange) -> Value<'a> {
        self.open_path("builtins.open", arguments, range)
    }

    pub(super) fn open_path(
        &mut self,
        callee: &str,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let path = arguments
            .get(0, "file")
            .or_else(|| arguments.get(0, "name"))
            .or_else(|| arguments.get(0, "path"));
        let path = path
            .or_else(|| arguments.named("database"))
            .cloned()
            .unwrap_or_else(Value::none);
        let path = if callee.starts_with("tempfile.") {
            self.temporary_path(arguments)
        } else {
            path
        };
        let mode = arguments
            .get(1, "mode")
            .and_then(Value::as_str)
            .unwrap_or("r")
            .to_owned();
        let mode = if callee.starts_with("tempfile.")
            || callee == "os.open"
                && arguments
                    .get(1, "flags")
                    .is_some_and(|flags| matches!(flags.kind, Kind::Str(_) | Kind::Unknown))
        {
            "w".to_owned()
        } else {
            mode
        };
        let path = match arguments.named("fileobj") {
            Some(inner) if inner.key != 0 => inner.clone(),
            _ => path,
        };
        let key = self.key_of(&path);
        let handle = |taints: Taints| Value::path(result_of(callee)).tainted(taints).keyed(key);
        if mode.contains(['w', 'a', 'x', '+']) {
            let kept = path.taints.only(
                Taints::HOME
                    .with(Taints::SITE_PACKAGES)
                    .with(Taints::FILE_LISTING)
                    .with(Taints::TEMPORARY)
                    .with(Taints::PACKAGE_DATA),
            );
            let place = self.place_of(&path);
            if place.any(Taints::SITE_PACKAGES)
                || kept.any(Taints::HOME.with(Taints::SITE_PACKAGES))
            {
                let only = Arguments::of(vec![path.clone()]);
                let at = self.act(Deed::Write, callee, &only, range);
                self.taint(at, place.only(Taints::SITE_PACKAGES));
            }
            return handle(kept);
        }
        let read = self.read_file(&path, callee, range);
        handle(read.taints)
    }

    /// A path of its own for each temporary file or folder.
    pub(super) fn temporary_path(&mut self, arguments: &Arguments<'a>) -> Value<'a> {
        self.temporary += 1;
        let ending = arguments
            .named("suffix")
            .and_then(Value::as_str)
            .unwrap_or_default();
        Value::string(format!("{{tmp}}/#{}{ending}", self.temporary)).tainted(Taints::TEMPORARY)
    }

    /// What the text of a path says about it.
    pub(super) fn place_of(&self, path: &Value<'a>) -> Taints {
        path.shown()
            .map_or(Taints::NONE, |text| secrets::of_path(&text))
    }

    /// What reading a file gives.
    pub(super) fn read_file(
        &mut self,
        path: &Value<'a>,
        callee: &str,
        range: TextRange,
    ) -> Value<'a> {
        let shown = path.shown();
        let place = shown.as_deref().map_or(Taints::NONE, secrets::of_path);
        let mut taints = Taints::FILE
            .with(place)
            .with(self.written_to_value(path, 2));
        taints = taints.with(
            path.taints.without(
                Taints::ASSEMBLED
                    .with(Taints::HIDDEN)
                    .with(Taints::PARAMETER),
            ),
        );
        if place.any(SENSITIVE) {
            let at = self.act(
                Deed::Read,
                callee,
                &Arguments::of(vec![path.clone()]),
                range,
            );
            self.taint(at, place);
        }
        let is_own = |text: &str| {
            !text.starts_with(['/', '~', '{'])
                && !text.contains(':')
                && !text.starts_with('\u{fffc}')
        };
        if shown
            .as_deref()
            .is_some_and(|text| text.starts_with("{package}") || is_own(text))
        {
            taints = taints.with(Taints::PACKAGE_DATA);
        }
        if let Some(rest) = shown
            .as_deref()
            .and_then(|it| it.strip_prefix("{package}/"))
            && rest == self.path
        {
            taints = taints.with(Taints::OWN_TEXT);
        }
        let key = self.key_of(path);
        Value::unknown(taints).keyed(key)
    }

    /// A file goes from one place to another, with what is in it.
    pub(super) fn copy_file(
        &mut self,
        callee: &str,
        hidden: Taints,
        arguments: &Arguments<'a>,
        range: TextRange,
    ) -> Value<'a> {
        let (Some(from), Some(to)) = (
            arguments.get(0, "src").cloned(),
            arguments.get(1, "dst").cloned(),
        ) else {
            return Value::none();
        };
        let read = match from.kind {
            Kind::Path(_) => from.clone(),
            _ => self.read_file(&from, callee, range),
        };
        let target = Arguments::of(vec![to.clone(), Value::unknown(read.taints)]);
        let at = self.act_of(Deed::Write, callee, hidden, &target, range);
        let place = self.place_of(&to);
        self.taint(at, place.only(Taints::SITE_PACKAGES));
        self.note_write(&to, read.taints);
        to
    }
}

/// Folders of a home that hold what people make.
const PERSONAL: &[&str] = &[
    "documents",
    "desktop",
    "downloads",
    "pictures",
    "videos",
    "music",
    "onedrive",
    "dropbox",
    "projects",
    "dokumente",
    "escritorio",
    "documentos",
    "bilder",
    "images",
];

/// What walking through a directory gives: the files of a home where it is the home itself or one
/// of the folders that people keep their files in.
pub(super) fn walked<'a>(path: &Value<'a>, mut read: Value<'a>) -> Value<'a> {
    let text = path
        .shown()
        .unwrap_or_default()
        .replace('\\', "/")
        .to_lowercase();
    let inner = text
        .strip_prefix("~/appdata")
        .map_or_else(|| text.strip_prefix('~'), |_| None);
    let first = inner
        .unwrap_or("none")
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    let is_personal =
        first.is_empty() || first.contains(['*', '\u{fffc}']) || PERSONAL.contains(&first);
    read.taints = if is_personal && (inner.is_some() || read.taints.any(Taints::HOME)) {
        read.taints.with(Taints::HOME)
    } else if text.starts_with('~') {
        read.taints.without(Taints::HOME)
    } else {
        read.taints
    };
    read.tainted(Taints::FILE_LISTING)
}
