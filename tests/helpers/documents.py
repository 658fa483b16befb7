"""A params.json and a platform.yaml that use every field there is."""

from __future__ import annotations

from typing import Any

from generator.algorithms.lightgbm.hyperparameters import LightGBM
from generator.algorithms.xgboost.hyperparameters import XGBoost

_HYPERPARAMETERS: dict[str, Any] = {
    **XGBoost().model_dump(by_alias=True),
    "early_stopping_rounds": 20,
    "nthread": 4,
    "updater": "grow_histmaker",
    "eval_metric": ["auc", "error@0.7"],
}

EVERY_FIELD: dict[str, Any] = {
    "$schema": "../../../schemas/params.schema.json",
    "jobName": "train-1",
    "namespace": "team",
    "priority": 500,
    "algorithm": {"source": "builtin", "algorithmName": "xgboost"},
    "resources": {
        "instanceResources": {"cpuCores": 4, "memoryGiB": 16, "gpuCount": 2},
        "headResources": {"cpuCores": 2, "memoryGiB": 8},
        "instanceCount": 2,
        "volumeSizeGB": 50,
        "storageClassName": "fast",
    },
    "stoppingCondition": {"maxRuntimeSeconds": 14400, "maxWaitSeconds": 3600},
    "inputDataConfig": [
        {
            "id": "channel-1",
            "channelName": "train",
            "channelType": "train",
            "sourceType": "object-storage",
            "storageProvider": "minio",
            "endpoint": "https://minio.local",
            "bucket": "data",
            "prefix": "iris/train.csv",
            "contentType": "text/csv",
            "csvColumns": ["a", "target"],
            "featureNames": ["a"],
            "labelName": "target",
        }
    ],
    "outputDataConfig": {
        "destinationType": "claim",
        "artifactUri": "file:///home/ray/result-storage/run-1",
    },
    "hyperparameters": {"xgboost": _HYPERPARAMETERS},
    "customHyperparameters": {"text": "x", "flag": True, "whole": 7, "real": 0.5},
    "headImage": "registry.example/team/head:v1",
    "workerImage": "registry.example:5000/team/worker@sha256:" + "0" * 64,
    "rayVersion": "2.49.2",
    "entrypoint": "python /opt/train.py",
    "pvcName": "results",
    "targetClusters": ["c1", "c2"],
    "scheduling": {
        "mode": "one-of",
        "clusterLabels": {"example.com/gpu": "a100", "spare": ""},
        "clusterTolerations": [{"key": "maintenance", "value": "x", "effect": "NoSchedule"}],
        "suspended": False,
        "backoffLimit": 2,
        "queue": "night",
    },
    "rayjobs": {"ignore": [{"rule": "storage/no-validation", "reason": "a smoke test"}]},
}

EVERY_FIELD_OF_LIGHTGBM: dict[str, Any] = {
    **EVERY_FIELD,
    "algorithm": {"source": "builtin", "algorithmName": "lightgbm"},
    "hyperparameters": {
        "lightgbm": {
            **LightGBM().model_dump(),
            "seed": 42,
            "objective": "binary",
            "metric": ["auc", "binary_logloss"],
        }
    },
}

