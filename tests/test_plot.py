"""The library of drawings: what is drawn, where it stands, and that no text covers another."""

import re
from itertools import combinations, pairwise
from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyBboxPatch

from nnbook import metrics, plot
from nnbook.figures import start_here

PATH = [(0.5, -0.5), (0.65, -0.2), (0.725, -0.05), (0.7625, 0.025)]
PLANE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
NAMES = ["$a_0$", "$z_1$", "$a_1$", "$z_2$", "$a_2$", "$z_3$", "$a_3$", "$J$"]
XY = {"labels": ("x", "y")}


def fixed(values) -> np.ndarray:
    """An array that refuses to be altered."""
    array = np.array(values, dtype=float)
    array.flags.writeable = False
    return array


NETWORK = {  # the 2-3-1 network of the course, one step forward and back
    "weights": [fixed([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]]), fixed([[0.7], [-0.8], [0.9]])],
    "biases": [fixed([0.01, 0.02, 0.03]), fixed([0.1])],
    "forward": [fixed([1, 2]), fixed([0.42801, 0.75401, 0.67501]), fixed([0.60001])],
    "backward": [None, fixed([-0.06901, 0.05901, -0.07901]), fixed([-0.40001])],
    "names": [["$x_1$", "$x_2$"], ["$a_1$", "$a_2$", "$a_3$"], [r"$\hat y$"]],
    "layer_names": ["input", "layer 1", "layer 2"],
}
CHAIN = {
    "forward": fixed([1, 0.5, 0.622459, -0.622459, 0.349222, 0.698445, 0.667843, 0.0551642]),
    "backward": [None, 0.007870, 0.033491, -0.033491, -0.147364, -0.073682, -0.332157, 1],
    "factors": ["$w_1$", "$g'(z_1)$", "$w_2$", "$g'(z_2)$", "$w_3$", "$g'(z_3)$", "$a_3-y$"],
}


def loss(w_1: float, w_2: float) -> float:
    return (1 - (w_1 + 2 * w_2)) ** 2 / 2


def linear(points):
    return points[:, :1] + 2 * points[:, 1:]


@pytest.fixture(autouse=True)
def no_window(monkeypatch):
    """Fail a figure that shows itself, and leave neither figures nor styles behind."""

    def show(*args, **kwargs):
        raise AssertionError("a plot function called plt.show()")

    monkeypatch.setattr(plt, "show", show)
    with mpl.rc_context():
        plot.style()
        yield
    plt.close("all")


def texts(ax: Axes, colour: str | None = None) -> list[str]:
    """What is written on the Axes, in one colour or in all."""
    return [t.get_text() for t in ax.texts if t.get_text() and colour in (None, t.get_color())]


def patches(ax: Axes, kind: type) -> list:
    return [patch for patch in ax.patches if isinstance(patch, kind)]


def arrows(ax: Axes, colour: str) -> list:
    """(start, end) of the arrows of one colour."""
    drawn = [t for t in ax.texts if not t.get_text()]
    return [
        (t.get_position(), t.xy)
        for t in drawn
        if to_hex(t.arrow_patch.get_edgecolor()) == colour.lower()
    ]


def points(line) -> list:
    return line.get_xydata().tolist()


def labels(ax: Axes) -> tuple[str, str]:
    return ax.get_xlabel(), ax.get_ylabel()


