//! The ordinary parts of a package, around what the case is about.

/// Names of projects that nobody uses.
const NAMES: [&str; 16] = [
    "tallgrass-metrics",
    "quietharbor",
    "lanternpath",
    "brickfield-tools",
    "ospreykit",
    "mossgate",
    "northquay",
    "plumtable",
    "riverstone-io",
    "saltmarsh-utils",
    "thimblework",
    "umberline",
    "vellumcase",
    "wickerbase",
    "yarrowsync",
    "zephyrlane",
];

/// The name of a project.
pub(super) fn name(index: usize) -> &'static str {
    NAMES[index % NAMES.len()]
}

/// A plain `pyproject.toml`.
pub(super) const PYPROJECT: &str = r#"[build-system]
requires = ["setuptools>=61"]
build-backend = "setuptools.build_meta"

[project]
name = "«name»"
version = "«version»"
description = "Small helpers for everyday work"
"#;

/// A plain `__init__`.
pub(super) const INIT: &str = r#""""Small helpers for everyday work."""

from .text import shorten

__all__ = ["shorten"]
__version__ = "«version»"
"#;

/// A plain module.
pub(super) const TEXT: &str = r#""""Helpers for text."""

import textwrap


def shorten(text, width=72):
    """Cut a text to a width, at a word."""
    return textwrap.shorten(" ".join(text.split()), width=width, placeholder="…")


def indent(text, by=4):
    """Move every line of a text to the right."""
    return textwrap.indent(text, " " * by)
"#;
