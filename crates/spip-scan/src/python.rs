//! Reads Python source: what it does, when, and what it hides.

#![allow(
    clippy::case_sensitive_file_extension_comparisons,
    clippy::format_push_string,
    clippy::match_same_arms,
    clippy::needless_pass_by_value,
    clippy::only_used_in_recursion,
    clippy::self_only_used_in_recursion,
    clippy::similar_names,
    clippy::struct_field_names,
    clippy::too_many_lines,
    clippy::unused_self,
    reason = "an interpreter of another language: tables of its names, and one method per construct"
)]

mod acts;
mod applied;
mod arguments;
mod attributes;
mod bindings;
mod builtins;
mod bytes;
mod calls;
mod changes;
mod charsets;
mod classes;
mod codecs;
mod constants;
mod containers;
mod costs;
mod cycles;
mod decoders;
mod depth;
mod docstrings;
mod dynamic;
mod effects;
mod expressions;
mod facts;
mod files;
mod fold;
mod format;
mod functions;
mod held;
mod hidden_text;
mod imports;
mod interpreter;
mod library;
mod lines;
mod literals;
mod lookups;
mod loops;
mod methods;
mod models;
mod named;
mod namespaces;
mod nested;
mod others;
mod parse;
mod parts;
mod programs;
mod remote;
mod results;
mod runners;
mod scope;
mod secrets;
mod sequences;
mod set_up;
mod shown;
mod sinks;
mod skipped;
mod source;
mod statements;
mod streams;
mod tables;
mod targets;
mod texts;
mod uses;
mod value;
mod wallets;
mod wide;
mod words;
mod written;

use std::panic::{AssertUnwindSafe, catch_unwind};

use spip_core::{Cause, Odd, Oddity, Site, Taints, Trigger, Unread};
use typed_arena::Arena;

use crate::Limits;
use crate::across::Library;
use crate::module::{Module, Source};

pub(crate) use self::constants::is_constant;
use self::hidden_text::HiddenText;
use self::interpreter::Interpreter;
use self::lines::Lines;

/// Reads one source file. The thread needs a large stack: syntax trees nest as deep as their text.
pub(crate) fn analyse(source: &Source<'_>, limits: &Limits) -> Module {
    analyse_with(source, limits, None)
}

/// The same with the other modules of the artifact at hand.
pub(crate) fn analyse_with(
    source: &Source<'_>,
    limits: &Limits,
    library: Option<&Library<'_>>,
) -> Module {
    let mut module = Module::new(source.path, source.role.clone());
    if source.bytes.len() as u64 > limits.source {
        module.unread.push(Unread {
            member: source.path.to_owned(),
            cause: Cause::TooLarge,
            detail: format!("its source is larger than {} bytes", limits.source),
        });
        return module;
    }
    // The walk only reads; what it leaves behind when it fails is dropped.
    let walked = catch_unwind(AssertUnwindSafe(|| {
        walk(source, limits, library, &mut module);
    }));
    if walked.is_err() {
        module.unread.push(Unread {
            member: source.path.to_owned(),
            cause: Cause::Internal,
            detail: "the analysis of its source failed".to_owned(),
        });
    }
    module
}

fn walk(source: &Source<'_>, limits: &Limits, library: Option<&Library<'_>>, module: &mut Module) {
    let decoded = source::decode(source.bytes);
    if let Some(codec) = &decoded.disguised {
        module.oddities.push(Oddity {
            what: Odd::StrangeCodec,
            trigger: source.role.trigger,
            detail: format!("its text is encoded with \"{codec}\""),
            site: Site::member(source.path),
        });
    }
    if decoded.unsure && source.role.trigger != Trigger::Never {
        module.unread.push(Unread {
            member: source.path.to_owned(),
            cause: Cause::Unreadable,
            detail: "its text is in an encoding that is not read as Python reads it".to_owned(),
        });
    }
    let trees = Arena::new();
    let texts = Arena::new();
    let text: &str = texts.alloc(decoded.text);
    if depth::shape(text, u64::MAX).too_deep {
        module.unread.push(too_deep(source.path));
        return;
    }
    let lines = Lines::new(text, source.first_line);
    let hidden = HiddenText {
        text,
        lines: &lines,
        member: source.path,
        trigger: source.role.trigger,
        found: Vec::new(),
    };
    let oddities = &mut module.oddities;
    let tree = parse::file(text, |tokens| oddities.extend(hidden.look(tokens)));
    let tree = &*trees.alloc(tree);
    let mut interpreter = Interpreter::new(
        &trees,
        &texts,
        source.path,
        &source.role,
        lines,
        text.len() as u64,
        limits,
    );
    interpreter.library = library;
    if let (Some(_), Some(name)) = (library, source.role.module.as_deref()) {
        interpreter.loaded.insert(name, Some(0));
    }
    interpreter.run(&tree.body);
    let has_too_many_acts = interpreter.has_too_many_acts();
    if interpreter.verifies {
        for known in &mut interpreter.acts {
            if known.act.taints.any(Taints::DOWNLOADED) {
                known.act.taints = known.act.taints.with(Taints::VERIFIED);
            }
        }
    }
    for (wanted, range) in &interpreter.required {
        module.oddities.push(Oddity {
            what: Odd::BuildRequirementUrl,
            trigger: source.role.trigger,
            detail: crate::archive::names::quoted(wanted),
            site: interpreter.lines.site(source.path, *range),
        });
    }
    if interpreter.too_deep {
        module.unread.push(too_deep(source.path));
    }
    if interpreter.wanted.contains(others::EVERYTHING) {
        let imported = interpreter.uses.iter().map(|used| used.target.clone());
        interpreter.wanted.extend(imported);
    }
    module.hands = interpreter.hands();
    let takes = interpreter.takes.iter();
    let takes =
        takes.map(|(within, held)| (within.as_deref().map(str::to_owned), held.to_string()));
    module.takes = takes.collect();
    module.gives = interpreter.gives.iter().map(ToString::to_string).collect();
    module.wants = interpreter.wanted.into_iter().collect();
    module.oddities.extend(interpreter.oddities);
    if has_too_many_acts {
        module.unread.push(Unread {
            member: source.path.to_owned(),
            cause: Cause::TooLarge,
            detail: "its code does more than can be told".to_owned(),
        });
    }
    module.acts = interpreter.acts;
    module.uses = interpreter.uses.into_iter().collect();
}

fn too_deep(path: &str) -> Unread {
    Unread {
        member: path.to_owned(),
        cause: Cause::TooLarge,
        detail: "its code is nested too deeply".to_owned(),
    }
}

#[cfg(test)]
mod tests;
