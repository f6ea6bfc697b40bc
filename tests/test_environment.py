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
    """Return name -> version, as a file of constraints says."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


PINS = pins("constraints.txt")


def test_conda_users_get_the_same_packages_with_the_same_bounds():
    listed = [line for line in CONDA["dependencies"] if isinstance(line, str)]
    conda = {canonicalize_name(r.name): r for r in map(Requirement, listed)}
    assert set(conda) - {"python", "pip"} == set(WANTED)
    for name, requirement in WANTED.items():
        assert conda[name].specifier == requirement.specifier, name
    assert str(conda["python"].specifier) == PROJECT["requires-python"]


def test_conda_users_get_nnbook_itself_and_pip_installs_nothing_else():
    (pip,) = (line["pip"] for line in CONDA["dependencies"] if isinstance(line, dict))
    assert pip == ["--no-deps --editable ."]
    assert CONDA["name"] == PROJECT["name"]


@pytest.mark.parametrize("name", sorted(WANTED))
def test_every_requirement_is_pinned_within_its_bounds(name):
    assert WANTED[name].specifier.contains(PINS[name])


@pytest.mark.parametrize("file", ["constraints.txt", "constraints-cpu.txt"])
def test_pins_are_exact_and_name_no_place(file):
    text = (ROOT / file).read_text("utf-8")
    for line in text.splitlines()[1:]:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.+!-]*", line), line


@pytest.mark.parametrize("extra", EXTRAS)
def test_no_extra_asks_for_what_only_some_indexes_have(extra):
    for requirement in map(Requirement, EXTRAS[extra]):
        assert requirement.url is None
        assert not any(Version(part.version).local for part in requirement.specifier), requirement


def test_the_cpu_build_is_one_that_the_extras_allow():
    (pin,) = pins("constraints-cpu.txt").items()
    name, version = pin
    assert Version(version).local == "cpu"
    asking = [extra for extra in EXTRAS if name in requirements(EXTRAS[extra])]
    assert {"parity", "bench", "torch", "doors"} <= set(asking)
    for extra in asking:
        assert requirements(EXTRAS[extra])[name].specifier.contains(version)


def test_importing_nnbook_needs_numpy_only():
    assert list(requirements(PROJECT["dependencies"])) == ["numpy"]
