"""What platform.yaml lets jobs have: clusters, limits of one job, tenants."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.check import pipeline
from generator.commands.init import Source, scaffold
from generator.fields.settings import read_schema
from generator.model.platform.model import Platform
from generator.rules.tenant import is_within
from generator.source.schema_errors import DocumentSchema
from tests.helpers.bounds import FILE, found, places, platform
from tests.helpers.command import ROOT, rayjobs
from tests.helpers.commits import changes, commit
from tests.helpers.jobs import USES_GPUS, Report, minimal_job, write_job

DIGEST = "sha256:" + "0" * 64


def sized(cpu: int = 4, gpus: int = 0, workers: int = 1, **changes: Any) -> dict[str, Any]:
    instance = {"cpuCores": cpu, "memoryGiB": 16, "gpuCount": gpus}
    resources = {"instanceResources": instance, "instanceCount": workers, "volumeSizeGB": 1}
    return minimal_job(resources=resources, **{**(USES_GPUS if gpus else {}), **changes})


# Clusters: a copy of these jobs takes a head and one worker of 4 CPUs and 16 GiB.

SMALL_AND_LARGE = "clusters: {small: {cpuCores: 7}, large: {cpuCores: 8, memoryGiB: 32, gpus: 0}}\n"


@pytest.mark.parametrize("mode", [None, "all"])
def test_full_copies_have_to_fit_each_cluster(repository: Path, mode: str | None) -> None:
    platform(repository, SMALL_AND_LARGE)
    scheduling = {"mode": mode} if mode else {}
    write_job(repository, sized(targetClusters=["large", "small"], scheduling=scheduling))
    (one,) = found(repository)
    assert (one.rule.id, one.pointer) == ("fleet/does-not-fit", "/targetClusters/1")
    assert one.line is not None
    assert "8 of 7 CPU cores" in one.message


@pytest.mark.parametrize("mode", ["one-of", "ordered"])
def test_of_clusters_to_choose_from_one_has_to_fit(repository: Path, mode: str) -> None:
    platform(repository, SMALL_AND_LARGE)
    job = sized(targetClusters=["small", "large"], scheduling={"mode": mode})
    write_job(repository, job)
    (one,) = found(repository)
    assert (one.rule.id, one.pointer) == ("fleet/never-chosen", "/targetClusters/0")
    assert not one.is_error
    # By name the other comes first.
    expected = {"one-of": "a copy never runs here, it", "ordered": "Karmada places the job here, "}
    assert one.message.startswith(expected[mode])
    write_job(repository, sized(gpus=1, **{k: job[k] for k in ("targetClusters", "scheduling")}))
    (one,) = found(repository)
    assert (one.rule.id, one.pointer) == ("fleet/does-not-fit", "/targetClusters")
    assert "small: 8 of 7 CPU cores; large: 1 of 0 GPUs" in one.message


@pytest.mark.parametrize("mode", [None, "all", "one-of", "ordered"])
def test_the_only_cluster_has_to_fit(repository: Path, mode: str | None) -> None:
    platform(repository, SMALL_AND_LARGE)
    write_job(
        repository, sized(targetClusters=["small"], scheduling={"mode": mode} if mode else {})
    )
    assert places(repository) == [("fleet/does-not-fit", "/targetClusters/0")]
    write_job(repository, sized(targetClusters=["large"]))
    assert places(repository) == []
    write_job(repository, sized(targetClusters=["large"], workers=2))
    assert places(repository) == [("fleet/does-not-fit", "/targetClusters/0")]


def test_a_cluster_that_is_not_listed(repository: Path) -> None:
    job = sized(targetClusters=["large", "lagre"], scheduling={"mode": "one-of"})
    write_job(repository, job)
    assert places(repository) == []
    platform(repository, SMALL_AND_LARGE)
    (one,) = found(repository)
    assert (one.rule.id, one.pointer) == ("fleet/unlisted-cluster", "/targetClusters/1")
    assert "large, small" in one.hint


@pytest.mark.parametrize("rule", ["fleet/does-not-fit", "fleet/unlisted-cluster"])
def test_no_job_ignores_what_clusters_have(repository: Path, rule: str) -> None:
    platform(repository, SMALL_AND_LARGE)
    reasons = {"ignore": [{"rule": rule, "reason": "it will fit"}]}
    scheduling = {"mode": "all"}
    clusters = ["large", "small", "lagre"]
    write_job(repository, sized(targetClusters=clusters, scheduling=scheduling, rayjobs=reasons))
    rules = [found for found, _ in places(repository)]
    assert sorted(rules) == ["adjust/fixed-rule", "fleet/does-not-fit", "fleet/unlisted-cluster"]


# Limits of one job

LIMITS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("instance: {cpuCores: 3}", sized(), ["/resources/instanceResources/cpuCores"]),
    ("instance: {memoryGiB: 15}", sized(), ["/resources/instanceResources/memoryGiB"]),
    ("instance: {gpuCount: 1}", sized(gpus=2), ["/resources/instanceResources/gpuCount"]),
    ("instance: {cpuCores: 4, memoryGiB: 16, gpuCount: 2}", sized(gpus=2), []),
    ("instanceCount: 2", sized(workers=3), ["/resources/instanceCount"]),
    ("instanceCount: 2", sized(workers=2), []),
    ("copies: 1", sized(targetClusters=["c1", "c2"]), ["/targetClusters"]),
    ("copies: 1", sized(targetClusters=["c1", "c2"], scheduling={"mode": "one-of"}), []),
    ("total: {gpus: 3}", sized(gpus=2, targetClusters=["c1", "c2"]), ["/resources"]),
    ("total: {gpus: 4}", sized(gpus=2, targetClusters=["c1", "c2"]), []),
    ("total: {cpuCores: 11}", sized(workers=2), ["/resources"]),
    ("total: {cpuCores: 12, memoryGiB: 48}", sized(workers=2), []),
    (
        "maxRuntimeSeconds: {maximum: 3600}",
        sized(stoppingCondition={"maxRuntimeSeconds": 3601}),
        ["/stoppingCondition/maxRuntimeSeconds"],
    ),
    (
        "maxRuntimeSeconds: {maximum: 3600}",
        sized(stoppingCondition={"maxRuntimeSeconds": 3600}),
        [],
    ),
    ("maxRuntimeSeconds: {maximum: 3600, default: 600}", sized(), []),
    # Each try has all of the time.
    (
        "maxRuntimeSeconds: {maximum: 3600, default: 1200}",
        sized(scheduling={"backoffLimit": 3}),
        ["/scheduling/backoffLimit"],
    ),
    (
        "maxRuntimeSeconds: {maximum: 3600}",
        sized(scheduling={"backoffLimit": 2}, stoppingCondition={"maxRuntimeSeconds": 1200}),
        [],
    ),
    ("maxRuntimeSeconds: {default: 600}", sized(), []),
    (
        "maxWaitSeconds: {maximum: 3600}",
        sized(stoppingCondition={"maxWaitSeconds": 3601}),
        ["/stoppingCondition/maxWaitSeconds"],
    ),
    ("maxWaitSeconds: {maximum: 3600}", sized(stoppingCondition={"maxWaitSeconds": 3600}), []),
    ("maxWaitSeconds: {maximum: 3600, default: 600}", sized(), []),
    # KubeRay tries again what waited too long, and each try may wait as long.
    (
        "maxWaitSeconds: {maximum: 3600, default: 1200}",
        sized(scheduling={"backoffLimit": 3}),
        ["/scheduling/backoffLimit"],
    ),
    # Who may not run longer than that does not wait longer either.
    ("maxWaitSeconds: {maximum: 3600}", sized(stoppingCondition={"maxRuntimeSeconds": 3600}), []),
    ("maxRuntimeSeconds: {default: 600}, maxWaitSeconds: {maximum: 600}", sized(), []),
]


@pytest.mark.parametrize(("limits", "job", "pointers"), LIMITS)
def test_what_one_job_may_have(
    repository: Path, limits: str, job: dict[str, Any], pointers: list[str]
) -> None:
    platform(repository, f"limits: {{{limits}}}\n")
    write_job(repository, job)
    assert places(repository) == [("limit/maximum", pointer) for pointer in pointers]
    assert all(d.line is not None and d.hint for d in found(repository))


def test_a_longest_run_needs_jobs_that_end(repository: Path) -> None:
    platform(repository, "limits: {maxRuntimeSeconds: {maximum: 3600}}\n")
    write_job(repository, minimal_job())
    assert places(repository) == [("limit/unbounded-run", "/stoppingCondition")]


@pytest.mark.parametrize("given", [{}, {"stoppingCondition": {"maxRuntimeSeconds": 3601}}])
def test_a_longest_wait_needs_jobs_that_end_before(repository: Path, given: dict[str, Any]) -> None:
    platform(repository, "limits: {maxWaitSeconds: {maximum: 3600}}\n")
    write_job(repository, minimal_job(**given))
    assert places(repository) == [("limit/unbounded-wait", "/stoppingCondition")]


@pytest.mark.parametrize(
    ("limits", "given", "expected"),
    [
        ("{}", {"maxWaitSeconds": 3600}, []),
        ("{}", {"maxRuntimeSeconds": 3601, "maxWaitSeconds": 3600}, []),
        # What counts as the longest run is the platform's, where the job says none.
        ("{maxRuntimeSeconds: {default: 3600}}", {"maxWaitSeconds": 3600}, ["job/unused-wait"]),
        # A job that says nothing of waiting has made no mistake.
        ("{maxWaitSeconds: {default: 3600}}", {"maxRuntimeSeconds": 600}, []),
        (
            "{maxRuntimeSeconds: {default: 600}, maxWaitSeconds: {default: 600}}",
            {"maxRuntimeSeconds": 601},
            ["platform/unused-wait"],
        ),
    ],
)
def test_a_wait_that_is_no_shorter_than_the_run(
    repository: Path, limits: str, given: dict[str, int], expected: list[str]
) -> None:
    platform(repository, f"limits: {limits}\n")
    write_job(repository, minimal_job(stoppingCondition=given))
    assert [one.rule.id for one in found(repository)] == expected


def test_a_default_of_the_wait_is_not_above_its_maximum(repository: Path) -> None:
    platform(repository, "limits: {maxWaitSeconds: {maximum: 600, default: 601}}\n")
    write_job(repository, minimal_job(stoppingCondition={"maxWaitSeconds": 600}))
    (one,) = found(repository)
    assert (one.rule.id, one.pointer) == ("platform/range", "/limits/maxWaitSeconds/default")


def test_each_time_has_a_default_of_its_own(repository: Path) -> None:
    times = {"maxRuntimeSeconds": "activeDeadlineSeconds"}
    times["maxWaitSeconds"] = "preRunningDeadlineSeconds"
    write_job(repository, minimal_job("neither"))
    write_job(repository, minimal_job("wait", stoppingCondition={"maxWaitSeconds": 300}))
    write_job(repository, minimal_job("run", stoppingCondition={"maxRuntimeSeconds": 5000}))
    platform(
        repository,
        "limits: {maxRuntimeSeconds: {default: 4000}, maxWaitSeconds: {default: 400}}\n",
    )
    assert not pipeline.render(repository).failed
    ended = {}
    for name in ("neither", "wait", "run"):
        text = (repository / f"rendered/default/{name}.yaml").read_text(encoding="utf-8")
        spec = next(iter(yaml.safe_load_all(text)))["spec"]
        ended[name] = tuple(spec[field] for field in times.values())
    assert ended == {"neither": (4000, 400), "wait": (4000, 300), "run": (5000, 400)}


def test_the_default_ends_jobs_that_say_nothing(repository: Path) -> None:
    platform(repository, "limits: {maxRuntimeSeconds: {default: 14400}}\n")
    write_job(repository, minimal_job())
    write_job(repository, minimal_job("own", stoppingCondition={"maxRuntimeSeconds": 600}))
    assert not pipeline.render(repository).failed
    ended = {}
    for name in ("train-1", "own"):
        text = (repository / f"rendered/default/{name}.yaml").read_text(encoding="utf-8")
        ended[name] = next(iter(yaml.safe_load_all(text)))["spec"]["activeDeadlineSeconds"]
    assert ended == {"train-1": 14400, "own": 600}


def test_a_default_that_changes_is_said_once_at_its_line(repository: Path) -> None:
    for name in ("a", "b"):
        write_job(repository, minimal_job(name))
    write_job(repository, minimal_job("own", stoppingCondition={"maxRuntimeSeconds": 600}))
    commit(repository)
    others = "clusters: {c1: {gpus: 8}}\ntenants: {team: {}}\nquotas: {default: {gpus: 8}}\n"
    limits = "limits: {copies: 2, total: {gpus: 9}, maxRuntimeSeconds: {default: 86400}}\n"
    platform(repository, others)
    assert changes(repository) == []
    platform(repository, others + limits)
    (one,) = changes(repository)
    assert (one.rule.id, one.pointer) == ("base/rerendered", "/limits/maxRuntimeSeconds/default")
    assert "of 2 jobs that did not change: default/a, default/b" in one.message


# Tenants

PLATFORMS_OWN = str(Platform().runtime_of("xgboost").image)

TENANTS: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
    ("namespaces: [a, b]", {"namespace": "c"}, [("namespace", "/namespace")]),
    ("namespaces: [a, b]", {"namespace": "b"}, []),
    ("namespaces: [a]", {}, [("namespace", "/namespace")]),
    ("clusters: [c1]", {"targetClusters": ["c2", "c1"]}, [("cluster", "/targetClusters/0")]),
    ("clusters: [c1, c2]", {"targetClusters": ["c2", "c1"]}, []),
    ("images: {prefixes: [r.example/a]}", {}, []),
    (
        "images: {prefixes: [r.example/a]}",
        {"headImage": "r.example/a/b:v1", "workerImage": PLATFORMS_OWN},
        [],
    ),
    ("images: {prefixes: [r.example/a], digest: true}", {"headImage": PLATFORMS_OWN}, []),
    (
        "images: {prefixes: [r.example/a]}",
        {"headImage": "r.example/ab:v1", "workerImage": "other/a:v1"},
        [("image", "/headImage"), ("image", "/workerImage")],
    ),
    (
        "images: {digest: true}",
        {"headImage": "a:v1", "workerImage": PLATFORMS_OWN},
        [("digest", "/headImage")],
    ),
    (
        "images: {digest: true}",
        {"headImage": f"a:v1@{DIGEST}", "workerImage": PLATFORMS_OWN},
        [],
    ),
    ("images: {digest: true}", {}, []),
    ("claims: [a]", {"pvcName": "b"}, [("claim", "/pvcName")]),
    ("claims: [a]", {"pvcName": "a"}, []),
    ("claims: [a]", {}, [("claim", "/pvcName")]),
    ("claims: [kham-pv-for-xgboost]", {}, []),
    ("secrets: [a]", {}, [("secret", "/inputDataConfig/0/endpoint")]),
    ("secrets: [s3-credentials]", {}, []),
    ("priorities: {maximum: 99}", {}, [("priority", "/priority")]),
    ("priorities: {minimum: 101}", {"priority": 100}, [("priority", "/priority")]),
    ("priorities: {minimum: 100, maximum: 100}", {}, []),
]


@pytest.mark.parametrize(("bounds", "changes", "outside"), TENANTS)
def test_what_a_tenants_jobs_may_use(
    repository: Path, bounds: str, changes: dict[str, Any], outside: list[tuple[str, str]]
) -> None:
    platform(repository, f"tenants: {{team: {{{bounds}}}, other: {{}}}}\n")
    write_job(repository, minimal_job(**changes))
    expected = [(f"tenant/{rule}", pointer) for rule, pointer in outside]
    assert places(repository) == expected
    assert all(d.is_error and d.line is not None and d.hint for d in found(repository))
    # The same job is another tenant's to run.
    (repository / "jobs/team").rename(repository / "jobs/other")
    assert found(repository) == []


@pytest.mark.parametrize(
    ("scheduling", "own", "message"),
    [
        ("queueing: kueue", "a", None),
        ("queueing: kueue", "b", 'may not use the queue "b"'),
        ("queueing: kueue, queue: a", None, None),
        (
            "queueing: kueue, queue: b",
            None,
            'the queue "b", which is that of a job that names none',
        ),
        ("queueing: volcano", None, "has to wait in a queue, and this one names none"),
    ],
)
def test_which_queues_a_tenants_jobs_may_wait_in(
    repository: Path, scheduling: str, own: str | None, message: str | None
) -> None:
    tenants = "tenants: {team: {queues: [a]}, other: {}}"
    platform(repository, f"scheduling: {{{scheduling}}}\n{tenants}\n")
    job = minimal_job()
    if own:
        job["scheduling"] = {"queue": own}
    write_job(repository, job)
    outside = [one for one in found(repository) if one.rule.id == "tenant/queue"]
    assert len(outside) == (message is not None)
    for one in outside:
        assert message
        assert message in one.message
        assert (one.pointer, one.is_error) == ("/scheduling/queue", True)
        assert one.hint == 'set "queue" in "scheduling" to "a"'


@pytest.mark.parametrize("directory", ["stranger/train-1", "Team/train-1", ".", "train-1", "team"])
def test_every_job_is_a_tenants(repository: Path, directory: str) -> None:
    """Directly below jobs/ is the job's own directory, also where it is called like a tenant."""
    platform(repository, "tenants: {team: {}}\n")
    file = write_job(repository, minimal_job(), directory).replace("/./", "/")
    (one,) = found(repository)
    assert (one.rule.id, one.file, one.pointer) == ("tenant/unlisted", file, "/jobName")
    assert one.line is not None


