"""environment.yml, the constraints and pyproject.toml say the same."""

import re
import tomllib

import pytest
import yaml
from execute_notebooks import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))


def requirements(lines):
    """Return name -> requirement, with the project's own extras spelled out."""
    found = {}
    for requirement in map(Requirement, lines):
        if requirement.name == "nnbook":
            for extra in requirement.extras:
                found |= requirements(EXTRAS[extra])
        else:
            found[canonicalize_name(requirement.name)] = requirement
    return found


WANTED = requirements(PROJECT["dependencies"] + EXTRAS["test"])


def pins(file):
    """Return name -> version, as a file of constraints says, which are exact and name no place."""
    lines = (ROOT / file).read_text("utf-8").splitlines()[1:]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.+!-]*", line) for line in lines)
    return {
        canonicalize_name(name): version for name, version in (line.split("==") for line in lines)
    }


def test_conda_users_get_the_same_packages_with_the_same_bounds():
    listed = [line for line in CONDA["dependencies"] if isinstance(line, str)]
    conda = {canonicalize_name(r.name): r for r in map(Requirement, listed)}
    assert set(conda) - {"python", "pip"} == set(WANTED)
    for name, requirement in WANTED.items():
        assert conda[name].specifier == requirement.specifier, name
    assert str(conda["python"].specifier) == PROJECT["requires-python"]
    (pip,) = (line["pip"] for line in CONDA["dependencies"] if isinstance(line, dict))
    assert pip == ["--no-deps --editable ."]
    assert CONDA["name"] == PROJECT["name"]


def test_every_requirement_is_pinned_within_its_bounds():
    pinned = pins("constraints.txt")
    assert not [n for n, wanted in WANTED.items() if not wanted.specifier.contains(pinned[n])]


@pytest.mark.parametrize("extra", EXTRAS)
def test_no_extra_asks_for_what_only_some_indexes_have(extra):
    for requirement in map(Requirement, EXTRAS[extra]):
        assert requirement.url is None
        assert not any(Version(part.version).local for part in requirement.specifier), requirement


def test_the_cpu_build_is_one_that_the_extras_allow():
    ((name, version),) = pins("constraints-cpu.txt").items()
    assert Version(version).local == "cpu"
    asking = [extra for extra in EXTRAS if name in requirements(EXTRAS[extra])]
    assert {"parity", "bench", "torch", "doors"} <= set(asking)
    for extra in asking:
        assert requirements(EXTRAS[extra])[name].specifier.contains(version)


def test_importing_nnbook_needs_numpy_only():
    assert list(requirements(PROJECT["dependencies"])) == ["numpy"]