PLATFORM: dict[str, Any] = {
    "algorithms": {
        "xgboost": {"image": "registry.example/x:1", "entrypoint": "python t.py"},
        "containers": {
            "resnet": {
                "image": "registry.example/r:1",
                "entrypoint": "python r.py",
                "rayVersion": "2.49.2",
                "hyperparameters": {"properties": {"epochs": {"type": "integer"}}},
            }
        },
    },
    "ray": {
        "version": "2.46.0",
        "workerGroupName": "small-group",
        "maxWorkers": 10,
        "ttlSecondsAfterFinished": 600,
        "gpuResourceName": "nvidia.com/gpu",
        "head": {
            "cpuCores": 2,
            "memoryGiB": 8,
            "rayStartParams": {
                "object-store-memory": 2_000_000_000,
                "object-spilling-directory": "/mnt/spilled",
                "plasma-directory": "/tmp",
                "resources": {"licence": 1},
                "log-style": "record",
                "log-color": "false",
                "temp-dir": "/mnt/ray",
                "disable-usage-stats": True,
            },
        },
        "worker": {"rayStartParams": {"object-store-memory": 78643200, "resources": {"a": 0}}},
    },
    "storage": {
        "claimName": "results",
        "mountPath": "/mnt/results",
        "accessMode": "ReadWriteMany",
        "storageClassName": "fast",
        "claims": [
            {
                "name": "shared",
                "namespace": "team",
                "sizeGB": 10,
                "accessMode": "ReadWriteOnce",
                "storageClassName": "slow",
                "clusters": ["c1"],
            }
        ],
        "existingClaims": [{"name": "archive", "namespace": "team", "clusters": ["c1"]}],
        "allowedStorageClasses": ["fast", "slow"],
        "maxSizeGB": 100,
        "objectStorageOutput": ["resnet"],
    },
    "credentials": {
        "secretName": "keys",
        "accessKey": "id",
        "secretKey": "key",
        "source": "external",
        "external": {
            "store": {"name": "vault", "kind": "SecretStore"},
            "accessKey": {"key": "training/s3", "property": "id"},
            "secretKey": {"key": "training/s3", "property": "key"},
            "refreshInterval": "30m",
        },
        "profiles": [
            {
                "endpoints": ["https://minio.local:9000"],
                "secretName": "minio",
                "accessKey": "id",
                "secretKey": "key",
                "source": "members",
            }
        ],
    },
    "pods": {
        "serviceAccountName": "training",
        "imagePullSecrets": [{"name": "registry", "source": "control-plane"}],
        "securityContext": {
            "fsGroup": 100,
            "fsGroupChangePolicy": "OnRootMismatch",
            "runAsUser": 1000,
            "runAsGroup": 100,
            "runAsNonRoot": True,
            "supplementalGroups": [2000, 3000],
            "seccompProfile": {"type": "Localhost", "localhostProfile": "profiles/ray.json"},
        },
        "containerSecurityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
        },
    },
    "trainingScript": {"region": "us-east-1", "labelColumn": "target"},
    "scheduling": {
        "mode": "ordered",
        "queueing": "kueue",
        "queue": "training",
        "priorities": [
            {"from": 1, "to": 499, "priorityClassName": "low"},
            {"from": 500, "to": 1000, "workloadPriorityClass": "high"},
        ],
    },
    "clusters": {
        "c1": {
            "cpuCores": 64,
            "memoryGiB": 512,
            "gpus": 8,
            "labels": {"example.com/gpu": "a100"},
            "gpuResourceName": "amd.com/gpu",
            "pods": {"nodeSelector": {"pool": "any"}, "tolerations": [{"key": "training"}]},
            "gpuPods": {
                "nodeSelector": {"pool": "gpu"},
                "tolerations": [{"key": "gpu", "value": "x", "effect": "NoExecute"}],
            },
        }
    },
    "metadata": {
        "tenantLabel": "example.com/tenant",
        "labels": {"app.kubernetes.io/managed-by": "rayjobs"},
        "annotations": {"example.com/contact": "training@example.com"},
        "tenants": {"team": {"labels": {"cost-centre": "1"}, "annotations": {"a": "b"}}},
    },
    "sync": {
        "flux": {
            "namespace": "gitops",
            "repository": "jobs",
            "kubeConfigSecret": "karmada",
            "impersonate": True,
        }
    },
    "templates": {
        "gpu-large": {
            "file": "templates/gpu-large.json",
            "title": "Large",
            "description": "Many GPUs.",
            "fixed": ["resources.instanceResources"],
        }
    },
    "rules": {"storage/folder-key": "error"},
    "namespaces": ["team"],
    "tenants": {
        "team": {
            "namespaces": ["team"],
            "clusters": ["c1"],
            "images": {"prefixes": ["registry.example/team"], "digest": True},
            "claims": ["results"],
            "secrets": ["keys"],
            "priorities": {"minimum": 1, "maximum": 500},
            "quota": {"cpuCores": 64, "memoryGiB": 512, "gpus": 8},
        }
    },
    "limits": {
        "instance": {"cpuCores": 32, "memoryGiB": 256, "gpuCount": 8},
        "instanceCount": 16,
        "copies": 2,
        "total": {"cpuCores": 64, "memoryGiB": 512, "gpus": 8},
        "maxRuntimeSeconds": {"maximum": 86400, "default": 14400},
        "maxWaitSeconds": {"maximum": 7200, "default": 3600},
    },
    "quotas": {
        "team": {
            "cpuCores": 64,
            "memoryGiB": 512,
            "gpus": 8,
            "clusters": {"c1": {"cpuCores": 64, "memoryGiB": 512, "gpus": 8}},
        }
    },
}
