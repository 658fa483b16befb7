"""Variables that change how a process, Ray or the network below it runs, by who reads them.

A custom hyperparameter becomes one in capitals, so that its name could load code that no image has,
send requests through another host, or take Ray's choice of a GPU from it. What only tunes, such as
OMP_NUM_THREADS, NCCL_DEBUG or PYTHONHASHSEED, is free. Sources: glibc's list of variables that it
drops in programs with more rights (its unsecvars.h), the manuals of bash and of Python, botocore's
configprovider, the lists of variables of NCCL, CUDA and OpenMP, and Ray 2.46 (its
_private/accelerators, train/torch and train/tensorflow).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.diagnostics import Diagnostic, error, pointer_of
from generator.repository.resolved_job import ResolvedJob

CUSTOM_RESERVED = error(
    "job/custom-reserved",
    "A custom hyperparameter's name changes how a process, Ray or the network runs.",
)


_READ_BY = {
    "NCCL loads the library that it names": "NCCL_PLUGIN* NCCL_*_PLUGIN*",
    "Ray and KubeRay set it": "RAY_* KUBERAY_* FQ_RAY_IP REDIS_PASSWORD",
    "Kubernetes sets it, or its clients read it": "KUBERNETES_* KUBECONFIG",
    "Ray gives each worker its devices with it": (
        "ASCEND_RT_VISIBLE_DEVICES CUDA_VISIBLE_DEVICES HABANA_VISIBLE_MODULES "
        "HIP_VISIBLE_DEVICES NEURON_RT_VISIBLE_CORES NVIDIA_VISIBLE_DEVICES "
        "ONEAPI_DEVICE_SELECTOR ROCR_VISIBLE_DEVICES TPU_VISIBLE_CHIPS"
    ),
    "Ray Train gives each worker its place with it": (
        "DMLC_* TORCHELASTIC_* LOCAL_RANK LOCAL_WORLD_SIZE MASTER_ADDR MASTER_PORT NODE_RANK "
        "RANK TF_CONFIG WORLD_SIZE"
    ),
    "the linker and the C library load code, look up hosts or write files by it": (
        "LD_* GCONV_PATH GETCONF_DIR GLIBC_TUNABLES HOSTALIASES LOCALDOMAIN LOCPATH "
        "MALLOC_TRACE NIS_PATH NLSPATH RESOLV_HOST_CONF RES_OPTIONS TZDIR"
    ),
    "shells and the programs that they start read it": (
        "SSH_* XDG_* BASHOPTS BASH_ENV BASH_LOADABLES_PATH BROWSER CDPATH EDITOR ENV "
        "GLOBIGNORE HOME HOSTNAME IFS LESSCLOSE LESSOPEN LOGNAME OLDPWD PAGER PATH "
        "PROMPT_COMMAND PS4 PWD SHELL SHELLOPTS USER VISUAL"
    ),
    "git runs programs or reads other repositories by it": "GIT_*",
    "packages or code come from where it says": (
        "CONDA_* HADOOP_* PIP_* PYSPARK_* UV_* ARROW_LIBHDFS_DIR CLASSPATH "
        "COVERAGE_PROCESS_START HF_ENDPOINT JAVA_HOME _JAVA_OPTIONS JAVA_TOOL_OPTIONS "
        "JDK_JAVA_OPTIONS LIBHDFS_OPTS MPLBACKEND NODE_OPTIONS NODE_PATH PERL5LIB PERL5OPT "
        "RUBYLIB RUBYOPT"
    ),
    "clients of object storage take keys or another endpoint from it": (
        "AWS_* AZURE_* CLOUDSDK_* FSSPEC_* GCE_METADATA_* RCLONE_* BOTO_CONFIG BOTO_PATH "
        "GOOGLE_APPLICATION_CREDENTIALS STORAGE_EMULATOR_HOST"
    ),
    "requests go through the host that it names": "*_PROXY",
    "encrypted connections trust or tell what it names": (
        "KRB5* OPENSSL_* SSL_CERT_* CURL_CA_BUNDLE CURL_HOME GRPC_DEFAULT_SSL_ROOTS_FILE_PATH "
        "NETRC REQUESTS_CA_BUNDLE SSLKEYLOGFILE"
    ),
    "CUDA and compilers for it load code, run programs or write files by it": (
        "CUDA_COREDUMP_* CUDA_INJECTION* CUDA_MPS_* NVTX_INJECTION* OCL_ICD_* TRITON_* CC "
        "COMPILER_PATH CPATH CUBLAS_LOGDEST_DBG CUDACXX CUDA_CACHE_PATH CUDA_HOME CUDA_PATH "
        "CUDNN_LOGDEST_DBG CUPY_CACHE_DIR CXX GCC_EXEC_PREFIX HSA_TOOLS_LIB LIBRARY_PATH "
        "LLVM_PROFILE_FILE NUMBA_CACHE_DIR NVBLAS_CONFIG_FILE NVCC_CCBIN OPENCL_LAYERS "
        "OPENCL_VENDOR_PATH ROCP_TOOL_LIB"
    ),
    "libraries of communication load code, connect or write files by it": (
        "OMPI_MCA_* PMIX_MCA_* PRTE_MCA_* FI_PROVIDER_PATH HWLOC_PLUGINS_PATH IBV_CONFIG_DIR "
        "NCCL_COMM_ID NCCL_CONF_FILE NCCL_DEBUG_FILE NCCL_GRAPH_DUMP_FILE NCCL_GRAPH_FILE "
        "NCCL_RAS_ADDR NCCL_TOPO_DUMP_FILE NCCL_TOPO_FILE OMP_TOOL_LIBRARIES OPAL_PREFIX "
        "TORCH_NCCL_DEBUG_INFO_TEMP_FILE UCC_COMPONENT_PATH UCX_CONFIG_DIR UCX_MODULE_DIR"
    ),
    "libraries of training load code or run programs by it": (
        "JAX_COMPILATION_CACHE_DIR KINETO_CONFIG LIBTPU_INIT_ARGS "
        "PJRT_NAMES_AND_LIBRARY_PATHS PYTORCH_KERNEL_CACHE_PATH "
        "TF_PLUGGABLE_DEVICE_LIBRARY_PATH TF_XLA_FLAGS TORCHINDUCTOR_CACHE_DIR "
        "TORCH_EXTENSIONS_DIR TORCH_HOME TPU_LIBRARY_PATH XLA_FLAGS"
    ),
}
"""Reserved variables, a * for the rest of a name, by why they are: in words that follow ``:``."""
_PATTERNS = {
    why: re.compile("|".join(names.split()).replace("*", ".*")) for why, names in _READ_BY.items()
}
_PYTHON = "Python loads or runs other code by it"
_TUNES_PYTHON = (
    "PYTHONASYNCIODEBUG PYTHONCOERCECLOCALE PYTHONDEBUG PYTHONDEVMODE PYTHONDONTWRITEBYTECODE "
    "PYTHONFAULTHANDLER PYTHONHASHSEED PYTHONINTMAXSTRDIGITS PYTHONIOENCODING PYTHONMALLOC "
    "PYTHONMALLOCSTATS PYTHONNODEBUGRANGES PYTHONNOUSERSITE PYTHONOPTIMIZE PYTHONPROFILEIMPORTTIME "
    "PYTHONSAFEPATH PYTHONTRACEMALLOC PYTHONUNBUFFERED PYTHONUTF8 PYTHONVERBOSE PYTHON_COLORS "
    "PYTHON_CPU_COUNT PYTHON_GIL"
)


def why_reserved(variable: str) -> str | None:
    """Who reads a variable that is not for hyperparameters; None where it is free."""
    if variable.startswith("PYTHON"):
        return None if variable in _TUNES_PYTHON.split() else _PYTHON
    return next((why for why, names in _PATTERNS.items() if names.fullmatch(variable)), None)


def check_reserved_variables(one: ResolvedJob) -> Iterator[Diagnostic]:
    """A finding for each custom hyperparameter that would become a reserved variable."""
    allowed = one.platform.training_script.allowed_variables
    for name in one.job.custom_hyperparameters:
        variable = name.upper()
        why = why_reserved(variable)
        if why and variable not in allowed:
            yield CUSTOM_RESERVED.found(
                f'"{name}" becomes the variable {variable}: {why}',
                hint=(
                    f"choose another name, or have the platform team list {variable} in "
                    "platform.yaml, trainingScript.allowedVariables"
                ),
                at=one.at(pointer_of("customHyperparameters", name), on_key=True),
            )
