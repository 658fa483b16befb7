"""What tests of yaml emitter share."""

from __future__ import annotations

TRICKY = [
    "", " ", "  a", "a ", "a  b", "\t", "a\tb", "\n", "a\n", "a\nb", "a\nb\n", "\na\n", " a\nb\n",
    "a\n\nb\n", "a\n\n", "a \nb\n", "a\r\nb\n", "y", "Y", "yes", "Yes", "YES", "n", "N", "no", "No",
    "NO", "on", "On", "ON", "off", "OFF", "true", "True", "TRUE", "false", "null", "Null", "NULL",
    "~", "nan", ".nan", ".NaN", "inf", ".inf", "-.inf", "+.Inf", "0", "00", "08", "0o7", "0x1F",
    "0b11", "1_000", "1,000", "1e3", "1E-3", "1.", ".5", "-0", "+1", "1:30", "190:20:30",
    "12:30:45",
    "2001-01-01", "2001-12-14t21:59:43.10-05:00", "<<", "=", "!", "&a", "*a", "|", ">", "%", "@",
    "`", "#", "# a", "a #b", "a#b", "a: b", "a:b", "a:", ":a", ": a", "-", "- a", "-a", "--", "---",
    "--- a", "...", "?", "? a", "[", "]", "[a]", "{", "}", "{a: b}", ",", "a,b", "'", "''", '"',
    '""', "it's", 'say "x"', "\\", "a\\nb", "C:\\x", "\x85", "a\x85b", "\u2028", "a\u2028b",
    "\u2029",
    "\ufeff", "a\ufeffb", "\xa0", "\xad", "\u200b", "\u202e", "\u2066", "\ufffe", "\uffff",
    "\ufffd",
    "\U0001f600", "\U0001ffff", "\U0010ffff", "\U000e0001", "\x7f", "\x1b[31m", "\x00", "é", "ệ",
    "日本語", "/", "/a/b", "a/b:c", "nvidia.com/gpu", "python /a/b.py --x 1", "a" * 2000, "é" * 500,
    "0.0.0.0", "1.2.3", "v1.2", "e3", "E5", "_1", "a.b.c", "a - b", "a -b", "key: |", "!!str a",
]  # fmt: skip
