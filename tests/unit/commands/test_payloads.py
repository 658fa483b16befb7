"""`rayjobs new` from what the training form posted, and from the rows of its database."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.command import rayjobs
from tests.helpers.jobs import minimal_job
from tests.helpers.templates import on_a_terminal, written

CLUSTERS = "clusters: {north: {}, south: {}}\n"


def payload(name: str = "train-1", **changes: Any) -> dict[str, Any]:
    """What the form posts for a job that is otherwise valid."""
    document = minimal_job(name)
    document["inputDataConfig"][0] |= {"id": "c1", "storageProvider": "minio"}
    return document | {"targetClusters": ["north"]} | changes


def new_from(root: Path, document: object, *arguments: str) -> tuple[int, str, dict[str, Any]]:
    """Exit code, output and errors, and the job that was written, if one was."""
    ran = rayjobs("new", "a", "--root", root, "--from", "-", *arguments, stdin=json.dumps(document))
    assert "Traceback" not in ran.stderr
    job = written(root, "a") if ran.returncode == 0 else {}
    return ran.returncode, ran.stdout + ran.stderr, job


def channel(name: str, kind: str | None = None, **changes: Any) -> dict[str, Any]:
    first: dict[str, Any] = copy.deepcopy(payload()["inputDataConfig"][0])
    typed = {"channelType": kind} if kind else {}
    return first | {"channelName": name, "id": name} | typed | changes


def test_empty_strings_are_left_out(repository: Path) -> None:
    empty = dict.fromkeys(("headImage", "workerImage", "entrypoint", "pvcName", "namespace"), "")
    document = payload(**empty, customHyperparameters={"note": ""})
    document["inputDataConfig"][0] |= {"labelName": "", "contentType": ""}
    code, said, job = new_from(repository, document)
    assert code == 0, said
    assert not {*empty} & {*job}
    assert not {"labelName", "contentType"} & {*job["inputDataConfig"][0]}
    assert job["customHyperparameters"] == {"note": ""}
    assert "left out what is empty: entrypoint, headImage, inputDataConfig.0.contentType" in said


@pytest.mark.parametrize("clusters", [[], None, ""])
def test_missing_clusters_are_named(repository: Path, clusters: Any) -> None:
    (repository / "platform.yaml").write_text(CLUSTERS)
    code, said, _ = new_from(repository, payload(targetClusters=clusters))
    assert code == 1
    assert "--cluster: platform.yaml lists north, south" in said
    assert said.count("error[") == 1
    code, said, job = new_from(
        repository, payload(targetClusters=clusters), "--cluster", "south", "--cluster", "north"
    )
    assert code == 0, said
    assert job["targetClusters"] == ["south", "north"]


def test_missing_clusters_are_asked_for_on_a_terminal(repository: Path, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text(json.dumps(payload(targetClusters=[])))
    code, said = on_a_terminal(repository, ["north"], "--from", str(file))
    assert code == 0, said
    assert written(repository, "train-2")["targetClusters"] == ["north"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("r.example/t:v1", "r.example/t:v1")),
        ({"headImage": ""}, ("r.example/t:v1", "r.example/t:v1")),
        ({"headImage": "r.example/h:v1"}, ("r.example/h:v1", "r.example/t:v1")),
        (
            {"headImage": "r.example/h:v1", "workerImage": "r.example/w:v1"},
            ("r.example/h:v1", "r.example/w:v1"),
        ),
    ],
)
def test_the_image_of_an_algorithm(
    repository: Path, given: dict[str, str], expected: tuple[str, str]
) -> None:
    algorithm = {"source": "container", "algorithmName": "net", "imageUri": "r.example/t:v1"}
    document = payload(algorithm=algorithm, entrypoint="python /opt/train.py", **given)
    code, said, job = new_from(repository, document)
    assert code == 0, said
    assert (job["headImage"], job["workerImage"]) == expected
    assert "algorithm.imageUri" in said


@pytest.mark.parametrize(
    ("channels", "names", "word"),
    [
        (
            [channel("train"), channel("channel-2", "validation")],
            ["train", "validation"],
            "changed",
        ),
        ([channel("channel-1"), channel("channel-2")], ["train", "validation"], "channel-1"),
        ([channel("train"), channel("train-copy", "validation")], ["train", "validation"], "copy"),
        ([channel("train"), channel("t", "test")], ["train"], "dropped inputDataConfig.1"),
        ([channel("test"), channel("train")], ["train"], "dropped inputDataConfig.0"),
        (
            [channel("train"), channel("validation"), channel("test")],
            ["train", "validation"],
            "dropped inputDataConfig.2",
        ),
    ],
)
def test_channels_are_named_by_their_type_or_place(
    repository: Path, channels: list[dict[str, Any]], names: list[str], word: str
) -> None:
    code, said, job = new_from(repository, payload(inputDataConfig=channels))
    assert code == 0, said
    assert [one["channelName"] for one in job["inputDataConfig"]] == names
    assert word in said


def test_two_channels_of_one_type_are_for_a_person_to_tell(repository: Path) -> None:
    channels = [channel("train"), channel("train-copy", "train")]
    code, said, _ = new_from(repository, payload(inputDataConfig=channels))
    assert code == 1
    assert "job/channel-order" in said


@pytest.mark.parametrize(
    ("region", "endpoint"),
    [
        ("eu-central-1", "https://s3.eu-central-1.amazonaws.com"),
        ("cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn"),
    ],
)
@pytest.mark.parametrize("blank", ["", None])
def test_a_blank_endpoint_of_aws_is_aws_own(
    repository: Path, region: str, endpoint: str, blank: str | None
) -> None:
    (repository / "platform.yaml").write_text(f"trainingScript: {{region: {region}}}\n")
    channels = [channel("train", storageProvider="aws", endpoint=blank)]
    code, said, job = new_from(repository, payload(inputDataConfig=channels))
    assert code == 0, said
    assert job["inputDataConfig"][0]["endpoint"] == endpoint
    assert f"inputDataConfig.0.endpoint is {endpoint} now" in said


@pytest.mark.parametrize(
    ("provider", "words"),
    [("minio", "MinIO"), ("gcs", "https://storage.googleapis.com"), ("custom", "the URL")],
)
def test_another_blank_endpoint_says_what_to_write(
    repository: Path, provider: str, words: str
) -> None:
    channels = [channel("train", storageProvider=provider, endpoint="")]
    code, said, _ = new_from(repository, payload(inputDataConfig=channels))
    assert code == 1
    (hint,) = (line for line in said.splitlines() if "hint:" in line)
    assert words in hint
    assert said.count("error[") == 1


def test_hyperparameters_that_the_form_offers(repository: Path) -> None:
    given = {"nthread": "8", "eval_metric": [], "updater": "hist", "num_round": "120", "eta": "0.1"}
    code, said, job = new_from(repository, payload(hyperparameters={"xgboost": given}))
    assert code == 0, said
    assert job["hyperparameters"]["xgboost"] == {"nthread": 8, "num_round": 120, "eta": 0.1}
    for name in given:
        assert f"hyperparameters.xgboost.{name}" in said


def rows(root: Path, text: str, *arguments: str) -> tuple[int, str, str]:
    ran = rayjobs("new", "--from-rows", "-", "--root", root, *arguments, stdin=text)
    assert "Traceback" not in ran.stderr
    return ran.returncode, ran.stdout, ran.stderr


def names(root: Path) -> list[str]:
    return sorted(path.parent.name for path in root.glob("jobs/*/*/params.json"))


def row(document: dict[str, Any], *, is_text: bool = False) -> dict[str, Any]:
    return {"id": 7, "request_payload": json.dumps(document) if is_text else document}


@pytest.mark.parametrize("is_list", [False, True])
def test_rows_become_jobs(repository: Path, is_list: bool) -> None:
    every = [payload("a"), row(payload("b")), row(payload("c", pvcName=""), is_text=True)]
    text = json.dumps(every) if is_list else "\n".join(map(json.dumps, every)) + "\n"
    code, said, wrong = rows(repository, text, "--tenant", "team")
    assert (code, wrong) == (0, "")
    assert names(repository) == ["a", "b", "c"]
    assert "wrote 3 jobs, refused 0 rows" in said
    assert "left out what is empty: pvcName (in 1 job)" in said
    assert rayjobs("validate", "--root", repository).returncode == 0
    # Nothing is written twice, and nothing is said of what is there as the rows say.
    code, said, wrong = rows(repository, text, "--tenant", "team")
    assert (code, wrong) == (0, "")
    assert "wrote 0 jobs, refused 0 rows; 3 jobs were there already" in said


def test_one_row_may_take_many_lines(repository: Path) -> None:
    code, said, wrong = rows(repository, json.dumps(payload("a"), indent=2) + "\n")
    assert (code, wrong) == (0, "")
    assert (names(repository), said.splitlines()[-1]) == (["a"], "wrote 1 job, refused 0 rows")


def test_rows_that_are_refused_are_listed_with_reasons_in_their_order(repository: Path) -> None:
    (repository / "platform.yaml").write_text(CLUSTERS)
    wrong_number = payload("c")
    wrong_number["resources"]["instanceCount"] = 0
    lines = [
        json.dumps(payload("a")),
        json.dumps(payload("b", targetClusters=[])),
        json.dumps(wrong_number),
        '{"jobName": ',
        "[]",
        "{}",
        json.dumps(payload("a")),
        json.dumps(payload("a", priority=7)),
        json.dumps(payload("../a")),
        json.dumps(payload("d", targetClusters=["east"])),
        json.dumps({"request_payload": "{"}),
        json.dumps(payload("e")),
    ]
    code, said, wrong = rows(repository, "\n".join(lines))
    assert code == 1
    assert names(repository) == ["a", "e"]
    assert "wrote 2 jobs, refused 9 rows" in said
    shown = wrong.splitlines()
    for line, words in zip(
        shown,
        [
            'line 2: b: the field "targetClusters" is missing; name target clusters',
            "line 3: c: resources.instanceCount: 0 is out of range",
            "line 4: ",
            "line 5: this is no JSON object",
            "line 6: jobName: is missing",
            "line 8: a: another job of this name is in line 1",
            'line 9: jobName: "../a" must be',
            "line 10: d: targetClusters.0: ",
            "line 11: ",
        ],
        strict=True,
    ):
        assert line.startswith(words), line
    assert rayjobs("validate", "--root", repository).returncode == 0


def test_a_job_that_is_there_is_never_overwritten(repository: Path) -> None:
    assert rows(repository, json.dumps(payload("a")))[0] == 0
    before = (repository / "jobs/default/a/params.json").read_text()
    code, _, wrong = rows(repository, json.dumps(payload("a", priority=9)))
    assert code == 1
    assert "is there already, and is another job" in wrong
    assert (repository / "jobs/default/a/params.json").read_text() == before


def test_options_count_for_each_row(repository: Path) -> None:
    every = [payload(name, targetClusters=[]) for name in ("a", "b")]
    arguments = ("--cluster", "north", "--set", "pvcName=results", "--namespace", "team")
    code, _, wrong = rows(repository, json.dumps(every), *arguments)
    assert (code, wrong) == (0, "")
    for name in ("a", "b"):
        job = written(repository, name)
        assert job["targetClusters"] == ["north"]
        assert (job["pvcName"], job["namespace"]) == ("results", "team")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("a", "--from-rows", "-"),
        ("--from-rows", "-", "--from", "-"),
        ("--from-rows", "-", "--template", "t"),
        ("--from-rows", "no-such-file"),
    ],
)
def test_what_does_not_go_together_is_a_usage_error(
    repository: Path, arguments: tuple[str, ...]
) -> None:
    ran = rayjobs("new", *arguments, "--root", repository, stdin="{}")
    assert ran.returncode == 2, ran.stderr
    assert "Error" in ran.stderr


def test_a_list_that_is_not_json_is_a_usage_error(repository: Path) -> None:
    code, _, wrong = rows(repository, "[{]")
    assert code == 2
    assert "line 1" in wrong