def test_without_tenants_a_job_directly_below_jobs_is_like_any_other(repository: Path) -> None:
    marks = "{tenants: {train-1: {labels: {cost-centre: '1'}}}}"
    platform(repository, f"metadata: {marks}\n")
    write_job(repository, minimal_job(), "train-1")
    assert found(repository) == []
    assert not pipeline.render(repository).failed
    text = (repository / "rendered/default/train-1.yaml").read_text(encoding="utf-8")
    assert "cost-centre" not in text


def test_what_a_job_directly_below_jobs_is_told(repository: Path) -> None:
    platform(repository, "tenants: {team: {}, other: {}}\nrules: {tenant/unlisted: warning}\n")
    ignore = {"ignore": [{"rule": "tenant/unlisted", "reason": "meant"}]}
    file = write_job(repository, minimal_job(rayjobs=ignore), "team")
    ran = rayjobs("render", "--root", repository)
    assert ran.returncode == 1
    said = f"{file}:2:14: error[tenant/unlisted]: {file} is in no tenant's directory\n"
    assert said in ran.stdout
    assert "hint: move it to jobs/<tenant>/<job>/; there is: other, team\n" in ran.stdout
    assert not (repository / "rendered").exists()


@pytest.mark.parametrize("directory", ["team/train-1", "team/deeper/train-1", "team/deep/er/x"])
def test_a_tenants_directory_is_bounded_at_any_depth(repository: Path, directory: str) -> None:
    platform(repository, "tenants: {team: {clusters: [c2]}}\n")
    write_job(repository, minimal_job(), directory)
    assert [d.rule.id for d in found(repository)] == ["tenant/cluster"]