def legend(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def assert_readable(ax: Axes) -> None:
    """No text covers another, and none leaves the figure."""
    ax.figure.canvas.draw()
    written = [t for t in ax.texts if t.get_text() and t.get_visible()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in written]
    for (one, a), (other, b) in combinations(boxes, 2):
        assert not a.overlaps(b), f"{one!r} covers {other!r}"
    for text, box in boxes:
        inside = ax.figure.bbox.contains(*box.min) and ax.figure.bbox.contains(*box.max)
        assert inside, f"{text!r} is cut off"


# --- all of them ---------------------------------------------------------------------------------

DRAWINGS = {
    "accuracies": lambda ax: plot.accuracies({"one": [0.4, 0.6]}, ax=ax),
    "chain": lambda ax: plot.chain(["a", "b"], ax=ax),
    "confusion_matrix": lambda ax: plot.confusion_matrix([[3, 1], [0, 4]], ax=ax),
    "curves": lambda ax: plot.curves([0, 1], {"a": [0, 1]}, **XY, ax=ax),
    "decision_boundary": lambda ax: plot.decision_boundary(linear, PLANE, [0, 1, 0, 1], ax=ax),
    "descent_path": lambda ax: plot.descent_path(lambda w: w**2, (-1, 1), [0.5], **XY, ax=ax),
    "error_surface": lambda ax: plot.error_surface(loss, (0, 1), (0, 1), ax=ax),
    "feature_maps": lambda ax: plot.feature_maps(np.ones((9, 9, 3)), ax=ax),
    "filters": lambda ax: plot.filters(np.ones((3, 3, 1, 2)), ax=ax),
    "heat_map": lambda ax: plot.heat_map(np.eye(2), ax=ax),
    "image_grid": lambda ax: plot.image_grid(np.ones((2, 5, 5)), ax=ax),
    "layer_norms": lambda ax: plot.layer_norms({"a": [1, 2]}, ax=ax),
    "loss_curves": lambda ax: plot.loss_curves({"a": [1, 2]}, ax=ax),
    "mark": lambda ax: plot.mark(ax or plt.subplots()[1], {"a": (0, 1)}),
    "network": lambda ax: plot.network([2, 1], ax=ax),
    "reliability_diagram": lambda ax: plot.reliability_diagram({"a": ([[0.4, 0.6]], [0])}, ax=ax),
}


def test_all_that_is_announced_can_be_had_and_is_tested():
    constants = {"BACKWARD", "COLORS", "FORWARD", "show", "style"}
    assert set(plot.__all__) == DRAWINGS.keys() | constants
    assert [name for name in plot.__all__ if not hasattr(plot, name)] == []


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_every_function_draws_on_the_axes_given_or_on_a_new_figure(draw):
    _, ax = plt.subplots()
    assert draw(ax) is ax
    assert ax.has_data() or ax.patches
    assert len(plt.get_fignums()) == 1
    new = draw(None)
    assert isinstance(new, Axes)
    assert new is not ax
    assert len(plt.get_fignums()) == 2
    assert not new.get_title()


def test_style_is_opaque_readable_and_colour_blind_safe():
    mpl.rcdefaults()
    plot.style()
    assert to_hex(plt.rcParams["figure.facecolor"]) == "#ffffff"
    assert not plt.rcParams["savefig.transparent"]
    assert tuple(plt.rcParams["figure.figsize"]) == (7.2, 4.0)
    assert min(plt.rcParams[name] for name in ("xtick.labelsize", "ytick.labelsize")) >= 9
    assert (plot.FORWARD, plot.BACKWARD) == ("#0072B2", "#D55E00") == plot.COLORS[:2]
    cycle = [style["color"] for style in plt.rcParams["axes.prop_cycle"]]
    assert tuple(cycle[: len(plot.COLORS)]) == plot.COLORS


def surface(**more) -> Axes:
    minima = fixed([-0.5, 1.8])
    arguments = {
        "path": fixed(PATH),
        "path_labels": ["1.5", "0.75", "0.375", "0.1875"],
        "line": (minima, (1 - minima) / 2),
    }
    return plot.error_surface(loss, (-0.5, 1.8), (-1, 1), **(arguments | more))


def network(**more) -> Axes:
    return plot.network([2, 3, 1], **more)


def chain(**more) -> Axes:
    return plot.chain(**({"names": ["a", "b", "c"]} | more))


def boundary(predict=linear, X=PLANE, y=(0, 1, 0, 1), **more) -> Axes:
    return plot.decision_boundary(predict, X, y, threshold=1.5, **more)


def descent(x_range=(0, 1), path=(0.5,), **more) -> Axes:
    return plot.descent_path(lambda w: w, x_range, path, **XY, **more)


REFUSED = [  # what is drawn, its arguments, what is said
    (network, {"weights": [np.ones((2, 3)), np.ones((1, 3))]}, "weights[1] should have shape (3, 1) for sizes [2, 3, 1], got (1, 3); the course stores weights as (inputs, outputs)"),
    (network, {"biases": [[1, 2, 3], [1, 2]]}, "biases[1] should hold 1 numbers"),
    *((network, {name: [[1, 2], [1, 2], [1]]}, f"{name}[1] should hold 3 numbers") for name in ("forward", "backward")),
    (network, {"names": [["a", "b"], ["c"], ["d"]]}, "names[1] should have length 3"),
    *((network, {name: [[1, 2]]}, f"{name} should have length") for name in ("weights", "forward", "names", "layer_names")),
    *((plot.network, {"sizes": sizes}, "plot.network: sizes should hold two or more layers") for sizes in ([], [3], [2, 0], [784, 10])),
    (chain, {"names": ["a"]}, "plot.chain: names should hold at least two boxes, got 1"),
    *((chain, {name: ["t"] * 4}, f"plot.chain: {name} should have length") for name in ("forward", "backward", "gradient_names", "factors", "links", "notes")),
    (surface, {"path": [1, 2, 3], "path_labels": None}, "plot.error_surface: path should have shape (n, 2)"),
    (surface, {"path_labels": ["one"]}, "plot.error_surface: path_labels should have length 4"),
    (surface, {"path": None}, "plot.error_surface: path_labels need a path"),
    (plot.error_surface, {"function": loss, "x_range": (0, 1), "y_range": (1, 1)}, "y_range should rise, got (1, 1)"),
    (plot.error_surface, {"function": lambda x, y: 3.0, "x_range": (0, 1), "y_range": (0, 1)}, "no two different finite values"),
    (plot.error_surface, {"function": lambda x, y: np.array([x, y]), "x_range": (0, 1), "y_range": (0, 1)}, "should return one number, got shape (2,)"),
    (descent, {"x_range": (1, 1)}, "plot.descent_path: x_range should rise, got (1, 1)"),
    (descent, {"path": []}, "plot.descent_path: path should hold at least its first point; got none"),
    (descent, {"gap": "e"}, "plot.descent_path: gap is written up to the minimum; give minimum="),
    (boundary, {"X": PLANE[:, :1]}, "plot.decision_boundary: X should have shape (m, 2) and y one class a sample, got (4, 1) and (4,)"),
    (boundary, {"y": [0, 1, 2, 1]}, "plot.decision_boundary: y should hold 0 and 1 only"),
    (boundary, {"predict": lambda points: points}, "plot.decision_boundary: predict should return one number for each of 14641 points, got shape (14641, 2)"),
    (plot.curves, {"x": [0, 1], "ys": {"a": [0, 1, 2]}, **XY}, "plot.curves: 'a' should hold one number for each x, got shape (3,) for x of shape (2,)"),
    (plot.curves, {"x": [0, 1], "ys": {"a": [0.0, 1.0]}, **XY, "log_y": True}, "plot.curves: a logarithmic y axis needs numbers above zero, got 0.0 in 'a'"),
    (plot.curves, {"x": [0, 1], "ys": {"a": [1.0, 1.0]}, **XY, "log_x": True}, "plot.curves: a logarithmic x axis"),
    (plot.loss_curves, {"losses": {"a": [0.9, 0.0]}, "log": True}, "plot.loss_curves: a logarithmic y axis"),
    (plot.layer_norms, {"norms": {"a": [1, -1]}}, "plot.layer_norms: norms should not be negative, got -1.0 in 'a'"),
    (plot.heat_map, {"matrix": [1, 2]}, "plot.heat_map: matrix should have shape (rows, columns), got (2,)"),
    (plot.heat_map, {"matrix": np.eye(2), "row_names": ["a"]}, "plot.heat_map: row_names should have length 2"),
    (plot.heat_map, {"matrix": np.eye(2), "column_names": ["a"] * 3}, "plot.heat_map: column_names should have length 2"),
    (plot.confusion_matrix, {"matrix": [[1, 2, 3], [4, 5, 6]]}, "counts of shape (C, C), none below 0, got shape (2, 3)"),
    *((plot.confusion_matrix, {"matrix": matrix}, "plot.confusion_matrix: matrix should hold counts") for matrix in ([[1, -2], [4, 5]], [])),
    (plot.confusion_matrix, {"matrix": np.eye(2), "labels": ["a"]}, "plot.confusion_matrix: labels should have length 2 (one name a class), got 1"),
    (plot.accuracies, {"values": {"a": 0.5}, "beside": {"b": 0.5}}, "plot.accuracies: beside should name some of the models"),
    (plot.reliability_diagram, {"predictions": {"a": ([0.5, 0.5], [0, 1])}}, "probabilities (m, C)"),
    (plot.reliability_diagram, {"predictions": {"a": ([[0.5, 0.5]], [0, 1])}}, "classes (m,), got (1, 2) and (2,)"),
    (plot.filters, {"weights": np.ones(3)}, "plot.filters: weights should have shape"),
    (plot.filters, {"weights": np.ones((2, 2, 1, 3)), "names": ["a"]}, "plot.filters: names should have length 3"),
    (plot.filters, {"weights": np.ones((2, 2, 1, 3)), "channels": ["a", "b"]}, "plot.filters: channels should have length 1"),
    (plot.feature_maps, {"maps": np.ones((2, 5, 5, 1))}, "choose one image: maps[0]"),
    (plot.feature_maps, {"maps": np.ones((5, 5, 2)), "names": ["a"]}, "plot.feature_maps: names should have length 2"),
    (plot.image_grid, {"images": np.zeros((5, 5))}, "plot.image_grid: images should have shape (m, h, w, 1) or (m, h, w), got (5, 5)"),
    (plot.image_grid, {"images": np.zeros((2, 5, 5)), "columns": 0}, "columns should be at least 1"),
    (plot.image_grid, {"images": np.zeros((2, 5, 5)), "names": ["4"]}, "one for each image"),
    (plot.image_grid, {"images": np.zeros((2, 5, 5)), "row_names": ["a", "b"]}, "one for each row"),
]  # fmt: skip


@pytest.mark.parametrize(("draw", "arguments", "message"), REFUSED)
def test_what_does_not_fit_is_explained(draw, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        draw(**arguments)


def test_other_types_are_explained():
    for draw, name in ((plot.curves, "ys"), (plot.loss_curves, "losses"), (plot.layer_norms, "norms"),
                       (plot.mark, "points"), (plot.reliability_diagram, "predictions")):  # fmt: skip
        more = {plot.curves: {"x": [0, 1], **XY}, plot.mark: {"ax": plt.subplots()[1]}}.get(
            draw, {}
        )
        message = f"plot.{draw.__name__}: {name} should be a dict .* got list"
        with pytest.raises(TypeError, match=message):
            draw(**{name: [0, 1]}, **more)


# --- networks and chains -------------------------------------------------------------------------


def test_network_draws_the_numbers_of_the_course_in_their_colours():
    ax = network(**NETWORK)
    assert len(patches(ax, Circle)) == 6
    assert len(ax.lines) == 2 * 3 + 3 * 1
    blue = ["1", "2", "0.428", "0.754", "0.675", "0.600", "forward →"]
    assert texts(ax, plot.FORWARD) == blue
    red = ["−0.069", "0.059", "−0.079", "−0.400", "← backward"]
    assert texts(ax, plot.BACKWARD) == red
    expected = ["0.1", "0.3", "−0.5", "−0.2", "0.4", "0.6", "0.7", "−0.8", "0.9"]
    assert texts(ax)[:9] == expected
    assert {"0.01", "0.02", "0.03", "$x_1$", r"$\hat y$", "input", "layer 2"} <= set(texts(ax))
    assert_readable(ax)
    for line, text in zip(ax.lines, ax.texts[:9], strict=True):  # every weight on its own edge
        x, y = text.get_position()
        assert y == pytest.approx(np.interp(x, *line.get_data()))
    first, second, hidden, *_ = (np.array(circle.center) for circle in patches(ax, Circle))
    assert first[1] > second[1]
    assert hidden[0] > first[0]


@pytest.mark.parametrize("sizes", [[2, 2, 2], [3, 3, 2, 3], [3, 4, 1], [4, 5, 3], [2, 16]])
def test_network_texts_do_not_overlap(sizes):
    rng = np.random.default_rng(0)
    vectors = [-rng.uniform(size=n) for n in sizes]
    flow = {"forward": vectors, "backward": vectors} if max(sizes) < 5 else {}
    ax = plot.network(
        sizes,
        weights=[-rng.uniform(size=s) for s in pairwise(sizes)],
        names=[[f"$a_{i}$" for i in range(n)] for n in sizes],
        layer_names=[f"layer {i}" for i in range(len(sizes))],
        **flow,
    )
    assert_readable(ax)


def test_weights_show_sign_by_colour_and_size_by_width():
    up, down, zero = plot.network([1, 3], weights=[[[2.0, -1.0, 0.0]]]).lines
    assert up.get_color() == zero.get_color() != down.get_color()
    assert up.get_linewidth() > down.get_linewidth() > zero.get_linewidth() > 0
    ax = plot.network([2, 2], weights=[[[11, -12], [21, 22]]], plain=True)
    assert len({(line.get_color(), line.get_linewidth()) for line in ax.lines}) == 1
    assert texts(ax) == ["11", "−12", "21", "22"]
    ax = plot.network([4, 5, 3], weights=[-np.ones((4, 5)), np.ones((5, 3))])
    assert texts(ax) == ["positive weight", "negative weight"]  # too many edges for numbers
    ax = plot.network([2, 1], forward=[[[1, 2]], None], backward=[[[3], [4]], [5]], width=4.0)
    assert texts(ax, plot.FORWARD) == ["1", "2", "forward →"]  # rows and columns, and None
    assert texts(ax, plot.BACKWARD) == ["3", "4", "5", "← backward"]


def test_chain_of_eight_boxes():
    ax = plot.chain(NAMES, **CHAIN)
    assert len(patches(ax, FancyBboxPatch)) == 8
    blue = ["1", "0.5", "0.6225", "−0.6225", "0.3492", "0.6984", "0.6678", "0.0552"]
    assert texts(ax, plot.FORWARD) == [*blue, "forward →"]
    red = ["0.0079", "0.0335", "−0.0335", "−0.1474", "−0.0737", "−0.3322", "1"]
    assert texts(ax, plot.BACKWARD) == [*red, "← backward"]
    assert set(NAMES) | set(CHAIN["factors"][1:]) <= set(texts(ax))
    assert "$w_1$" not in texts(ax)  # nothing flows to a box whose derivative is left out
    right, left = arrows(ax, plot.FORWARD), arrows(ax, plot.BACKWARD)
    assert [start[0] < end[0] for start, end in right + left] == [True] * 7 + [False] * 6
    assert_readable(ax)


def test_texts_of_a_chain_stand_in_lines_of_their_own():
    ax = plot.chain(
        ["$x$", "$z$"], forward=[1, "two"], backward=[2, 1], gradient_names=["$dx$", "$dz$"],
        links=["$w$\n2"], factors=["$2$"], notes=["below"],
    )  # fmt: skip
    height = {text.get_text(): text.get_position()[1] for text in ax.texts}
    order = ["two", "$w$", "$x$", "$dx$", "$2$", "below"]
    assert order == sorted(order, key=height.get, reverse=True)
    assert_readable(ax)


# --- curves --------------------------------------------------------------------------------------


X3 = fixed([-1.0, 0.0, 1.5])
LOSSES = {"training": [0.9, 0.5, 0.3], "validation": [0.8, 0.6]}
HISTORY = SimpleNamespace(loss=[0.9, 0.5], validation_loss=[0.8, 0.7], metrics={"accuracy": []})
DEEP = {"deep": [0.0, 1e-8, 1e-4, 1.0], "shallow": [0.5, 0.7]}
CURVES = [  # the drawing, what its lines run through, its labels, legend and scale
    (plot.curves(X3, {"tanh": np.tanh(X3), "square": X3**2}, **XY),
     [list(zip(X3, np.tanh(X3), strict=True)), list(zip(X3, X3**2, strict=True))],
     ("x", "y"), ["tanh", "square"], "linear"),
    (plot.curves(X3, {"tanh": np.tanh(X3)}, **XY), [list(zip(X3, np.tanh(X3), strict=True))],
     ("x", "y"), None, "linear"),
    (plot.loss_curves(LOSSES), [[(1, 0.9), (2, 0.5), (3, 0.3)], [(1, 0.8), (2, 0.6)]],
     ("epoch", "loss"), ["training", "validation"], "linear"),
    (plot.loss_curves(LOSSES, log=True), [[(1, 0.9), (2, 0.5), (3, 0.3)], [(1, 0.8), (2, 0.6)]],
     ("epoch", "loss"), ["training", "validation"], "log"),
    (plot.loss_curves(HISTORY), [[(1, 0.9), (2, 0.5)], [(1, 0.8), (2, 0.7)]],
     ("epoch", "loss"), ["training", "validation"], "linear"),
    (plot.loss_curves(SimpleNamespace(loss=[0.9, 0.5], validation_loss=[])),
     [[(1, 0.9), (2, 0.5)]], ("epoch", "loss"), None, "linear"),
    (plot.layer_norms(DEEP), [[(2, 1e-8), (3, 1e-4), (4, 1)], [(1, 0.5), (2, 0.7)]],
     ("layer", "norm"), ["deep", "shallow"], "log"),
]  # fmt: skip


@pytest.mark.parametrize(("ax", "lines", "names", "words", "scale"), CURVES)
def test_curves_run_through_the_data_and_have_a_legend_only_for_two(ax, lines, names, words, scale):
    assert [[tuple(point) for point in points(line)] for line in ax.lines] == lines
    assert [line.get_color() for line in ax.lines] == list(plot.COLORS[: len(lines)])
    assert (labels(ax), ax.get_xscale(), ax.get_yscale()) == (names, "linear", scale)
    assert (ax.get_legend() and legend(ax)) == words
    if words:
        ax.figure.canvas.draw()
        assert not ax.get_legend().get_window_extent().overlaps(ax.bbox.padded(-1))


def test_many_curves_stay_distinct_and_axes_are_as_asked():
    ax = plot.curves([0, 1], {str(i): [i, i] for i in range(15)}, **XY, markers=True)
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines}) == 15
    assert len({line.get_marker() for line in ax.lines}) == 7
    ax = plot.curves([1, 10], {"a": [1, 2]}, **XY, log_x=True)
    assert (ax.get_xscale(), ax.get_yscale(), ax.lines[0].get_marker()) == ("log", "linear", "")
    ax = plot.curves([1, 10], {"a": [1, np.nan]}, **XY, log_y=True, markers=True)
    assert (ax.get_xscale(), ax.get_yscale(), ax.lines[0].get_marker()) == ("linear", "log", "o")


