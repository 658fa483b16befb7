"""Rules about the text of platform.yaml, apart from its reader, which takes long to import."""

from __future__ import annotations

from generator.diagnostics import error

SYNTAX = error("yaml/syntax", "The file is not YAML.")
DUPLICATE_KEY = error("yaml/duplicate-key", "A mapping has the same key twice.")
NOT_PLAIN = error("yaml/not-plain", "An anchor, alias, tag, or key that is no short text.")
AMBIGUOUS = error("yaml/ambiguous-number", "A number that versions of YAML read differently.")
TOO_DEEP = error("yaml/too-deep", "The document is nested too deeply.")
NOT_FINITE = error("yaml/not-finite", "A number is not finite.")