@pytest.mark.parametrize("rule", ["tenant/image", "limit/maximum"])
def test_neither_a_job_nor_a_severity_changes_a_bound(repository: Path, rule: str) -> None:
    bounds = "tenants: {team: {images: {prefixes: [a]}}}\nlimits: {instance: {cpuCores: 3}}\n"
    platform(repository, f"{bounds}rules: {{{rule}: 'off'}}\n")
    ignore = {"ignore": [{"rule": rule, "reason": "meant"}]}
    images = {"headImage": "b:v1", "workerImage": PLATFORMS_OWN}
    write_job(repository, minimal_job(**images, rayjobs=ignore))
    rules = [d.rule.id for d in found(repository)]
    assert sorted(rules) == [
        "adjust/fixed-rule",
        "adjust/fixed-rule",
        "limit/maximum",
        "tenant/image",
    ]


@pytest.mark.parametrize(
    ("rule", "job"),
    [
        ("fleet/unlisted-cluster", minimal_job(targetClusters=["stranger"])),
        ("fleet/does-not-fit", sized(cpu=8)),
        # It would count for no quota, since it is counted where it has labels.
        ("fleet/cluster-labels", minimal_job(scheduling={"clusterLabels": {"gpu": "h100"}})),
    ],
)
def test_no_job_ignores_what_clusters_are(repository: Path, rule: str, job: dict[str, Any]) -> None:
    platform(repository, "clusters: {c1: {cpuCores: 15, labels: {gpu: a100}}}\n")
    ignore = {"ignore": [{"rule": rule, "reason": "meant"}]}
    write_job(repository, {**job, "rayjobs": ignore})
    assert sorted(d.rule.id for d in found(repository)) == ["adjust/fixed-rule", rule]


