"""Custom hyperparameters whose variables change how a process, Ray or the network runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.command import rayjobs
from tests.helpers.jobs import Report, minimal_job, write_job

RESERVED = """
    glibc_tunables BASH_LOADABLES_PATH GCC_EXEC_PREFIX STORAGE_EMULATOR_HOST HADOOP_CONF_DIR
    aws_access_key_id AWS_ENDPOINT_URL AWS_CA_BUNDLE http_proxy HTTPS_PROXY all_proxy No_Proxy
    BASH_ENV ENV IFS PATH HOME SHELLOPTS PS4 PROMPT_COMMAND
    PYTHONPATH PYTHONSTARTUP PYTHONINSPECT PYTHONBREAKPOINT PYTHONUSERBASE PYTHONWARNINGS
    PYTHONPYCACHEPREFIX PYTHONPLATLIBDIR PYTHON_PRESITE PYTHONHOME
    LD_PRELOAD LD_AUDIT GCONV_PATH HOSTALIASES MALLOC_TRACE RES_OPTIONS
    GIT_SSH_COMMAND GIT_CONFIG_COUNT SSH_ASKPASS PIP_INDEX_URL UV_INDEX_URL
    RAY_ADDRESS ray_runtime_env_hook KUBERNETES_SERVICE_HOST KUBECONFIG CUDA_VISIBLE_DEVICES
    MASTER_ADDR TF_CONFIG DMLC_TRACKER_URI
    SSL_CERT_FILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSLKEYLOGFILE OPENSSL_CONF NETRC
    CUDA_INJECTION64_PATH CUDA_CACHE_PATH NVTX_INJECTION64_PATH TRITON_PTXAS_PATH OCL_ICD_VENDORS
    NCCL_NET_PLUGIN NCCL_TUNER_PLUGIN NCCL_PROFILER_PLUGIN NCCL_CONF_FILE NCCL_TOPO_FILE
    NCCL_COMM_ID NCCL_DEBUG_FILE OMP_TOOL_LIBRARIES UCX_MODULE_DIR FI_PROVIDER_PATH
    OMPI_MCA_plm_rsh_agent
    XLA_FLAGS TORCH_EXTENSIONS_DIR PJRT_NAMES_AND_LIBRARY_PATHS
"""
FREE = """
    num_class epochs cluster_address env_name path_prefix home_dir lora_rank proxy_metric
    environment OMP_NUM_THREADS MKL_NUM_THREADS KMP_AFFINITY NCCL_DEBUG NCCL_SOCKET_IFNAME
    NCCL_IB_DISABLE
    NCCL_P2P_LEVEL NCCL_NET CUDA_LAUNCH_BLOCKING CUDA_DEVICE_ORDER PYTORCH_CUDA_ALLOC_CONF
    PYTHONHASHSEED PYTHONUNBUFFERED PYTHONFAULTHANDLER PYTHONOPTIMIZE MALLOC_ARENA_MAX TMPDIR
    TF_CPP_MIN_LOG_LEVEL TORCH_LOGS JAX_PLATFORMS RAYON_NUM_THREADS TZ LANG
"""


def said(report: Report) -> list[tuple[str, str | None, str]]:
    found = report("validate")["diagnostics"]
    return [(d["rule"], d["pointer"], d["hint"]) for d in found if d["severity"] == "error"]


@pytest.mark.parametrize("name", RESERVED.split())
def test_a_reserved_variable_is_refused_until_it_is_allowed(
    repository: Path, report: Report, name: str
) -> None:
    ignored = [{"rule": "job/custom-reserved", "reason": "meant"}]
    given = minimal_job(customHyperparameters={name: "x"}, rayjobs={"ignore": ignored})
    write_job(repository, given)
    hint = (
        f"choose another name, or have the platform team list {name.upper()} in platform.yaml, "
        "trainingScript.allowedVariables"
    )
    found = ("job/custom-reserved", f"/customHyperparameters/{name}", hint)
    assert found in said(report), "no job can ignore it"
    write_job(repository, minimal_job(customHyperparameters={name: "x"}))
    allowed = f"trainingScript: {{allowedVariables: [{name.upper()}]}}\n"
    (repository / "platform.yaml").write_text(allowed)
    assert said(report) == []


@pytest.mark.parametrize("name", FREE.split())
def test_what_only_tunes_is_free(repository: Path, report: Report, name: str) -> None:
    write_job(repository, minimal_job(customHyperparameters={name: "x"}))
    assert said(report) == []


@pytest.mark.parametrize("name", ["S3_SECRET_KEY", "STORAGE_PATH"])
def test_what_rayjobs_sets_is_never_allowed(repository: Path, report: Report, name: str) -> None:
    write_job(repository, minimal_job(customHyperparameters={name: "x"}))
    (repository / "platform.yaml").write_text(f"trainingScript: {{allowedVariables: [{name}]}}\n")
    rules = [rule for rule, _, _ in said(report)]
    assert {"job/custom-name", "platform/allowed-variable"} <= set(rules)


@pytest.mark.parametrize("entry", ["nccl_topo_file", "NCCL_*", "A B"])
def test_variables_are_allowed_by_their_names_in_capitals(
    repository: Path, report: Report, entry: str
) -> None:
    write_job(repository, minimal_job())
    (repository / "platform.yaml").write_text(
        f"trainingScript: {{allowedVariables: ['{entry}']}}\n"
    )
    ((rule, pointer, _),) = said(report)
    assert (rule, pointer) == ("schema/pattern", "/trainingScript/allowedVariables/0")


def test_an_allowed_variable_reaches_the_job(repository: Path) -> None:
    write_job(repository, minimal_job(customHyperparameters={"nccl_topo_file": "/opt/topo.xml"}))
    (repository / "platform.yaml").write_text(
        "trainingScript: {allowedVariables: [NCCL_TOPO_FILE]}\n"
    )
    assert rayjobs("render", "--root", repository).returncode == 0
    (manifest,) = (repository / "rendered" / "default").glob("*.yaml")
    assert 'NCCL_TOPO_FILE: "/opt/topo.xml"' in manifest.read_text(encoding="utf-8")
