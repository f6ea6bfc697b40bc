"""Every number in the text of a page has a source, and every numeric equality holds."""

import json

import pytest
from course import ITEM, NAMES
from execute_notebooks import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pagecheck import exercises
from pagecheck.numbers import RUN, Course, Page, Runs, numbers, unsourced
from test_notebooks import PATHS, label, nothing, read

from nnbook import exercises as graders


def answers(cell):
    return [n for name in exercises.checks(cell) for n in exercises.answers(graders, name)]


LIST = ROOT / "tests" / "untraced_numbers.json"
LISTED = json.loads(LIST.read_text("utf-8"))
COURSE = Course(names=ITEM, given=exercises.GIVEN, more=answers)
PAGES = {label(path): Page(read(path), COURSE) for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=label)
def test_every_number_of_a_page_has_a_source_and_every_equality_holds(path):
    page, listed = PAGES[label(path)], LISTED.get(label(path), [])
    nothing([*unsourced(label(path), PAGES, listed, NAMES), *page.false()], page.notebook)


def renewed(listed, pages):
    """Return the list with what the pages need, and with the sources that are known."""
    lists = {}
    for name, page in pages.items():
        known = {(each["number"], each["words"]): each["source"] for each in listed.get(name, [])}
        needed = [(number.text, words) for _, number, words, _ in page.untraced()]
        needed += [each for each in page.written() if known.get(each, "").startswith(RUN)]
        lists[name] = [
            {"number": number, "words": words, "source": known.get((number, words), "")}
            for number, words in dict.fromkeys(needed)
        ]
    return {name: entries for name, entries in lists.items() if entries}


def test_every_page_with_listed_numbers_exists():
    assert LISTED.keys() <= PAGES.keys()


# --- small pages ---------------------------------------------------------------------------------


def page(*texts, code="x = 0.25 * 3", printed="x -0.667843\nright 81%, 786,001 weights, 2.5e-08\n"):
    """Return a page with a cell of code, and with texts after it."""
    cell = new_code_cell(code, outputs=[new_output("stream", text=printed)], id="code")
    texts = [new_markdown_cell(text, id=f"text{i}") for i, text in enumerate(texts)]
    return Page(new_notebook(cells=[cell, *texts]), COURSE)


TRACED = [
    "$x=-0.667843$, about $-0.67$ or −0.668; 81 %, a share of 0.81",
    "a quarter, $0.25$, three times: $0.75$",
    "$786\\,001$ or 786,001 weights; $2.5\\cdot10^{-8}$",
    "$0.7\\cdot0.3=0.21$, which is $0.21$",
    "99 steps, `0.123`, $a_{0.5}$, $e^{0.3}$, Exercise 1.2, equations 1.3 and 1.4, (2.5), N2-103",
    "$$a=b \\tag{1.7}$$ With 1.7 one goes on.",
    "| 0.25 | $-0.668$ |\n|---|---|",
    "```\n0.987\n```\n[there](0.4.ipynb) in 1986",
    "### Exercise 1.1: half\n\nLet $a=0.9$.",
]


UNTRACED = [
    ("$x=-0.667834$", "-0.667834"),
    ("$x=0.667843$", "0.667843"),  # a sign
    ("about $-0.66$", "-0.66"),  # rounded wrongly
    ("about $-0.7$", "-0.7"),  # one digit is no rounding
    ("right: 82 %", "82 %"),
    ("a share of 0.8100", None),
    ("a share of 0.8101", "0.8101"),
    ("$786\\,101$ weights", "786\\,101"),
    ("786,011 weights", "786,011"),
    ("$2.5\\cdot10^{-7}$", "2.5\\cdot10^{-7}"),
    ("$2.5\\cdot10^{-8}$ and 2.6e-08", "2.6e-08"),
    ("| 0.25 | 0.26 |\n|---|---|", "0.26"),
    ("| samples | 8 |\n|---|---|", "8"),
    ("Sixteen visits", "Sixteen"),
    ("$0.7\\cdot0.3\\approx0.22$", "0.7"),  # close, and not vouched for
    ("<details><summary>Hint</summary>It is 0.31.</details>", "0.31"),
    ("### Exercise 1.1: half\n\nLet $a=0.9$.\n\n<details>It is 0.32.</details>", "0.32"),
]