part = st.from_regex(r"[a-z0-9]{1,3}", fullmatch=True)
parts = st.lists(part, min_size=1, max_size=3)


@given(
    host=st.sampled_from(["r.example", "r.example:5000", "r"]),
    path=parts,
    asked=parts,
    end=st.sampled_from(["", ":v1", f"@{DIGEST}", f":v1@{DIGEST}"]),
    slash=st.sampled_from(["", "/"]),
)
def test_a_prefix_holds_whole_parts_of_an_image(
    host: str, path: list[str], asked: list[str], end: str, slash: str
) -> None:
    image = "/".join([host, *path]) + end
    same = path[: len(asked)] == asked
    prefix = "/".join([host, *asked]) + slash
    assert is_within(image, prefix) == (same and (not slash or len(path) > len(asked)))
    assert is_within(image, host)
    assert not is_within(f"r:5000/{path[0]}", "r")


# platform.yaml itself

CONTRADICTIONS = [
    (
        "clusters: {c1: {}}\ntenants: {team: {clusters: [c1, c2]}}",
        "platform/unlisted-cluster",
        "/tenants/team/clusters/1",
    ),
    (
        "clusters: {c1: {}}\nquotas: {default: {clusters: {c2: {gpus: 1}}}}",
        "platform/unlisted-cluster",
        "/quotas/default/clusters/c2",
    ),
    (
        "namespaces: [a]\ntenants: {team: {namespaces: [default, a, b]}}",
        "platform/unlisted-namespace",
        "/tenants/team/namespaces/2",
    ),
    (
        "namespaces: [a]\nquotas: {a: {gpus: 1}, b: {gpus: 1}}",
        "platform/unlisted-namespace",
        "/quotas/b",
    ),
    (
        "tenants: {a: {}}\nmetadata: {tenants: {a: {}, b: {}}}",
        "platform/unlisted-tenant",
        "/metadata/tenants/b",
    ),
    (
        "limits: {maxRuntimeSeconds: {maximum: 60, default: 61}}",
        "platform/range",
        "/limits/maxRuntimeSeconds/default",
    ),
    (
        "tenants: {team: {priorities: {minimum: 2, maximum: 1}}}",
        "platform/range",
        "/tenants/team/priorities/minimum",
    ),
    (
        "quotas: {default: {gpus: 1, clusters: {c1: {gpus: 1}, c2: {gpus: 1}}}}",
        "platform/quota-shares",
        "/quotas/default/clusters",
    ),
]


