"""Checks of the repository alone, and of Karmada against what it renders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generator.check.outcome import Checked
from generator.diagnostics import has_errors
from generator.diagnostics.diagnostic import Advice
from generator.diagnostics.wording import first_few
from generator.fields import kubernetes
from generator.karmada.amounts import quantity
from generator.karmada.client.control_plane import Object
from generator.karmada.doctor.finding import (
    LISTS,
    OVERRIDE_POLICY,
    PROPAGATION_POLICY,
    RAYJOB,
    Context,
    Finding,
    counted,
)
from generator.karmada.rendered import in_words
from generator.karmada.status.job_status import differences
from generator.model.platform.model import FILE
from generator.render.build import build
from generator.render.flux import drift_for_flux
from generator.render.tree import make_plan
from generator.render.yaml_emitter import manifest_text
from generator.source.files import JOBS
from generator.source.text import read_text

_REPOSITORY = "https://git.example/team/jobs.git"
"""Stands in sync/ for the repository, until docs/sync.md, step 1, was done."""
_FLUX = ("sync/flux/repository.yaml",)
_ARGO_CD = ("sync/argocd/applicationset.yaml", "sync/argocd/project.yaml")
_STEP_1 = 'see docs/sync.md, "Name the repository"'
_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
_PLACEHOLDER = "@OWNER/"
_OURS = {PROPAGATION_POLICY: "-propagation", OVERRIDE_POLICY: "-override"}
"""How policies that are rendered end, after the name of the one object that they select."""


def jobs(_: Path, loaded: Checked) -> Iterator[Finding]:
    """Check whether every job is valid."""
    errors = [one for one in loaded.diagnostics if one.is_error]
    number = len(loaded.fleet.submissions)
    if errors:
        files = sorted({one.file for one in errors if one.file})
        message = f"{counted(len(errors), 'error')} in {first_few(files)}"
        advice = Advice(message, "`rayjobs validate` says what is wrong, and where")
        yield Finding("problem", advice, tuple(files))
    elif not number:
        yield Finding.warning("there is no job yet", "write one: `rayjobs new NAME`")
    else:
        yield Finding.ok(f"{counted(number, 'job')}, all valid")
    if more := len(loaded.diagnostics) - len(errors):
        yield Finding.warning(counted(more, "warning"), "`rayjobs validate` shows them")


def rendered(root: Path, loaded: Checked) -> Iterator[Finding]:
    """Check whether rendered/ is what the jobs render to."""
    if has_errors(loaded.diagnostics):
        message = "not looked at: nothing is rendered while there are errors"
        yield Finding.warning(message, "correct them")
        return
    wanted = {one.path: manifest_text(one).encode() for one in build(loaded.fleet)}
    plan = make_plan(root, wanted, allow_empty=True)
    stale = [plan.place(one.path) for one in [*plan.writes, *plan.delete]]
    if stale:
        message = f"{counted(len(stale), 'file')} not as rendered"
        yield Finding.problem(message, "run `rayjobs render` and commit rendered/", stale)
    elif not has_errors(plan.diagnostics):
        yield Finding.ok(f"rendered/ is what the jobs render to: {counted(len(plan.keep), 'file')}")
    for one in plan.diagnostics:
        advice = Advice(f"{one.file}: {one.message}", one.hint)
        yield Finding("problem" if one.is_error else "warning", advice)


def sync_files(root: Path, loaded: Checked) -> Iterator[Finding]:
    """Check whether sync/ names this repository."""
    named, not_named = [], []
    for engine, files in (("Flux", _FLUX), ("Argo CD", _ARGO_CD)):
        texts = {file: read_text(root, file)[0] for file in files}
        there = {file: text for file, text in texts.items() if text is not None}
        if there and not any(_REPOSITORY in text for text in there.values()):
            named.append(engine)
        else:
            not_named += [file for file, text in there.items() if _REPOSITORY in text]
    if named:
        yield Finding.ok(f"sync/ names a repository for {' and '.join(named)}")
    elif not_named:
        advice = Advice(f"sync/ still names the placeholder {_REPOSITORY}", _STEP_1)
        yield Finding("problem", advice, tuple(not_named))
    else:
        hint = (
            "`rayjobs init` writes it; where an engine is pointed at rendered/ from elsewhere, fine"
        )
        yield Finding.warning("there is no sync/ for Flux or Argo CD", hint)
    if not has_errors(loaded.diagnostics):
        stale = [one.file for one in drift_for_flux(root, loaded.fleet, allow_empty=True)]
        if old := sorted(file for file in stale if file):
            message = f"{counted(len(old), 'file')} of sync/flux/namespaces/ not as written"
            advice = Advice(message, "run `rayjobs sync flux` and commit what it writes")
            yield Finding("problem", advice, tuple(old))


def namespaces(_: Path, loaded: Checked) -> Iterator[Finding]:
    """Check whether platform.yaml lists the namespaces of jobs."""
    listed = {*loaded.fleet.platform.namespaces, kubernetes.DEFAULT_NAMESPACE}
    used = {one.job.namespace for one in loaded.fleet.submissions}
    if missing := sorted(used - listed):
        message = f"{FILE} does not list {counted(len(missing), 'namespace')}"
        hint = "list it below namespaces: else nobody makes it, and its last job may never end"
        yield Finding.warning(message, hint, missing)
    else:
        yield Finding.ok(f"{FILE} lists every namespace that jobs name")


def code_owners(root: Path, loaded: Checked) -> Iterator[Finding]:
    """Check whether each tenant has reviewers."""
    found = ((file, read_text(root, file)[0]) for file in _CODEOWNERS)
    file, text = next(((f, t) for f, t in found if t is not None), (_CODEOWNERS[0], None))
    tenants = sorted(
        {
            *loaded.fleet.platform.tenants,
            *(one.tenant for one in loaded.fleet.submissions if one.tenant),
        }
    )
    if text is None:
        if loaded.fleet.platform.tenants:
            hint = "`rayjobs init` writes one into an empty directory: copy it from there"
            message = f"there is no {file}: who writes here approves any tenant's job"
            yield Finding.warning(message, hint)
        return
    lines = [line.partition("#")[0].split() for line in text.splitlines()]
    unowned = [tenant for tenant in tenants if not _has_owner(tenant, lines)]
    if any(word.startswith(_PLACEHOLDER) for words in lines for word in words):
        yield Finding.warning(f"{file} still names {_PLACEHOLDER}", "name your teams there")
    if unowned:
        message = f"{file} has no owner of {first_few([f'/jobs/{one}/' for one in unowned])}"
        advice = Advice(message, "add a line for each: /jobs/TENANT/ @ORGANISATION/TEAM")
        yield Finding("warning", advice, tuple(unowned))
    elif tenants:
        yield Finding.ok(f"{file} has an owner for {counted(len(tenants), 'tenant')}")


def _has_owner(tenant: str, lines: list[list[str]]) -> bool:
    """Return whether the last line that matches names anybody, as GitHub and GitLab read it."""
    for words in reversed(lines):
        if words and words[0].strip("/").removesuffix("/**") in ("*", JOBS, f"{JOBS}/{tenant}"):
            return len(words) > 1
    return False


def drift(context: Context) -> Iterator[Finding]:
    """Check whether Karmada has every object of rendered/ as it is there."""
    missing: list[str] = []
    other: list[str] = []
    number = 0
    for kind in sorted(context.rendered.keys() & LISTS.keys()):
        there = context.on_karmada(kind)
        for one in context.rendered[kind]:
            number += 1
            found = there.get(one.key)
            if found is None:
                missing.append(one.words)
            elif places := list(_differences(one.value, found)):
                other.append(f"{one.words} ({first_few(places, 1)})")
    if missing:
        message = f"{counted(len(missing), 'object')} of rendered/ not on Karmada"
        hint = "commit and push; then see whether the sync engine has applied the commit"
        yield Finding.problem(message, hint, missing)
    if other:
        message = f"{counted(len(other), 'object')} on Karmada not as in rendered/"
        hint = (
            "see whether the sync engine has applied the last commit, or who edits them; a RayJob "
            "that has started stays what it was"
        )
        yield Finding.warning(message, hint, other)
    if number and not missing and not other:
        yield Finding.ok(f"Karmada has {counted(number, 'object')} of rendered/ as they are there")


def _differences(rendered: Mapping[str, Any], found: Object) -> Iterator[str]:
    """Without quantities that are written otherwise: an API server makes 1024Gi 1Ti.

    Lists of Kubernetes' own kinds leave out apiVersion and kind.
    """
    compared = {key: one for key, one in rendered.items() if key not in ("apiVersion", "kind")}
    for place in differences(compared, found):
        one, other = quantity(_at(rendered, place)), quantity(_at(found, place))
        if one is None or one != other:
            yield place


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value.get(key)
    return value


def not_in_git(context: Context) -> Iterator[Finding]:
    """Check whether Karmada has RayJobs or policies of jobs that rendered/ does not have."""
    rendered = context.rendered_keys
    found = [key for key in context.on_karmada(RAYJOB) if key not in rendered]
    for kind, ending in _OURS.items():
        there = context.on_karmada(kind)
        found += [k for k, o in there.items() if k not in rendered and _is_ours(o, ending)]
    if found:
        names = [in_words(key) for key in sorted(found)]
        message = f"{counted(len(names), 'object')} on Karmada not in rendered/"
        hint = (
            "where the sync engine prunes it takes them away; else delete them there, which ends "
            "their trainings, or bring their jobs into Git"
        )
        yield Finding.warning(message, hint, names)
    else:
        yield Finding.ok("every RayJob on Karmada is in rendered/")


def _is_ours(policy: Object, ending: str) -> bool:
    selectors = (policy.get("spec") or {}).get("resourceSelectors") or []
    name = policy["metadata"]["name"]
    return len(selectors) == 1 and name == f"{selectors[0].get('name')}{ending}"


def finished(context: Context) -> Iterator[Finding]:
    """Check whether jobs that have ended would run again on a rebuilt Karmada."""
    ended = [
        f"{namespace}/{name}"
        for (namespace, name), state in context.states().items()
        if state.has_ended and ("RayJob", namespace, name) in context.rendered_keys
    ]
    if ended:
        message = f"{counted(len(ended), 'job')} ended and still in rendered/"
        hint = (
            "a Karmada that is rebuilt, a member that rejoins empty, and for one-of and ordered a "
            "member that leaves would run them again: delete their folders and render"
        )
        yield Finding.warning(message, hint, ended)
    else:
        yield Finding.ok("no job in rendered/ has ended")