def test_epochs_are_whole_numbers_and_a_single_one_is_a_dot():
    ax = plot.loss_curves({"training": [0.9]})
    assert ax.lines[0].get_marker() == "o"  # else unseen
    ticks = ax.xaxis.get_major_locator().tick_values(1, 3)
    assert np.array_equal(ticks, ticks.round())


def test_marks_stand_on_their_points_and_their_texts_on_no_line():
    x = np.linspace(-3, 3, 101)
    ax = plot.curves(x, {"tanh": np.tanh(x)}, labels=("$z$", "$a$"))
    marks = {"left": (-1.5, np.tanh(-1.5)), "the middle": (0, 0), "right": (1.5, np.tanh(1.5))}
    plot.mark(ax, marks)
    assert [tuple(line.get_xydata()[0]) for line in ax.lines[1:]] == list(marks.values())
    assert texts(ax) == list(marks)
    curve = ax.transData.transform(ax.lines[0].get_xydata())
    assert not any(text.get_window_extent().count_contains(curve) for text in ax.texts)
    assert_readable(ax)
    plot.mark(ax, {"one": (0, 0)}, colors=["red", "green"], shape="X")
    assert (ax.lines[-1].get_marker(), ax.lines[-1].get_color()) == ("X", "red")
    with pytest.raises(ValueError, match=r"colors should hold one for each of 2 points, got 1"):
        plot.mark(ax, {"one": (0, 0), "two": (1, 1)}, colors=["red"])


