"""What a change does to Secrets that are in the members: what brought them there goes on.

When a policy goes, or selects something else, Karmada takes its labels from the binding and leaves
the binding and its Works (its pkg/detector/policy.go): it keeps a propagated Secret as the control
plane has it. An ExternalSecret stays in the members, as its policy says, and keeps its Secret too.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.diagnostics import Diagnostic, pointer_of, warning
from generator.model.platform.model import PLATFORM_FILE, Platform
from generator.rules.base.change import Change

SECRET_SOURCE = warning(
    "base/secret-source", "A Secret that exists gets another source.", adjustable=False
)


def check_secrets(change: Change) -> Iterator[Diagnostic]:
    """A finding for each Secret that something brought into members, and something else will."""
    used = {name for _, name in change.before.secrets}
    before, after = _sources(change.before.platform), _sources(change.after.platform)
    for name in sorted(used & after.keys()):
        was, (now, pointer) = before[name][0], after[name]
        if was != now:
            yield SECRET_SOURCE.found(
                f'the source of the Secret "{name}" was "{was}": what brought it into the members '
                "keeps it as it was",
                hint=_HINTS[was],
                at=PLATFORM_FILE.at(pointer),
            )


_HINTS = {
    "control-plane": "give it another name, or delete the Secret on the control plane first",
    "external": "give it another name, or delete the ExternalSecret in the members first",
}


def _sources(platform: Platform) -> dict[str, tuple[str, str]]:
    """The source of each Secret by its name, and where that is said."""
    credentials, sources = platform.credentials, dict[str, tuple[str, str]]()
    sources[credentials.secret_name] = credentials.source, "/credentials/source"
    for index, profile in enumerate(credentials.profiles):
        at = pointer_of("credentials", "profiles", index, "source")
        sources.setdefault(profile.secret_name, (profile.source, at))
    for index, secret in enumerate(platform.pods.image_pull_secrets):
        at = pointer_of("pods", "imagePullSecrets", index, "source")
        sources.setdefault(secret.name, (secret.source, at))
    return sources