@pytest.mark.parametrize(("text", "number"), [*((text, None) for text in TRACED), *UNTRACED])
def test_a_number_that_nothing_near_shows_is_noticed(text, number):
    found = [number.text for _, number, *_ in page(text).untraced()]
    assert found[:1] == ([number] if number else [])
    assert list(page(text).false()) == []


def test_three_cells_are_near_and_prose_is_no_source():
    near = page("0.25", "", "0.25", "0.75")
    assert [cell for cell, *_ in near.untraced()] == ["text3"]


EQUALITIES = [  # one that holds, and changes that make one of it false
    (r"16\cdot36=576", ("576", "567")),
    (r"\tfrac12\cdot0.332157^2\approx0.0551642", (r"\approx", "=")),
    (r"J=\frac{1}{2}(0.6-1)^2=0.08", ("0.08", "0.8")),
    (r"e^3\approx20.0855, \ln\tfrac12=-0.693147", ("20.0855", "24"), ("-0", "0")),
    (r"\sqrt{0.25}=0.5=\tfrac12", ("12", "13")),
    (r"\left\lfloor\tfrac{7-3}{3}\right\rfloor+1=2", ("=2", "=3")),
    (r"\underbrace{784\cdot128+128}_{100\,480}+\underbrace{128\cdot10+10}_{1\,290}=101\,770", (r"0\,480", r"0\,408")),
    (r"\sigma(0.5)=0.622459 > \tfrac12", (">", "<")),
    (r"30\%\cdot20=6\neq7\leq7", ("=6", "=5"), (r"\neq7\leq7", r"\neq6"), (r"\leq7", r"\leq6")),
    (r"10^{-9}\approx2^{-30}, 3\cdot0.5=1.5, 0.5\cdot3=a=1.5", ("=1.5,", "=2,"), ("a=1.5", "a=1.6")),
    (r"\log_{10}1000=3", ("=3", "=4"), (r"\log_{10}1000=3", r"10\log_{10}0.16=-7.9")),
    (r"(2\times3)(3\times1)=2\times1, (0.5,\,1)=v, 3=n",),  # sizes
    (r"\sqrt2^{\,4}=4=|-4|, \sigma(0)=\tfrac12", ("4=|-4|", "5"), ("frac12", "frac13")),
    (r"2\cdot3=6; v=5. n=4\Rightarrow k=3:\ 2=2", ("v=5", r"2\cdot4=7, v=5")),
    (r"2\cdot3=6\text{ of all, and }n=4",),
    (r"\begin{aligned}n&=4\\2\cdot3&=6&n&=4\\2&=2\end{aligned}", ("&=6", "&=7")),
    (r"e=-0.03=\tfrac12e^2",),  # an error, not Euler's number
]  # fmt: skip


@pytest.mark.parametrize(("formula", "changes"), [(each[0], each[1:]) for each in EQUALITIES])
def test_an_equality_that_does_not_hold_is_noticed(formula, changes):
    wrongs = [formula.replace(*change) for change in changes]
    assert formula not in wrongs
    for written in (formula, *wrongs):
        for text in (f"${written}$", f"$${written}$$"):
            assert len(list(page(text).false())) == (written != formula), text


# --- the list of sources -------------------------------------------------------------------------

ONE = {"number": "0.31", "words": "It is 0.31 of all."}


SOURCES = [  # a source, and whether it has the number
    ("= 0.3 + 0.01", True), ("far#text0", True), ("-far#code", True), ("measured once", True),
    ("= 0.3 + 0.02", False), ("far#text1", False), ("#gone", False), ("far#code", False),
]  # fmt: skip