# --- matrices ------------------------------------------------------------------------------------


def test_heat_map_writes_the_matrix_into_its_cells():
    matrix = fixed([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]])
    names = {"row_names": ["$x_1$", "$x_2$"], "column_names": ["$a_1$", "$a_2$", "$a_3$"]}
    ax = plot.heat_map(matrix, labels=("neuron", "input"), **names)
    assert np.array_equal(ax.images[0].get_array(), matrix)
    written = {t.get_position(): t.get_text() for t in ax.texts}
    expected = {(0, 0): "0.1", (1, 0): "0.3", (2, 0): "−0.5", (0, 1): "−0.2", (2, 1): "0.6"}
    assert expected.items() <= written.items()
    assert [t.get_text() for t in ax.get_xticklabels()] == names["column_names"]
    assert [t.get_text() for t in ax.get_yticklabels()] == names["row_names"]
    assert (labels(ax), ax.get_aspect()) == (("neuron", "input"), 1)
    assert_readable(ax)


NUMBERS = [  # the matrix, how it is drawn, its numbers, and the ends of the colours
    ([[1.0, 0.25]], {}, ["1.00", "0.25"], (0.25, 1, "Blues")),
    ([[1 / 3, 1.0]], {"decimals": 2}, ["0.33", "1.00"], (1 / 3, 1, "Blues")),
    ([[np.nan, 2.0, 3.0]], {}, ["nan", "2", "3"], (2, 3, "Blues")),
    ([[-1, 3]], {}, ["−1", "3"], (-3, 3, "PRGn")),
    ([[-3, -1]], {}, ["−3", "−1"], (-3, -1, "Blues")),
    ([[1, 3]], {"signed": True}, ["1", "3"], (-3, 3, "PRGn")),
    ([[-1, 3]], {"signed": False}, ["−1", "3"], (-1, 3, "Blues")),
    ([[-0.0001, 1.0]], {"limits": (0, 9)}, ["0.000", "1.000"], (0, 9, "PRGn")),
]


