"""Compare the rules of a network's algorithm with its library, over random hyperparameters.

What the rules take has to train, what they refuse has to be refused, and a hyperparameter of which
they say that it changes nothing must not change a bit of the weights. ``--python`` is an
interpreter that has the library: its wheels are too large to be installed for this alone.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from generator.algorithms import BUILT_IN
from generator.fields.labels import CREDENTIAL_VARIABLES
from generator.model.job.job import Job
from generator.model.platform.model import Platform
from generator.render.rayjob import environment
from generator.repository.resolved_job import resolve
from generator.rules.explanations import small_job
from generator.rules.job.algorithm import check_algorithm

WORKER = Path(__file__).with_name("worker.py")
SMALL: dict[str, list[Any]] = {
    "hidden_units": [[], [1], [8, 8], [3, 2, 1]],
    "epochs": [1, 2, 5, 10, 2**31 - 1],
}
"""What would take memory, or would seldom meet the other fields' numbers, is chosen from here."""
NOT_OF_THE_LIBRARY = {"job/not-configured", "job/old-ray"}


def draw(algorithm: str, drawn: random.Random) -> dict[str, Any]:
    """Hyperparameters that the schema takes: up to six fields at other values."""
    fields = BUILT_IN[algorithm].hyperparameters.model_json_schema()["properties"]
    names = drawn.sample(sorted(fields), drawn.randint(0, 6))
    chosen = {"optimizer": drawn.choice(fields["optimizer"]["enum"])}
    return chosen | {name: value(name, fields[name], drawn) for name in names}


def value(name: str, schema: dict[str, Any], drawn: random.Random) -> Any:
    """A value of a field."""
    if name in SMALL:
        return drawn.choice(SMALL[name])
    if "type" not in schema and "anyOf" in schema:
        return value(name, drawn.choice(schema["anyOf"]), drawn)
    if "enum" in schema:
        return drawn.choice(schema["enum"])
    if schema["type"] in ("null", "boolean"):
        return None if schema["type"] == "null" else drawn.random() < 0.5
    low, high = schema["minimum"], schema["maximum"]
    if schema["type"] == "integer":
        return drawn.choice([low, high, drawn.randint(low, 12)])
    return drawn.choice([low, high, min(high, max(low, 10 ** drawn.uniform(-6, 0)))])


def job_with(algorithm: str, chosen: dict[str, Any], validation: bool) -> Job:
    """A job with these hyperparameters."""
    document = json.loads(small_job())
    document["algorithm"] = {"algorithmName": algorithm}
    document["hyperparameters"] = {algorithm: chosen}
    if not validation:
        del document["inputDataConfig"][1]
    return Job.model_validate(document)


def variables_of(job: Job) -> str:
    """Its variables as one line of JSON."""
    groups = environment(resolve(job, Platform()))
    rendered = {name: text for _, group in groups for name, text in group}
    return json.dumps({**rendered, **dict.fromkeys(CREDENTIAL_VARIABLES, "none")}) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 1 if rules and library disagree."""
    parser = argparse.ArgumentParser(prog="python -m tools.check_networks")
    parser.add_argument("algorithm", choices=["jax", "pytorch", "tensorflow"])
    parser.add_argument("--python", required=True, help="an interpreter that has the library")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    drawn, counted, platform = random.Random(options.seed), Counter[str](), Platform()
    worker = subprocess.Popen(
        [options.python, str(WORKER), options.algorithm],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdin
    assert worker.stdout

    def trained(job: Job) -> str:
        assert worker.stdin
        assert worker.stdout
        worker.stdin.write(variables_of(job))
        worker.stdin.flush()
        return worker.stdout.readline().strip()

    for _ in range(options.runs):
        chosen, validation = draw(options.algorithm, drawn), drawn.random() < 0.7
        job = job_with(options.algorithm, chosen, validation)
        found = [
            f
            for f in check_algorithm(resolve(job, platform))
            if f.rule.id not in NOT_OF_THE_LIBRARY
        ]
        refused, answer = any(f.is_error for f in found), trained(job)
        kind = "agree"
        if not answer or refused != answer.startswith("refused"):
            kind = "disagree"
            print(f"{chosen} {[f.rule.id for f in found]}: {answer or 'no answer'}")
        elif not refused and (idle := [f for f in found if f.rule.id == "network/unused"]):
            named = {str(f.pointer).rpartition("/")[2] for f in idle}
            rest = {name: given for name, given in chosen.items() if name not in named}
            if trained(job_with(options.algorithm, rest, validation)) != answer:
                kind = "disagree"
                print(f"{chosen}: {sorted(named)} changes the weights")
        counted[f"{kind}, {'refused' if refused else 'taken'}"] += 1
        if not answer:
            break
    worker.stdin.close()
    worker.wait()
    print(dict(counted))
    return int(any(kind.startswith("disagree") for kind in counted))


if __name__ == "__main__":
    sys.exit(main())