@pytest.mark.parametrize(("source", "has"), SOURCES)
def test_a_listed_source_without_the_number_is_noticed(source, has):
    far = page("$0.3+0.01=0.31$", "$0.3+0.02=0.32$", printed="-0.31")
    pages = {"here": page("It is 0.31 of all."), "far": far}
    assert len(list(unsourced("here", pages, [{**ONE, "source": source}], NAMES))) == 1 - has


# what the run gives, and what the text may say of it
RAN = {"shares": [0.3141, 0.3], "mistakes": [4] * 42}


def ran(listed, text=None):
    check = Runs(listed)
    assert list(check.after(new_markdown_cell(text or listed[0]["words"]), "", RAN)) == []
    return list(check.at_end(RAN))


def test_a_text_that_says_another_number_than_the_run_is_noticed():
    (problem,) = ran([{**ONE, "source": "run: shares[0]"}], "It is 0.41 of all.")
    assert "the run has to give 0.31 in 'It is 0.31 of all.', and the page does not" in problem


GIVEN = [
    ("0.31", "shares[0]"),
    ("0.32", "max(s for s in shares)"),  # the last digit may be off by one
    ("31 %", "shares[0]"),
    ("42", "len(mistakes)"),
    ("fifty", "len(mistakes) + 8"),
    ("4,200", "len(mistakes) * 100"),
    ("-0.3", "-shares[1]"),
]


@pytest.mark.parametrize(("number", "expression"), GIVEN)
def test_a_number_that_the_run_gives_is_right(number, expression):
    listed = [{"number": number, "words": f"It is {number}.", "source": f"run: {expression}"}]
    assert ran(listed) == []
    pages = {"here": page(listed[0]["words"])}
    assert list(unsourced("here", pages, listed, NAMES)) == []
    assert renewed({"here": listed}, pages) == {"here": listed}


NOT_GIVEN = [
    ("0.33", "shares[0]", "0.33 in 'so' is not shares[0], which is 0.3141"),
    ("33 %", "shares[0]", "is not shares[0]"),
    ("43", "len(mistakes)", "is not len(mistakes), which is 42"),
    ("0.31", "-shares[0]", "which is -0.3141"),
    ("0.31", "shares[2]", "raises IndexError"),
    ("0.31", "gone", "raises NameError: name 'gone' is not defined"),
    ("0.31", "shares", "raises TypeError"),
]


@pytest.mark.parametrize(("number", "expression", "complaint"), NOT_GIVEN)
def test_a_number_that_the_run_does_not_give_is_noticed(number, expression, complaint):
    (problem,) = ran([{"number": number, "words": "so", "source": f"run: {expression}"}])
    assert complaint in problem


@pytest.mark.parametrize("text", ["It is gone.", "It is 0.31 of many.", "It is 0.25 of all."])
def test_a_listed_source_that_nothing_needs_is_noticed(text):
    stale = list(unsourced("here", {"here": page(text)}, [{**ONE, "source": "once"}], NAMES))
    assert "the list has a source for 0.31" in stale[-1]


def test_a_renewed_list_keeps_sources_and_waits_for_new_ones():
    pages = {"here": page("It is 0.31 of all, not 0.32 of all."), "there": page("$0.25$")}
    known = {"number": "0.31", "words": "It is 0.31 of all,", "source": "once"}
    listed = {"here": [known, {**ONE, "source": "stale"}], "gone": [{**ONE, "source": "stale"}]}
    (first, second) = renewed(listed, pages).pop("here")
    assert (first["source"], second["source"]) == ("once", "")
    problems = list(unsourced("here", pages, [first, second], NAMES))
    assert [problem.split(" in ")[0] for problem in problems] == ["text0: 0.32"]
    assert renewed(LISTED, PAGES) == LISTED


def test_most_numbers_of_the_course_are_traced_and_not_listed():
    texts = [text for page in PAGES.values() for text in page.texts.values()]
    counted = sum(1 for text in texts for _ in numbers(text))
    assert counted > 20 * sum(map(len, LISTED.values()))