@pytest.mark.parametrize(("matrix", "look", "written", "ends"), NUMBERS)
def test_numbers_of_a_matrix_are_alike_and_zero_is_white(matrix, look, written, ends):
    ax = plot.heat_map(matrix, **look)
    assert texts(ax) == written
    assert (*ax.images[0].get_clim(), ax.images[0].get_cmap().name) == ends


@pytest.mark.parametrize("matrix", [[[0, 1, 9]], [[-9, 0, 9]], [[1, np.nan, 2]]])
def test_text_stands_out_from_its_cell(matrix):
    def luminance(colour):
        rgb = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    ax = plot.heat_map(matrix)
    cells = ax.images[0].to_rgba(ax.images[0].get_array())[0]
    assert (cells[:, 3] == 1).all(), "a cell is transparent"
    for cell, text in zip(cells, ax.texts, strict=True):
        dark, light = sorted([luminance(cell), luminance(text.get_color())])
        assert (light + 0.05) / (dark + 0.05) > 4.5


def test_large_matrices_have_a_colour_bar_instead_of_numbers():
    numbered, plain = plot.heat_map(np.eye(10, 20)), plot.heat_map(np.eye(28))
    assert (len(texts(numbered)), len(numbered.figure.axes)) == (200, 1)
    assert (len(texts(plain)), len(plain.figure.axes)) == (0, 2)


