"""What tests of scripts share."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from generator.fields.labels import CREDENTIAL_VARIABLES
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.render.rayjob import environment
from generator.repository.resolved_job import resolve
from tests.helpers.jobs import minimal_job


def rendered(name: str, chosen: dict[str, Any], *, validation: bool = True) -> dict[str, str]:
    job = minimal_job(algorithm={"algorithmName": name}, hyperparameters={name: chosen})
    if not validation:
        del job["inputDataConfig"][1]
    groups = environment(resolve(Job.model_validate(job), Platform()))
    keys = {variable: f"the {variable}" for variable in CREDENTIAL_VARIABLES}
    return keys | {variable: value for _, group in groups for variable, value in group}


def definitions_of(script: Any) -> dict[str, str]:
    """What a script has at its top, by name."""
    tree = ast.parse(Path(script.__file__).read_text(encoding="utf-8"))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = ast.unparse(node)
        elif isinstance(node, ast.Assign):
            found[ast.unparse(node.targets[0])] = ast.unparse(node)
        elif isinstance(node, ast.AnnAssign):
            found[ast.unparse(node.target)] = ast.unparse(node)
    return found