@pytest.mark.parametrize(("text", "rule", "pointer"), CONTRADICTIONS)
def test_what_contradicts_itself(repository: Path, text: str, rule: str, pointer: str) -> None:
    platform(repository, f"{text}\n")
    findings = [d for d in pipeline.validate(repository, []).diagnostics if d.file != FILE]
    (one,) = findings
    assert (one.rule.id, one.file, one.pointer) == (rule, "platform.yaml", pointer)
    assert one.line is not None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("clusters: {Gpu: {}}", "cluster"),
        ("tenants: {a/b: {}}", "directory below jobs/"),
        ("quotas: {Team: {}}", "namespace"),
        ("quotas: {team: {clusters: {c_1: {}}}}", "cluster"),
        ("clusters: {c1: {labels: {a b: x}}}", "label"),
    ],
)
def test_a_name_that_is_none(repository: Path, text: str, name: str) -> None:
    platform(repository, f"{text}\n")
    (one,) = pipeline.validate(repository, []).diagnostics
    assert (one.rule.id, one.location.on_key) == ("schema/pattern", True)
    assert f"must be the name of a {name}" in one.message


@pytest.mark.parametrize("path", ["tenants.vision.quota.gpus", "quotas.team-a.clusters.c1.gpus"])
def test_a_setting_below_a_name_of_ones_own_is_explained(path: str) -> None:
    ran = rayjobs("explain", path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "Unit: GPUs" in ran.stdout


def blocks(text: str, language: str = "yaml") -> list[str]:
    """The blocks of a page of documentation that are in a language."""
    return [part.partition("```")[0] for part in text.split(f"```{language}\n")[1:]]


def test_the_documentations_table_is_what_is_printed(repository: Path) -> None:
    page = (ROOT / "docs/quotas.md").read_text(encoding="utf-8")
    platform(repository, next(block for block in blocks(page) if block.startswith("tenants:")))
    for name, cpu, workers, clusters in (("resnet", 24, 2, [0, 1]), ("segment", 18, 3, [0])):
        job = sized(cpu, 4, workers, targetClusters=[f"cluster-gpu-{n}" for n in clusters])
        job["resources"]["instanceResources"]["memoryGiB"] = 4 * cpu
        own = {"namespace": "team-vision", "pvcName": "vision-results", "jobName": name}
        write_job(repository, {**job, **own, "scheduling": {"mode": "all"}}, f"vision/{name}")
    (shown,) = [block for block in blocks(page, "text") if "fleet/tenant-quota" in block]
    ran = rayjobs("validate", "--quiet", "--root", repository)
    assert shown in ran.stdout


def test_what_the_documentation_shows_is_taken(repository: Path) -> None:
    schema = DocumentSchema(read_schema("platform.schema.json"))
    page = (ROOT / "docs/quotas.md").read_text(encoding="utf-8")
    shown = [yaml.safe_load(block) for block in blocks(page)]
    assert len(shown) >= 4
    assert {name for block in shown for name in block} >= {"clusters", "tenants", "limits"}
    commented = scaffold(Source())["platform.yaml"].partition("# tenants:")[2]
    lines = [line.removeprefix("# ") for line in f"# tenants:{commented}".splitlines()]
    shown.append(yaml.safe_load("\n".join(lines)))
    assert shown[-1]["tenants"]
    for block in shown:
        assert schema.explain(block) == []
        platform(repository, yaml.safe_dump(block))
        assert [d for d in pipeline.validate(repository, []).diagnostics if d.is_error] == []


@pytest.mark.parametrize(("word", "truth"), [("yes", "true"), ("Off", "false"), ("'true'", "true")])
def test_a_word_that_older_yaml_takes_for_truth_says_what_to_write(
    repository: Path, report: Report, word: str, truth: str
) -> None:
    write_job(repository, minimal_job())
    text = f"tenants:\n  team:\n    images: {{digest: {word}}}\n"
    (repository / "platform.yaml").write_text(text)
    (found,) = report("validate")["diagnostics"]
    assert (found["rule"], found["line"], found["hint"]) == ("schema/type", 3, f"write {truth}")