def test_confusion_matrix_has_true_classes_in_rows_and_predicted_ones_in_columns():
    counts = metrics.confusion_matrix(np.eye(3)[[0, 0, 1, 1, 1, 2, 2]], [0, 0, 0, 1, 1, 2, 1])
    ax = plot.confusion_matrix(counts, ["cat", "dog", "owl"])
    assert labels(ax) == ("predicted class", "true class")
    assert [t.get_text() for t in ax.get_xticklabels()] == ["cat", "dog", "owl"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["cat", "dog", "owl"]
    written = {t.get_position(): t.get_text() for t in ax.texts}
    assert written[1, 0] == "1"  # a cat taken for a dog: row 0, column 1
    assert written[0, 1] == "0"  # and no dog for a cat
    assert (written[0, 0], written[1, 1], written[2, 1]) == ("2", "2", "1")
    assert ax.images[0].get_clim() == (0, 1)
    assert texts(plot.confusion_matrix([[5, 0], [0, 4]])) == ["5", "0", "0", "4"]
    assert_readable(ax)


# --- what networks got right ---------------------------------------------------------------------


def test_accuracies_are_dots_with_their_mean_and_rings_beside_them():
    ax = plot.accuracies({"small": [0.5, 0.6], "large": 0.9}, beside={"large": [1.0, 0.98]})
    drawn = [points(line) for line in ax.lines]
    assert [[0.5, 0], [0.6, 0]] in drawn
    assert [[1.0, 1], [0.98, 1]] in drawn
    assert texts(ax) == ["55.0 %", "90.0 %"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["small", "large"]
    assert legend(ax) == ["accuracy on new data", "accuracy on the training set"]
    assert ax.get_xlabel() == "accuracy"
    ax = plot.accuracies({"only": [0.5]})
    assert (ax.get_xlabel(), ax.get_legend()) == ("accuracy on new data", None)


def test_reliability_diagram_draws_accuracy_over_confidence():
    P = fixed([[0.95, 0.05], [0.95, 0.05], [0.95, 0.05], [0.45, 0.55]])
    ax = plot.reliability_diagram({"one": (P, [0, 0, 1, 1]), "two": (P, [1, 1, 1, 1])})
    one, two = ax.collections
    assert np.allclose(one.get_offsets(), [[0.55, 1], [0.95, 2 / 3]])
    assert np.allclose(two.get_offsets(), [[0.55, 1], [0.95, 0]])
    small, large = one.get_sizes()
    assert large > 2 * small
    assert legend(ax) == ["perfect calibration", "one", "two"]
    assert labels(ax) == ("confidence", "accuracy")
    # the gaps end on the line
    assert all(line.get_ydata()[0] == line.get_xdata()[0] for line in ax.lines[1:3])
    fewer = plot.reliability_diagram({"one": (P, [0, 0, 1, 1])}, bins=1)
    assert np.allclose(fewer.collections[0].get_offsets(), [[0.85, 0.75]])


# --- surfaces ------------------------------------------------------------------------------------


def test_contours_lie_where_the_function_has_their_value():
    contours = surface(levels=[0.125, 0.5, 1.125]).collections[0]
    assert contours.levels.tolist() == [0.125, 0.5, 1.125]
    for level, drawn in zip(contours.levels, contours.get_paths(), strict=True):
        assert np.allclose([loss(*vertex) for vertex in drawn.vertices], level, atol=0.002)
    ax = plot.error_surface(lambda x, y: x + y if x > 0 else np.inf, (-1, 1), (0, 1))
    assert all(np.isfinite(drawn.vertices).all() for drawn in ax.collections[0].get_paths())


def test_surface_path_line_and_labels_are_the_data_given():
    ax = surface()
    minima, path = ax.lines
    assert points(path) == [list(point) for point in PATH]
    assert path.get_color() == plot.BACKWARD
    assert points(minima) == [[-0.5, 0.75], [1.8, -0.4]]
    assert minima.get_linestyle() == "--"
    assert labels(ax) == ("$w_1$", "$w_2$")
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, 1.8), (-1, 1))
    assert {"1.5", "0.75", "0.375", "0.1875"} <= set(texts(ax))
    assert [tuple(end) for _, end in arrows(ax, plot.BACKWARD)][:2] == PATH[1:3]


