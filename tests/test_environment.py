"""environment.yml, constraints.txt and pyproject.toml say the same."""

import re
import tomllib

import pytest
import yaml
from execute_notebooks import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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
PINS = {
    canonicalize_name(name): version
    for name, version in (
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    )
}


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


def test_pins_are_exact_and_name_no_place():
    text = (ROOT / "constraints.txt").read_text("utf-8")
    for line in text.splitlines()[1:]:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.+!-]*", line), line


def test_importing_nnbook_needs_numpy_only():
    assert list(requirements(PROJECT["dependencies"])) == ["numpy"]
