"""What the end-to-end tests' node makes of security contexts, without privileges."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.node.environment import ContainerConfigError
from tests.e2e.node.pod import Pod
from tests.e2e.node.security import give_to_group, rights
from tests.e2e.session.api import Object


def pod(**context: Any) -> Pod:
    return Pod({"spec": {"securityContext": context}})


RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""A container's part of what Pod Security calls restricted."""


@pytest.mark.parametrize(
    ("of_pod", "of_container", "words"),
    [
        ({}, {}, []),
        ({"runAsUser": 1000}, {}, ["--reuid=1000", "--regid=100", "--clear-groups"]),
        ({"runAsUser": 7, "runAsGroup": 8}, {}, ["--reuid=7", "--regid=8", "--clear-groups"]),
        ({"runAsUser": 7}, {"runAsUser": 9}, ["--reuid=9", "--regid=0", "--clear-groups"]),
        (
            {"fsGroup": 5, "supplementalGroups": [3, 4]},
            {},
            ["--reuid=0", "--regid=0", "--groups=3,4,5"],
        ),
        ({}, RESTRICTED, ["--no-new-privs", "--inh-caps=-all", "--bounding-set=-all"]),
        (
            {},
            {"capabilities": {"drop": ["NET_RAW", "CAP_CHOWN"]}},
            ["--inh-caps=-net_raw,-chown", "--bounding-set=-net_raw,-chown"],
        ),
    ],
)
def test_a_process_has_the_rights_that_its_contexts_say(
    of_pod: Object, of_container: Object, words: list[str]
) -> None:
    found = rights(pod(**of_pod), {"securityContext": of_container})
    assert found == (["setpriv", *words, "--"] if words else [])


def test_root_is_refused_where_it_may_not_be() -> None:
    with pytest.raises(ContainerConfigError, match="runAsNonRoot and image will run as root"):
        rights(pod(runAsNonRoot=True), {})


@pytest.mark.parametrize(
    ("policy", "mode"), [({}, 0o664), ({"fsGroupChangePolicy": "OnRootMismatch"}, 0o604)]
)
def test_a_volume_belongs_to_the_group(tmp_path: Path, policy: Object, mode: int) -> None:
    one = pod(fsGroup=os.getgid(), **policy)
    tmp_path.chmod(0o755)
    (tmp_path / "models").mkdir(mode=0o755)
    give_to_group(one, tmp_path)
    assert [place.stat().st_mode & 0o7777 for place in (tmp_path, tmp_path / "models")] == [
        0o2775,
        0o2775,
    ]
    (tmp_path / "later").touch()
    (tmp_path / "later").chmod(0o604)
    give_to_group(one, tmp_path)
    assert (tmp_path / "later").stat().st_mode & 0o7777 == mode
    assert (tmp_path / "later").stat().st_gid == os.getgid()