def test_texts_beside_the_path_cover_neither_lines_nor_each_other():
    ax = surface()
    ax.figure.canvas.draw()
    shown = [
        t for t in {*ax.texts, *ax.collections[0].labelTexts} if t.get_text() and t.get_visible()
    ]
    assert len(shown) > 4 + 5
    trail = [np.linspace(a, b, 200) for line in ax.lines for a, b in pairwise(line.get_xydata())]
    trail = ax.transData.transform(np.concatenate(trail))
    assert not any(t.get_window_extent().count_contains(trail) for t in shown)
    assert_readable(ax)
    ax = surface(path_labels=["start", "", "", "end"])
    assert [t for t in texts(ax) if t.isalpha()] == ["start", "end"]
    close = [(0.5 + 0.01 * i, 0.5) for i in range(4)]
    assert_readable(plot.error_surface(loss, (0, 1), (0, 1), path=close, path_labels=list("abcd")))


def test_descent_path_stands_on_its_curve_and_is_numbered():
    ax = plot.descent_path(lambda w: w**2, (-2, 2), [1.5, -0.75, 0.5], labels=("$w$", "$J$"))
    curve, first, path = ax.lines
    assert np.array_equal(curve.get_ydata(), curve.get_xdata() ** 2)
    assert points(first) == [[1.5, 2.25]]
    assert points(path) == [[1.5, 2.25], [-0.75, 0.5625], [0.5, 0.25]]
    assert labels(ax) == ("$w$", "$J$")
    assert texts(ax) == ["0", "1", "2"]
    assert_readable(ax)
    far = plot.descent_path(lambda w: w**2, (-2, 2), [1.0, 9.0], **XY)
    assert far.get_ylim()[1] < 5  # an iterate beyond the range moves no axis


def test_a_number_that_could_belong_to_another_dot_is_left_out():
    path = [np.cos(t) * 0.6**t for t in range(9)]
    ax = plot.descent_path(lambda w: w**2, (-1.1, 1.1), path, **XY)
    assert 3 <= len(texts(ax)) < 9
    assert_readable(ax)
    dots = ax.transData.transform(ax.lines[-1].get_xydata())
    for text in (t for t in ax.texts if t.get_text()):
        box, own = text.get_window_extent(), dots[int(text.get_text())]
        far = np.hypot(*(dots - (box.min + box.max) / 2).T)
        assert far.argmin() in np.flatnonzero(np.hypot(*(dots - own).T) <= 3)


def test_descent_path_shows_slope_minimum_and_gap():
    ax = plot.descent_path(lambda w: w**2, (-2, 2), [1.0], **XY, slope=2, minimum=0, gap="$e=1$")
    _, minimum, slope, *_ = ax.lines
    assert set(minimum.get_xdata()) == {0}
    (x0, y0), (x1, y1) = points(slope)
    assert (y1 - y0) / (x1 - x0) == pytest.approx(2)
    assert x0 < 1 < x1
    assert np.interp(1, [x0, x1], [y0, y1]) == pytest.approx(1)  # through the point
    assert arrows(ax, "#222222") == [((1.0, 1.0), (0.0, 1.0))]
    assert texts(ax) == ["minimum", "$e=1$"]
    assert_readable(ax)


def test_decision_boundary_shows_predictions_on_the_plane_and_the_samples():
    ax = boundary(y=[[0], [1], [0], [1]])
    predictions = ax.images[0].get_array()
    left, right, bottom, top = ax.images[0].get_extent()
    assert (left, bottom) < (0, 0)
    assert (right, top) > (2, 2)
    assert np.isclose(predictions[0, 0], left + 2 * bottom)
    assert np.isclose(predictions[-1, 0], left + 2 * top)  # rows go up with the second input
    circles, triangles = ax.lines
    assert points(circles) == [[0, 0], [0, 1]]
    assert points(triangles) == [[1, 0], [2, 2]]
    assert circles.get_marker() != triangles.get_marker()
    (contour,) = ax.collections
    for x, y in contour.get_paths()[0].vertices:
        assert np.isclose(x + 2 * y, 1.5)
    assert labels(ax) == ("$x_1$", "$x_2$")
    assert np.allclose(boundary(margin=0.8).images[0].get_extent(), [-0.8, 2.8, -0.8, 2.8])
    assert not boundary(lambda points: np.full(len(points), 0.9)).collections


def test_decision_boundary_rings_errors_and_draws_the_lines_of_neurons():
    assert points(boundary(y=[0, 0, 1, 1], rings=True).lines[-1]) == []
    assert points(boundary(y=[0, 1, 1, 0], rings=True).lines[-1]) == [[1, 0], [2, 2]]
    W, b = [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], [-0.5, -0.25, 9.0]
    ax = boundary(lines=(W, b))
    assert len(ax.collections) == len(boundary().collections) + 2  # the third never is 0 here
    (xs, _), (_, ys) = (c.get_paths()[0].vertices.T for c in ax.collections[-2:])
    assert np.allclose(xs, 0.5)
    assert np.allclose(ys, 0.25)


# --- images --------------------------------------------------------------------------------------


def test_filters_stand_in_columns_and_their_channels_in_rows():
    W = fixed(np.arange(2 * 2 * 3 * 2).reshape(2, 2, 3, 2) - 10)
    ax = plot.filters(W, names=["one", "two"], channels=["red", "green", "blue"])
    assert_readable(ax)
    mosaic = np.ma.filled(ax.images[0].get_array(), np.nan)
    corners = [(round(p.get_x() + 0.5), round(p.get_y() + 0.5)) for p in ax.patches]
    assert len(corners) == 6
    for (x, y), (channel, k) in zip(corners, np.ndindex(3, 2), strict=True):
        assert np.array_equal(mosaic[y : y + 2, x : x + 2], W[:, :, channel, k])
    assert corners[0][0] == corners[2][0] == corners[4][0]
    assert corners[0][1] == corners[1][1]
    assert ax.images[0].get_clim() == (-13, 13)
    assert texts(ax)[:5] == ["one", "two", "red", "green", "blue"]
    assert sorted(texts(ax)[5:]) == sorted(f"{v:g}".replace("-", "−") for v in W.flat)


def test_feature_maps_have_one_scale_and_numbers_where_asked():
    Y = np.stack([np.full((9, 9), 0.5), np.full((9, 9), 2.0), np.ones((9, 9))], axis=-1)
    ax = plot.feature_maps(Y, names=["dim", "bright", "even"], marked=[1], scale=False)
    assert (ax.images[0].get_clim(), len(ax.figure.axes)) == ((0, 2), 1)
    assert (texts(ax), texts(ax, plot.BACKWARD)) == (["dim", "bright", "even"], ["bright"])
    frames = [to_hex(frame.get_edgecolor()) == plot.BACKWARD.lower() for frame in ax.patches]
    assert frames == [False, True, False]
    assert plot.feature_maps(Y - 1).images[0].get_clim() == (-1, 1)
    wide, narrow = (plot.feature_maps(Y, columns=k) for k in (3, 2))
    assert len(wide.images[0].get_array()) < len(narrow.images[0].get_array())
    assert len(wide.figure.axes) == 2  # the scale
    Y = np.arange(64).reshape(4, 4, 4) - 20
    assert texts(plot.feature_maps(Y)) == []
    ax = plot.feature_maps(Y, numbers=True)
    assert sorted(texts(ax)) == sorted(f"{v}".replace("-", "−") for v in Y.flat)
    assert_readable(ax)


def test_images_stand_in_rows_with_their_names_above_and_beside():
    X = fixed(np.arange(3 * 20 * 20).reshape(3, 20, 20, 1) / 1200)
    ax = plot.image_grid(X, names=["4", "9 → 7\n0.98", "3"], columns=2, marked=[1])
    mosaic = ax.images[0].get_array()
    assert np.isclose(np.nansum(mosaic), X.sum())
    assert texts(ax) == ["4", "9 → 7\n0.98", "3"]
    assert texts(ax, plot.BACKWARD) == ["9 → 7\n0.98"]
    assert len(ax.figure.axes) == 1  # no scale: grey needs none
    ax = plot.image_grid(X, columns=2, row_names=["above", "below"])
    assert texts(ax) == ["above", "below"]
    assert ax.texts[0].get_position()[1] < ax.texts[1].get_position()[1]


# --- the map of the course -----------------------------------------------------------------------


def test_the_map_of_the_course_knows_its_pages():
    folder = Path(__file__).parents[1] / "notebooks"
    assert start_here.CHAPTERS.keys() == {page.name.split("_")[0] for page in folder.glob("[0-9]*")}
    pairs = [pair.split() for pair in start_here.NEEDS.split(",")]
    assert {name for pair in pairs for name in pair} == start_here.CHAPTERS.keys()
    assert_readable(start_here.course_map(["00", "01"]))
