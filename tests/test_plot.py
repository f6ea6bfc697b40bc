"""The data behind every figure: what is drawn, where it stands, and that no text covers another."""

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
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle

import nnbook as nn
from nnbook import conv_output_size, correlate2d, plot
from nnbook.experiments import Seeds
from nnbook.plot.house import BACKWARD, FORWARD, PALE

CHAPTERS = [
    ("00", "Start here", [], True),
    ("01", "The delta rule", ["00"], True),
    ("02", "The chain rule", ["01"], True),
    ("03a", "Many neurons", ["02"], True),
    ("03b", "The two-layer network", ["03a"], True),
    ("04", "Logistic regression", ["03a"], True),
    ("05", "Vectorised batches", ["03b"], True),
    ("06", "Layers", ["05"], True),
    ("07", "XOR", ["04", "06"], True),
    ("08a", "Starting well", ["06"], False),
    ("08b", "Stepping well", ["08a"], False),
    ("09", "Convolution", ["00"], False),
    ("10", "Convolution layers", ["08b", "09"], False),
    ("11", "Softmax", ["04", "06"], False),
    ("12", "Digits", ["08b", "10", "11"], False),
    ("13", "Will it hold?", ["12"], True),
    ("14", "Beyond layers", ["12"], False),
]
LADDER = [
    ("00", "Start here", [], True),
    ("01", "The chain rule through many layers", ["00"], True),
    ("02", "Backpropagation in its vectorised form", ["01"], True),
    ("03", "The end", ["00", "01", "02"], True),
]
STAIRS = """
00  .  .  .  .
 .  . 01  .  .
 .  .  .  . 02
 .  . 03
"""
PATH = [(0.5, -0.5), (0.65, -0.2), (0.725, -0.05), (0.7625, 0.025)]


def fixed(values) -> np.ndarray:
    """An array that refuses to be altered."""
    array = np.array(values, dtype=float)
    array.flags.writeable = False
    return array


def course_network() -> dict:
    """Give the 2-3-1 network of the course, one step forward and back."""
    return {
        "weights": [fixed([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]]), fixed([[0.7], [-0.8], [0.9]])],
        "biases": [fixed([0.01, 0.02, 0.03]), fixed([0.1])],
        "forward": [fixed([1, 2]), fixed([0.42801, 0.75401, 0.67501]), fixed([0.60001])],
        "backward": [None, fixed([-0.06901, 0.05901, -0.07901]), fixed([-0.40001])],
        "names": [["$x_1$", "$x_2$"], ["$a_1$", "$a_2$", "$a_3$"], [r"$\hat y$"]],
        "layer_names": ["input", "layer 1", "layer 2"],
    }


def price(w_1: float, w_2: float) -> float:
    return (1 - (w_1 + 2 * w_2)) ** 2 / 2


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


def assert_readable(ax: Axes) -> None:
    """No text covers another, and none leaves the figure."""
    ax.figure.canvas.draw()
    written = [t for t in ax.texts if t.get_text()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in written if t.get_visible()]
    for (one, a), (other, b) in combinations(boxes, 2):
        assert not a.overlaps(b), f"{one!r} covers {other!r}"
    for text, box in boxes:
        assert ax.figure.bbox.contains(*box.min), f"{text!r} is cut off"
        assert ax.figure.bbox.contains(*box.max), f"{text!r} is cut off"


def assert_beside_own_dot(ax: Axes, places) -> None:
    """Every number stands nearer to its own dot than to any other, and none covers another."""
    assert_readable(ax)
    dots = ax.transData.transform(places)
    for text in (t for t in ax.texts if t.get_text().isdigit() and t not in numbers_on_lines(ax)):
        box, own = text.get_window_extent(), dots[int(text.get_text())]
        far = np.hypot(*(dots - (box.min + box.max) / 2).T)
        others = far[np.hypot(*(dots - own).T) > 3]
        assert far[int(text.get_text())] < min([*others, 25])


def numbers_on_lines(ax: Axes) -> list:
    return list(ax.collections[0].labelTexts) if ax.collections else []


def test_all_that_is_announced_can_be_had():
    assert [name for name in plot.__all__ if not hasattr(plot, name)] == []


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


# network


def test_network_draws_the_numbers_of_the_course_in_their_colours():
    ax = plot.network([2, 3, 1], **course_network())
    assert len(patches(ax, Circle)) == 6
    assert len(ax.lines) == 2 * 3 + 3 * 1
    blue = ["1", "2", "0.428", "0.754", "0.675", "0.600", "forward →"]
    assert texts(ax, plot.FORWARD) == blue
    red = ["−0.069", "0.059", "−0.079", "−0.400", "← backward"]
    assert texts(ax, plot.BACKWARD) == red
    expected = ["0.1", "0.3", "−0.5", "−0.2", "0.4", "0.6", "0.7", "−0.8", "0.9"]
    assert texts(ax)[:9] == expected
    assert {"0.01", "0.02", "0.03", "$x_1$", r"$\hat y$", "input", "layer 2"} <= set(texts(ax))


@pytest.mark.parametrize(
    ("sizes", "numbers"),
    [
        ([2, 3, 1], True),
        ([2, 2, 2], True),
        ([3, 3, 2, 3], True),
        ([3, 4, 1], True),
        ([5, 6, 3, 1], False),
        ([4, 5, 3], False),
        ([1, 12, 1], False),
        ([2, 16], False),
    ],
)
def test_network_texts_do_not_overlap(sizes, numbers):
    rng = np.random.default_rng(0)
    vectors = [-rng.uniform(size=n) for n in sizes]
    flow = {"forward": vectors, "backward": vectors} if numbers else {}
    ax = plot.network(
        sizes,
        weights=[-rng.uniform(size=s) for s in pairwise(sizes)],
        names=[[f"$a_{i}$" for i in range(n)] for n in sizes],
        layer_names=[f"layer {i}" for i in range(len(sizes))],
        **flow,
    )
    assert_readable(ax)


def test_course_network_is_readable_and_nothing_lies_on_a_circle_of_another():
    ax = plot.network([2, 3, 1], **course_network())
    assert_readable(ax)
    for circle in patches(ax, Circle):
        (x, y), r = circle.center, circle.radius
        inside = [
            t.get_text()
            for t in ax.texts
            if np.hypot(*(np.subtract(t.get_position(), circle.center))) < r
        ]
        assert len(inside) == 2, f"the circle at {(x, y)} holds {inside}, not its name and number"


def test_every_weight_stands_on_its_own_edge():
    ax = plot.network([2, 3, 1], **course_network())
    labels = {t.get_text(): t.get_position() for t in ax.texts[:9]}
    for line, (x, y) in zip(ax.lines, labels.values(), strict=True):
        assert y == pytest.approx(np.interp(x, *line.get_data()))
    tops = [circle.center[1] for circle in patches(ax, Circle)]
    assert ax.lines[1].get_ydata().tolist() == [tops[0], tops[3]]  # 0.3 joins x_1 with a_2


def test_numbers_have_room():
    ax = plot.network([3, 3], weights=[np.ones((3, 3))])  # on a board one unit is an inch
    heights = sorted(t.get_position()[1] for t in ax.texts)
    assert np.diff(heights).min() > 0.2
    ax = plot.network([1, 1], forward=[[-1234.5678], [1]])
    circle = patches(ax, Circle)[0].get_window_extent()
    number = ax.texts[0].get_window_extent()
    assert circle.x0 < number.x0 < number.x1 < circle.x1


def test_weights_show_sign_by_colour_and_size_by_width():
    ax = plot.network([1, 3], weights=[[[2.0, -1.0, 0.0]]])
    up, down, zero = ax.lines
    assert up.get_color() == zero.get_color() != down.get_color()
    assert up.get_linewidth() > down.get_linewidth() > zero.get_linewidth() > 0


def test_plain_edges_are_alike_and_still_numbered():
    ax = plot.network([2, 2], weights=[[[11, -12], [21, 22]]], plain=True)
    assert len({(line.get_color(), line.get_linewidth()) for line in ax.lines}) == 1
    assert texts(ax) == ["11", "−12", "21", "22"]
    assert texts(plot.network([4, 5], weights=[np.ones((4, 5))], plain=True)) == []


def test_wide_networks_have_colours_but_no_numbers():
    ax = plot.network([4, 5, 3], weights=[-np.ones((4, 5)), np.ones((5, 3))])
    assert len(ax.lines) == 20 + 15
    assert texts(ax) == ["positive weight", "negative weight"]
    assert ax.lines[0].get_color() != ax.lines[-1].get_color()
    assert len(texts(plot.network([3, 4], weights=[np.ones((3, 4))]))) == 12


def test_network_takes_rows_and_columns_and_leaves_out_none():
    ax = plot.network([2, 1], forward=[[[1, 2]], None], backward=[[[3], [4]], [5]])
    assert texts(ax, plot.FORWARD) == ["1", "2", "forward →"]
    assert texts(ax, plot.BACKWARD) == ["3", "4", "5", "← backward"]
    assert texts(plot.network([2, 1], forward=[[1, 2], [3]])) == ["1", "2", "3"]  # no legend


def test_first_neuron_is_on_top_and_layers_go_from_left_to_right():
    first, second, output = patches(plot.network([2, 1]), Circle)
    assert first.center[1] > output.center[1] > second.center[1]
    assert first.center[0] == second.center[0] < output.center[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"weights": [np.ones((2, 3)), np.ones((1, 3))]},
            "plot.network: weights[1] should have shape (3, 1) for sizes [2, 3, 1], got (1, 3); "
            "the course stores weights as (inputs, outputs)",
        ),
        ({"weights": [np.ones((2, 3))]}, "weights should have length 2"),
        ({"biases": [[1, 2, 3], [1, 2]]}, "biases[1] should hold 1 numbers"),
        ({"forward": [[1, 2], [1, 2], [1]]}, "forward[1] should hold 3 numbers"),
        ({"forward": [[1, 2], [1, 2, 3]]}, "forward should have length 3"),
        ({"backward": [None, [1], [1]]}, "backward[1] should hold 3 numbers"),
        ({"names": [["a", "b"], ["c"], ["d"]]}, "names[1] should have length 3"),
        ({"names": [["a", "b"]]}, "names should have length 3"),
        ({"layer_names": ["input"]}, "layer_names should have length 3"),
    ],
)
def test_network_explains_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.network([2, 3, 1], **arguments)
    assert not plt.get_fignums(), "a failed call left a figure behind"


@pytest.mark.parametrize("sizes", [[], [3], [2, 0], [784, 10]])
def test_network_refuses_sizes_it_cannot_draw(sizes):
    with pytest.raises(ValueError, match=r"plot.network: sizes should hold two or more layers"):
        plot.network(sizes)


def test_network_refuses_half_a_neuron():
    with pytest.raises(TypeError, match="float"):
        plot.network([2.5, 1])


# chain

NAMES = ["$a_0$", "$z_1$", "$a_1$", "$z_2$", "$a_2$", "$z_3$", "$a_3$", "$J$"]
FACTORS = ["$w_1$", r"$\sigma'(z_1)$", "$w_2$", r"$\sigma'(z_2)$", "$w_3$", r"$\sigma'(z_3)$"]
CHAIN = {
    "forward": fixed([1, 0.5, 0.622459, -0.622459, 0.349222, 0.698445, 0.667843, 0.0551642]),
    "backward": [None, 0.007870, 0.033491, -0.033491, -0.147364, -0.073682, -0.332157, 1],
    "factors": [*FACTORS, "$a_3-y$"],
}


def arrows(ax: Axes, colour: str) -> list:
    """(start, end) of the arrows of one colour."""
    drawn = [t for t in ax.texts if not t.get_text()]
    return [
        (t.get_position(), t.xy)
        for t in drawn
        if to_hex(t.arrow_patch.get_edgecolor()) == colour.lower()
    ]


def test_chain_of_eight_boxes():
    ax = plot.chain(NAMES, **CHAIN)
    assert len(patches(ax, FancyBboxPatch)) == 8
    assert ax.figure.get_size_inches()[0] <= 9
    blue = ["1", "0.5", "0.6225", "−0.6225", "0.3492", "0.6984", "0.6678", "0.0552"]
    assert texts(ax, plot.FORWARD) == [*blue, "forward →"]
    red = ["0.0079", "0.0335", "−0.0335", "−0.1474", "−0.0737", "−0.3322", "1"]
    assert texts(ax, plot.BACKWARD) == [*red, "← backward"]
    assert set(NAMES) | set(CHAIN["factors"][1:]) <= set(texts(ax))
    assert "$w_1$" not in texts(ax)  # nothing flows to a box whose derivative is left out
    assert_readable(ax)


def test_chain_arrows_go_right_in_blue_and_left_in_orange():
    ax = plot.chain(NAMES, **CHAIN)
    right, left = arrows(ax, plot.FORWARD), arrows(ax, plot.BACKWARD)
    assert (len(right), len(left)) == (7, 6)
    assert all(start[0] < end[0] for start, end in right)
    assert all(start[0] > end[0] for start, end in left)
    assert right[0][0][1] > left[0][0][1]  # backward runs below
    assert all(start[0] - end[0] > 0.3 for start, end in left)  # inches: long enough to be seen


def test_plain_chain_has_boxes_and_forward_arrows_only():
    ax = plot.chain(["$x$", "$y$"])
    assert texts(ax) == ["$x$", "$y$"]
    assert (len(arrows(ax, plot.FORWARD)), len(arrows(ax, plot.BACKWARD))) == (1, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"names": ["a"]}, "plot.chain: names should hold at least two boxes, got 1"),
        ({"forward": [1, 2]}, "plot.chain: forward should have length 3"),
        ({"backward": [1] * 4}, "plot.chain: backward should have length 3"),
        ({"factors": ["f"] * 3}, "plot.chain: factors should have length 2"),
        ({"links": ["w"]}, "plot.chain: links should have length 2"),
        ({"notes": ["n"] * 3}, "plot.chain: notes should have length 2"),
    ],
)
def test_chain_explains_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.chain(**({"names": ["a", "b", "c"]} | arguments))


def test_links_stand_on_the_forward_arrows_and_notes_below_everything():
    ax = plot.chain(["$x$", "$z$", "$a$"], forward=[1, 2, 3], links=["$w$\n2", "$g$"])
    places = {text.get_text(): text.get_position() for text in ax.texts}
    arrow = arrows(ax, plot.FORWARD)[0]
    assert places["$w$"][1] > arrow[0][1] > places["2"][1]
    assert arrow[0][0] < places["$w$"][0] < arrow[1][0]
    assert_readable(ax)
    ax = plot.chain(["$x$", "$y$"], backward=[2, 1], factors=["$2$"], notes=["below"])
    lowest = min(ax.texts, key=lambda text: text.get_position()[1])
    assert lowest.get_text() == "below"
    assert_readable(ax)


# neuron_chain

WEIGHTS = [0.5, -1, 2]
Z, A = CHAIN["forward"][1:-1:2], CHAIN["forward"][0:-1:2]
SLOPES = fixed([0.235004, 0.227266, 0.221829])
DA, DELTA = CHAIN["backward"][2:-1:2], CHAIN["backward"][1:-1:2]


def test_a_chain_of_neurons_has_weights_slopes_blame_and_gradients():
    ax = plot.neuron_chain(WEIGHTS, Z, A, slopes=SLOPES, da=DA, delta=DELTA, price=0.0551642)
    said = texts(ax)
    assert set(NAMES) <= set(said)
    assert texts(ax, plot.FORWARD).count("−1") == 1
    factors = {"$w_2=-1$", "$w_3=2$", "$g'=0.2350$", "$a_3{-}y=-0.3322$"}
    assert factors <= {text.replace("−", "-") for text in said}
    assert "$w_1=0.5$" not in said  # no blame flows to the input
    gradients = [text for text in texts(ax, plot.BACKWARD) if "partial" in text]
    assert [text[-8:].strip("=$") for text in gradients] == ["0.0079", "−0.0208", "−0.0257"]
    heights = {text.get_position()[1] for text in ax.texts if "partial" in text.get_text()}
    assert len(heights) == 1
    assert_readable(ax)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_chain_of_neurons_is_readable_with_large_weights(sign):
    w, a = sign * 8 * np.ones(3), np.array([1, 0.0003, 0.4994, 0.0181])
    ax = plot.neuron_chain(
        w, w * a[:3], a, slopes=[0.0003, 0.25, 0.0178], da=-a[1:], delta=-a[1:], price=0.482
    )
    assert_readable(ax)


def test_a_chain_of_neurons_names_the_blame_and_does_not_hide_a_small_one():
    numbers = {"slopes": [0.2, 0.2, 5.4e-3], "da": DA, "price": 1.5e-5}
    ax = plot.neuron_chain(WEIGHTS, Z, A, delta=[-2.5e-5, 0.001, 0], **numbers)
    said = texts(ax, plot.BACKWARD)
    assert "1.5e−5" in texts(ax)
    assert {"$da_1$", r"$\delta_1$", "$da_3$", r"$\delta_3$"} <= set(said)
    assert {"−2.5e−5", "0.001", "0"} <= set(said)
    places = {text.get_text(): text.get_position() for text in ax.texts}
    (name_x, name_y), (x, y) = places[r"$\delta_1$"], places["−2.5e−5"]
    assert name_x == x
    assert name_y > y
    assert r"$\partial J/\partial w_1=a_0\delta_1=−2.5\mathrm{e}{−}5$" in said
    assert_readable(ax)


def test_chains_of_neurons_explain_what_does_not_fit():
    same = "all lists should be of one length"
    numbers = {"slopes": SLOPES, "da": DA, "delta": DELTA, "price": 0.1}
    with pytest.raises(ValueError, match=f"plot.neuron_chain: {same}, got .2, 3, 3, 3, 3."):
        plot.neuron_chain([1, 2], Z, A, **numbers)
    with pytest.raises(ValueError, match="a should hold 4 numbers, the input and 3 answers, got 3"):
        plot.neuron_chain(WEIGHTS, Z, A[1:], **numbers)


# mark


def test_marks_stand_on_their_points_and_their_texts_on_no_line():
    x = np.linspace(-3, 3, 101)
    ax = plot.curves(x, {"tanh": np.tanh(x)}, labels=("$z$", "$a$"))
    points = {"left": (-1.5, np.tanh(-1.5)), "the middle": (0, 0), "right": (1.5, np.tanh(1.5))}
    assert plot.mark(ax, points) is ax
    marked = [tuple(line.get_xydata()[0]) for line in ax.lines[1:]]
    assert marked == list(points.values())
    assert texts(ax) == list(points)
    curve = ax.transData.transform(ax.lines[0].get_xydata())
    for text in ax.texts:
        assert not text.get_window_extent().count_contains(curve)
    assert_readable(ax)


def test_marks_can_be_crosses_of_another_colour():
    ax = plt.subplots()[1]
    ax.plot([0, 1], [0, 1])
    plot.mark(ax, {"bottom": (0.2, 0.8)}, colors=["black"], shape="X")
    cross = ax.lines[-1]
    assert (cross.get_marker(), cross.get_color()) == ("X", "black")
    assert cross.get_markersize() > 6


def test_marks_may_have_the_colours_of_their_curves():
    ax = plt.subplots()[1]
    plot.mark(ax, {"one": (0, 0), "two": (1, 1)}, colors=["red", "green", "blue"])
    assert [line.get_color() for line in ax.lines] == ["red", "green"]
    few = "plot.mark: colors should hold one for each of 2 points, got 1"
    with pytest.raises(ValueError, match=re.escape(few)):
        plot.mark(ax, {"one": (0, 0), "two": (1, 1)}, colors=["red"])


def test_marks_want_a_dict():
    with pytest.raises(TypeError, match=re.escape("plot.mark: points should be a dict")):
        plot.mark(plt.subplots()[1], [(0, 0)])


# paths

PATHS = {"W": [[0.5, 0.7], [0.6, 0.8]], "a": [0.6225, 0.7503], "delta": [-0.0691, 0.1427]}


def faces(ax: Axes) -> list[str]:
    return [to_hex(patch.get_facecolor()).upper() for patch in patches(ax, Rectangle)]


@pytest.mark.parametrize("neuron", [1, 2])
def test_paths_light_a_column_forward_and_a_row_backward(neuron):
    ax = plot.paths(**PATHS, neuron=neuron)
    lit = [face != "#FFFFFF" for face in faces(ax)]
    forward, backward = np.reshape(lit[:4], (2, 2)), np.reshape(lit[4:], (2, 2))
    assert forward[:, neuron - 1].all()
    assert forward.sum() == 2
    assert backward[neuron - 1].all()
    assert backward.sum() == 2
    assert (len(arrows(ax, plot.FORWARD)), len(arrows(ax, plot.BACKWARD))) == (2, 2)
    assert all(start[0] < end[0] for start, end in arrows(ax, plot.FORWARD))
    assert all(start[0] > end[0] for start, end in arrows(ax, plot.BACKWARD))


def test_paths_write_products_and_sums():
    ax = plot.paths(**PATHS, neuron=2)
    assert {"0.6225 · 0.7", "−0.0691 · 0.6", "−0.0415"} <= set(texts(ax))
    assert "forward: sum of column 2 = 1.0360" in texts(ax, plot.FORWARD)
    assert "backward: sum of row 2 = 0.0727" in texts(ax, plot.BACKWARD)
    assert_readable(ax)


def test_paths_are_readable_up_to_three_by_three():
    rng = np.random.default_rng(0)
    for shape in [(1, 3), (3, 1), (3, 3)]:
        W, a, delta = (-rng.uniform(size=s) for s in (shape, shape[0], shape[1]))
        assert_readable(plot.paths(W, a, delta))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"W": np.ones((4, 2))}, "W should have shape (n_in, n_out), at most (3, 3), got (4, 2)"),
        ({"a": [1.0]}, "a should hold 2 numbers and delta 2 for W of shape (2, 2), got 1 and 2"),
        ({"neuron": 3}, "neuron should be 1 to 2, got 3"),
        ({"names": (["$a$"], ["$z$", "$z$"])}, "names[0] should have length 2"),
    ],
)
def test_paths_explain_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.paths(**(PATHS | arguments))
    assert not plt.get_fignums(), "a failed call left a figure behind"


# error_surface


def surface(**more) -> Axes:
    valley = fixed([-0.5, 1.8])
    arguments = {
        "path": fixed(PATH),
        "path_labels": ["1.5", "0.75", "0.375", "0.1875"],
        "line": (valley, (1 - valley) / 2),
    }
    return plot.error_surface(price, (-0.5, 1.8), (-1, 1), **(arguments | more))


def test_contours_lie_where_the_function_has_their_value():
    contours = surface(levels=[0.125, 0.5, 1.125]).collections[0]
    assert contours.levels.tolist() == [0.125, 0.5, 1.125]
    for level, drawn in zip(contours.levels, contours.get_paths(), strict=True):
        values = [price(*vertex) for vertex in drawn.vertices]
        assert len(values) > 10
        assert np.allclose(values, level, atol=0.002)


def test_function_gets_floats_point_by_point():
    seen = []
    plot.error_surface(lambda x, y: seen.append((x, y)) or x + y, (0, 1), (2, 3))
    assert len(seen) == 81 * 81
    assert {type(number) for pair in seen for number in pair} == {float}
    assert (min(seen), max(seen)) == ((0, 2), (1, 3))


def test_surface_path_line_and_labels_are_the_data_given():
    ax = surface()
    valley, path = ax.lines
    assert path.get_xydata().tolist() == [list(point) for point in PATH]
    assert path.get_color() == plot.BACKWARD
    assert valley.get_xydata().tolist() == [[-0.5, 0.75], [1.8, -0.4]]
    assert valley.get_linestyle() == "--"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$w_1$", "$w_2$")
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.5, 1.8), (-1, 1))
    assert {"1.5", "0.75", "0.375", "0.1875"} <= set(texts(ax))


def test_path_is_walked_with_arrows():
    ends = [end for _, end in arrows(surface(), plot.BACKWARD)]
    assert [tuple(end) for end in ends][:2] == PATH[1:3]


def test_texts_beside_the_path_cover_neither_path_nor_valley_nor_each_other():
    ax = surface()
    ax.figure.canvas.draw()
    numbers = ax.collections[0].labelTexts
    labels = [t for t in ax.texts if t.get_text() in ("1.5", "0.75", "0.375", "0.1875")]
    assert len([label for label in labels if label not in numbers]) == 4
    labels = [t for t in {*labels, *numbers} if t.get_visible()]
    assert len(labels) > 4 + 5
    trail = [np.linspace(a, b, 200) for line in ax.lines for a, b in pairwise(line.get_xydata())]
    trail = ax.transData.transform(np.concatenate(trail))
    for label in labels:
        assert label.get_window_extent().count_contains(trail) == 0
    assert_readable(ax)


def test_empty_path_labels_are_left_out():
    ax = surface(path_labels=["start", "", "", "end"])
    assert [t for t in texts(ax) if t.isalpha()] == ["start", "end"]
    assert all(t.get_text() or t.arrow_patch for t in ax.texts)


def test_texts_of_close_points_do_not_overlap():
    points = [(0.5 + 0.01 * i, 0.5) for i in range(4)]
    ax = plot.error_surface(
        price, (0, 1), (0, 1), path=points, path_labels=["first", "second", "third", "fourth"]
    )
    assert_readable(ax)


def test_surface_draws_what_is_finite():
    ax = plot.error_surface(lambda x, y: x + y if x > 0 else np.inf, (-1, 1), (0, 1))
    assert all(np.isfinite(drawn.vertices).all() for drawn in ax.collections[0].get_paths())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"path": [1, 2, 3], "path_labels": None}, "path should have shape (n, 2)"),
        ({"path_labels": ["one"]}, "path_labels should have length 4"),
        ({"path": None}, "path_labels need a path"),
    ],
)
def test_surface_explains_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=re.escape(f"plot.error_surface: {message}")):
        surface(**arguments)


def test_surface_refuses_empty_ranges_and_functions_without_contours():
    with pytest.raises(ValueError, match=re.escape("y_range should rise, got (1, 1)")):
        plot.error_surface(price, (0, 1), (1, 1))
    with pytest.raises(ValueError, match="no two different finite values"):
        plot.error_surface(lambda x, y: 3.0, (0, 1), (0, 1))
    with pytest.raises(ValueError, match=re.escape("should return one number, got shape (2,)")):
        plot.error_surface(lambda x, y: np.array([x, y]), (0, 1), (0, 1))


# curves


def test_curves_hold_the_data_and_a_legend_only_for_two():
    x = fixed([-1.0, 0.0, 1.5])
    ax = plot.curves(x, {"tanh": np.tanh(x), "square": x**2}, labels=("$z$", "$a$"))
    tanh, square = ax.lines
    assert np.array_equal(tanh.get_xydata(), np.column_stack([x, np.tanh(x)]))
    assert np.array_equal(square.get_ydata(), x**2)
    assert [line.get_color() for line in ax.lines] == list(plot.COLORS[:2])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$z$", "$a$")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["tanh", "square"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")
    assert plot.curves(x, {"tanh": np.tanh(x)}, labels=("$z$", "$a$")).get_legend() is None


def test_legend_covers_no_curve():
    ax = plot.curves([0, 1], {"up": [0, 1], "down": [1, 0]}, labels=("x", "y"))
    ax.figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert not legend.overlaps(ax.bbox.padded(-1))
    assert ax.figure.bbox.contains(*legend.max)


def test_many_curves_stay_distinct():
    ax = plot.curves([0, 1], {str(i): [i, i] for i in range(15)}, labels=("x", "y"), markers=True)
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.lines}
    assert len(looks) == 15
    assert len({line.get_marker() for line in ax.lines}) == 7


def test_logarithmic_axes_and_markers_are_as_asked():
    ax = plot.curves([1, 10], {"a": [1, 2]}, labels=("x", "y"), log_x=True)
    assert (ax.get_xscale(), ax.get_yscale(), ax.lines[0].get_marker()) == ("log", "linear", "")
    ax = plot.curves([1, 10], {"a": [1, np.nan]}, labels=("x", "y"), log_y=True, markers=True)
    assert (ax.get_xscale(), ax.get_yscale(), ax.lines[0].get_marker()) == ("linear", "log", "o")


def test_curves_explain_what_does_not_fit():
    with pytest.raises(TypeError, match=r"plot.curves: ys should be a dict .* got list"):
        plot.curves([0, 1], [0, 1], labels=("x", "y"))
    with pytest.raises(ValueError, match=re.escape("'a' should hold one number for each x, got")):
        plot.curves([0, 1], {"a": [0, 1, 2]}, labels=("x", "y"))
    with pytest.raises(
        ValueError, match=re.escape("logarithmic y axis needs numbers above zero, ")
    ):
        plot.curves([0, 1], {"a": [0.0, 1.0]}, labels=("x", "y"), log_y=True)
    with pytest.raises(ValueError, match=r"plot.curves: a logarithmic x axis"):
        plot.curves([0, 1], {"a": [1.0, 1.0]}, labels=("x", "y"), log_x=True)


# walk


def test_walk_stands_on_its_curve():
    ax = plot.walk(lambda w: w**2, (-2, 2), [1.5, -0.75, 0.5], labels=("$w$", "$J$"))
    curve, first, steps = ax.lines
    assert np.array_equal(curve.get_ydata(), curve.get_xdata() ** 2)
    assert first.get_xydata().tolist() == [[1.5, 2.25]]
    assert steps.get_xydata().tolist() == [[1.5, 2.25], [-0.75, 0.5625], [0.5, 0.25]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$w$", "$J$")
    assert ax.get_xlim() == (-2, 2)
    assert texts(ax) == ["0", "1", "2"]
    assert_beside_own_dot(ax, steps.get_xydata())


def test_walk_shows_slope_goal_and_gap():
    ax = plot.walk(lambda w: w**2, (-2, 2), [1.0], labels=("w", "J"), slope=2, goal=0, gap="$e=1$")
    _, goal, slope, *_ = ax.lines
    assert set(goal.get_xdata()) == {0}
    (x0, y0), (x1, y1) = slope.get_xydata()
    assert (y1 - y0) / (x1 - x0) == pytest.approx(2)
    assert x0 < 1 < x1
    assert np.interp(1, [x0, x1], [y0, y1]) == pytest.approx(1)  # through the point
    assert arrows(ax, "#222222") == [((1.0, 1.0), (0.0, 1.0))]
    assert texts(ax) == ["goal", "$e=1$"]
    assert_readable(ax)


def test_a_step_beyond_the_range_moves_no_axis():
    ax = plot.walk(lambda w: w**2, (-2, 2), [1.0, 9.0], labels=("w", "J"))
    assert ax.get_ylim()[1] < 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x_range": (1, 1)}, "plot.walk: x_range should rise, got (1, 1)"),
        ({"path": []}, "plot.walk: path should hold at least its first point; got none"),
        ({"gap": "e"}, "plot.walk: gap is written on the way to the goal; give goal="),
    ],
)
def test_walk_explains_what_does_not_fit(arguments, message):
    wanted = {"x_range": (0, 1), "path": [0.5], "labels": ("w", "J")} | arguments
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.walk(lambda w: w, **wanted)


def test_loss_curves_count_epochs_from_one():
    losses = {"training": [0.9, 0.5, 0.3], "validation": [0.8, 0.6]}
    ax = plot.loss_curves(losses)
    assert ax.lines[0].get_xydata().tolist() == [[1, 0.9], [2, 0.5], [3, 0.3]]
    assert ax.lines[1].get_xydata().tolist() == [[1, 0.8], [2, 0.6]]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("epoch", "loss", "linear")
    ticks = ax.xaxis.get_major_locator().tick_values(1, 3)
    assert np.array_equal(ticks, ticks.round())
    assert plot.loss_curves(losses, log=True).get_yscale() == "log"
    assert losses == {"training": [0.9, 0.5, 0.3], "validation": [0.8, 0.6]}


def test_one_epoch_is_visible():
    assert plot.loss_curves({"training": [0.9]}).lines[0].get_marker() == "o"
    assert plot.loss_curves({"training": [0.9, 0.8]}).lines[0].get_marker() == ""


def test_loss_curves_explain_what_does_not_fit():
    with pytest.raises(TypeError, match=r"plot.loss_curves: losses should be a dict .* got list"):
        plot.loss_curves([0.9, 0.5])
    with pytest.raises(ValueError, match=r"plot.loss_curves: 'a' should hold one number"):
        plot.loss_curves({"a": [[0.9, 0.5]]})
    with pytest.raises(ValueError, match=re.escape("plot.loss_curves: a logarithmic y axis")):
        plot.loss_curves({"a": [0.9, 0.0]}, log=True)


# heat_map


def test_heat_map_writes_the_matrix_into_its_cells():
    matrix = fixed([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]])
    names = {"row_names": ["$x_1$", "$x_2$"], "column_names": ["$a_1$", "$a_2$", "$a_3$"]}
    ax = plot.heat_map(matrix, labels=("neuron", "input"), **names)
    assert np.array_equal(ax.images[0].get_array(), matrix)
    places = {t.get_position(): t.get_text() for t in ax.texts}
    expected = {(0, 0): "0.1", (1, 0): "0.3", (2, 0): "−0.5", (0, 1): "−0.2", (2, 1): "0.6"}
    assert expected.items() <= places.items()
    assert [t.get_text() for t in ax.get_xticklabels()] == names["column_names"]
    assert [t.get_text() for t in ax.get_yticklabels()] == names["row_names"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("neuron", "input")
    assert ax.get_aspect() == 1
    assert_readable(ax)


def test_numbers_of_one_matrix_have_equally_many_decimals():
    assert texts(plot.heat_map([[1.0, 0.25]])) == ["1.00", "0.25"]
    assert texts(plot.heat_map([[1 / 3, 1.0]], decimals=2)) == ["0.33", "1.00"]
    assert texts(plot.heat_map([[-0.0001, 1.0]])) == ["0.000", "1.000"]
    assert texts(plot.heat_map([[np.nan, 2.0]])) == ["nan", "2"]


def test_both_signs_are_centred_on_a_white_zero():
    def limits_and_map(ax):
        return (*ax.images[0].get_clim(), ax.images[0].get_cmap().name)

    assert limits_and_map(plot.heat_map([[-1, 3]])) == (-3, 3, "PRGn")
    assert limits_and_map(plot.heat_map([[1, 3]])) == (1, 3, "Blues")
    assert limits_and_map(plot.heat_map([[-3, -1]])) == (-3, -1, "Blues")
    assert limits_and_map(plot.heat_map([[1, 3]], signed=True)) == (-3, 3, "PRGn")
    assert limits_and_map(plot.heat_map([[-1, 3]], signed=False)) == (-1, 3, "Blues")
    assert limits_and_map(plot.heat_map([[0, 0]], signed=True)) == (-1, 1, "PRGn")


@pytest.mark.parametrize("matrix", [[[0, 1, 9]], [[-9, 0, 9]], [[1, np.nan, 2]]])
def test_text_stands_out_from_its_cell(matrix):
    ax = plot.heat_map(matrix)

    def luminance(colour):
        rgb = np.array(mpl.colors.to_rgb(colour))
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ (0.2126, 0.7152, 0.0722)

    cells = ax.images[0].to_rgba(ax.images[0].get_array())[0]
    assert (cells[:, 3] == 1).all(), "a cell is transparent"
    for cell, text in zip(cells, ax.texts, strict=True):
        dark, light = sorted([luminance(cell), luminance(text.get_color())])
        assert (light + 0.05) / (dark + 0.05) > 4.5


def test_large_matrices_have_a_colour_bar_instead_of_numbers():
    numbered, plain = plot.heat_map(np.eye(10, 20)), plot.heat_map(np.eye(28))
    assert (len(texts(numbered)), len(numbered.figure.axes)) == (200, 1)
    assert (len(texts(plain)), len(plain.figure.axes)) == (0, 2)
    assert_readable(numbered)
    assert_readable(plot.heat_map(np.full((2, 9), -12.3456), decimals=4))


def test_tally_leaves_zeros_blank_and_adds_the_totals():
    counts = np.array([[4, 0, 1], [0, 10, 2]])
    before = counts.copy()
    ax = plot.tally(counts, row_names=["a", "b"], column_names=["x", "y", "z"])
    where = {tuple(t.get_position()): t.get_text() for t in ax.texts}
    assert where == {
        (0, 0): "4", (2, 0): "1", (1, 1): "10", (2, 1): "2",
        (3, 0): "5", (3, 1): "12", (0, 2): "4", (1, 2): "10", (2, 2): "3", (3, 2): "17",
    }  # fmt: skip
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x", "y", "z", "total"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "total"]
    assert (*ax.get_xlim(), *ax.get_ylim()) == (-0.5, 3.5, 2.5, -0.5)
    assert np.array_equal(counts, before)
    assert [t.get_text() for t in plot.tally(counts).get_xticklabels()] == ["0", "1", "2", "total"]
    assert_readable(ax)


@pytest.mark.parametrize("counts", [[1, 2], [[]], [[1, -1]], [[0.5, 1]]])
def test_tally_counts_whole_things(counts):
    with pytest.raises(ValueError, match=r"plot\.tally: counts should be a table of whole"):
        plot.tally(counts)


def test_heat_map_explains_what_does_not_fit():
    with pytest.raises(
        ValueError, match=re.escape("plot.heat_map: matrix should have shape (rows")
    ):
        plot.heat_map([1, 2])
    with pytest.raises(ValueError, match=r"plot.heat_map: row_names should have length 2"):
        plot.heat_map(np.eye(2), row_names=["a"])
    with pytest.raises(ValueError, match=r"plot.heat_map: column_names should have length 2"):
        plot.heat_map(np.eye(2), column_names=["a"] * 3)


# side_view


def test_side_view_shows_the_walk_on_the_cut_along_its_first_step():
    path = fixed([(1.0, 2.0), (-0.5, 0.5), (0.25, 1.5)])
    ax = plot.side_view(lambda x, y: x**2 + 3 * y, path, labels=("$w$", "$J$"))
    cut, walk = ax.lines[0].get_xydata(), ax.lines[1].get_xydata()
    assert np.allclose(walk, [(1, 7), (-0.5, 1.75), (0.25, 4.5625)])
    assert np.allclose(cut[:, 1], cut[:, 0] ** 2 + 3 * (1 + cut[:, 0]))  # y is x + 1 on the cut
    assert cut[0, 0] < -0.5 < 1 < cut[-1, 0]
    assert texts(ax) == ["0", "1", "2"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$w$", "$J$")
    assert_readable(ax)


def test_side_view_numbers_a_crowd_once():
    path = [(1.0, 0.0), (0.0, 0.0), (0.001, 0.0), (0.5, 0.0), (0.002, 0.0)]
    assert texts(plot.side_view(lambda x, y: x, path)) == ["0", "1", "3"]


def test_side_view_leaves_out_a_number_that_could_belong_to_another_dot():
    path = [(np.cos(t) * 0.6**t, 0.0) for t in range(9)]
    ax = plot.side_view(lambda x, y: x**2, path)
    assert 3 <= len(texts(ax)) < 9
    assert_beside_own_dot(ax, ax.lines[1].get_xydata())


def test_side_view_shows_a_range_at_least():
    path = [(1.0, 0.0), (-0.5, 0.0)]
    low, *_, high = plot.side_view(lambda x, y: x**2, path, x_range=(-2, 3)).lines[0].get_xdata()
    assert (low, high) == (-2, 3)
    low, *_, high = plot.side_view(lambda x, y: x**2, path, x_range=(0, 0.5)).lines[0].get_xdata()
    assert low < -0.5 < 1 < high


# top_view


def test_top_view_draws_the_floor_through_the_goal_and_the_last_point():
    path = fixed([(-0.8, 0.9), (-0.5, 0.2), (-0.4, 0.1), (0.1, -0.05)])
    bowl = plot.top_view(lambda x, y: x**2 + 4 * y**2, path, (-1, 1), (-1, 1), goal=(0, 0))
    floor, walk, star = bowl.lines
    assert np.allclose(floor.get_ydata(), -0.5 * floor.get_xdata())
    assert floor.get_xdata().min() < -1
    assert floor.get_xdata().max() > 1
    assert np.array_equal(walk.get_xydata(), path)
    assert star.get_xydata().tolist() == [[0, 0]]
    assert_beside_own_dot(bowl, path)
    ax = plot.top_view(price, path, (-1, 1), (-1, 1), goal=(0, 0), shown=[0, 3])
    assert np.array_equal(ax.lines[1].get_xydata(), path[[0, 3]])
    numbers = [t.get_text() for t in ax.texts if t not in numbers_on_lines(ax) and t.get_text()]
    assert numbers == ["0", "3"]


def test_top_view_writes_no_number_of_a_line_at_the_edge():
    ax = plot.top_view(price, PATH, (-0.5, 1.8), (-1, 1), goal=(0.8, 0.1))
    ax.figure.canvas.draw()
    inner = ax.bbox.padded(-11)
    shown = [text for text in numbers_on_lines(ax) if text.get_visible()]
    assert len(shown) > 4
    for text in shown:
        assert inner.contains(*text.get_window_extent().min)
        assert inner.contains(*text.get_window_extent().max)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ([0.5, 1.0], r"path should have shape \(n, 2\), one point a row, got \(2,\)"),
        ([(0.5, 1.0), (0.0, 0.0)], "the path ends on the goal"),
    ],
)
def test_top_view_explains_what_does_not_fit(path, message):
    with pytest.raises(ValueError, match=f"plot.top_view: .*{message}"):
        plot.top_view(price, path, (0, 1), (0, 1), goal=(0, 0))


# floors

TURNS = [(0.5, -0.5), (0.8, 0.1), (-0.28, -0.44), (0.152, 0.424)]


def test_floors_are_the_weights_that_answer_a_sample_right():
    X, answers = fixed([(1, 2), (2, 1)]), fixed([1, -1])
    ax = plot.floors(X, answers, fixed(TURNS))
    for a, answer, line in zip(X, answers, ax.lines, strict=False):
        assert np.allclose(line.get_xydata() @ a, answer)
    assert ax.lines[2].get_xydata().tolist() == [list(point) for point in TURNS]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "sample 1 right",
        "sample 2 right",
    ]
    assert len({line.get_color() for line in ax.lines}) == 3
    assert [tuple(end) for _, end in arrows(ax, plot.BACKWARD)] == TURNS[1:]
    assert_beside_own_dot(ax, TURNS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": [(1, 2, 3)]}, r"X should have shape \(m, 2\)"),
        ({"y": [1, 2]}, r"y one answer each, got \(1, 2\) and \(2,\)"),
        ({"path": [1, 2]}, r"path should have shape \(n, 2\)"),
        ({"X": [(0, 0)]}, "an input is zero"),
    ],
)
def test_floors_explain_what_does_not_fit(arguments, message):
    wanted = {"X": [(1, 2)], "y": [1], "path": TURNS} | arguments
    with pytest.raises(ValueError, match=f"plot.floors: .*{message}"):
        plot.floors(**wanted)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ([0.5, 1.0], r"path should have shape \(n, 2\), one point a row, 2 or more"),
        ([(0.5, 1.0)], r"got \(1, 2\)"),
        ([(0.5, 1.0, 2.0)] * 2, r"got \(2, 3\)"),
        ([(0.5, 1.0), (0.5, 0.0)], "the first step should change x, which stays 0.5"),
    ],
)
def test_side_view_explains_what_does_not_fit(path, message):
    with pytest.raises(ValueError, match=f"plot.side_view: .*{message}"):
        plot.side_view(price, path)


# course_map


def box_of(ax: Axes, key: str) -> FancyBboxPatch:
    """Find the box in whose middle the text of this chapter stands."""
    (text,) = [t for t in ax.texts if t.get_text().startswith(key)]
    (box,) = [b for b in patches(ax, FancyBboxPatch) if b.get_bbox().contains(*text.get_position())]
    return box


def test_course_map_draws_every_chapter_and_every_need():
    ax = plot.course_map(CHAPTERS)
    assert len(patches(ax, FancyBboxPatch)) == 17
    assert len(patches(ax, FancyArrowPatch)) == sum(len(needs) for _, _, needs, _ in CHAPTERS)
    written = [" ".join(t.split()) for t in texts(ax)]
    assert written == [f"{key} {title}" for key, title, _, _ in CHAPTERS] + [
        "ready",
        "still to come",
    ]
    for key, _, needs, ready in CHAPTERS:
        colour = to_hex(box_of(ax, key).get_edgecolor())
        assert (colour == plot.FORWARD.lower()) == ready
        for need in needs:
            assert box_of(ax, need).get_bbox().y0 > box_of(ax, key).get_bbox().y1


@pytest.mark.parametrize(("chapters", "plan"), [(CHAPTERS, {}), (LADDER, {"plan": STAIRS})])
def test_course_map_arrows_lead_from_a_need_to_its_chapter_through_no_box(chapters, plan):
    ax = plot.course_map(chapters, **plan)
    boxes = {key: box_of(ax, key).get_bbox() for key, *_ in chapters}
    needed = [(need, key) for key, _, needs, _ in chapters for need in needs]
    for (need, key), arrow in zip(needed, patches(ax, FancyArrowPatch), strict=True):
        (polygon,) = arrow._path_original.interpolated(1).to_polygons(closed_only=False)
        start, end = polygon[0], polygon[-1]
        assert np.allclose(start, [np.mean(boxes[need].intervalx), boxes[need].y0])
        assert np.allclose(end, [np.mean(boxes[key].intervalx), boxes[key].y1])
        walk = np.concatenate([np.linspace(a, b, 50) for a, b in pairwise(polygon)])
        above_the_bend = walk[walk[:, 1] > boxes[key].y1 + 0.41]
        assert np.allclose(above_the_bend[:, 0], start[0])  # straight down
        for other, box in boxes.items():
            margin = 0.05 if other not in (need, key) else -0.01
            assert box.padded(margin).count_contains(walk) == 0, f"{need}→{key} meets {other}"


def test_course_map_stands_as_planned():
    ax = plot.course_map(LADDER, plan=STAIRS)
    boxes = {key: box_of(ax, key).get_bbox() for key, *_ in LADDER}
    assert boxes["00"].x1 < boxes["01"].x0 < boxes["01"].x1 < boxes["02"].x0
    assert boxes["01"].x0 == boxes["03"].x0
    steps = [boxes[above].y0 - boxes[below].y1 for above, below in pairwise(sorted(boxes))]
    assert np.allclose(steps, steps[0])
    assert boxes["00"].x0 + boxes["02"].x1 == pytest.approx(7.2)  # in the middle


def test_course_map_straightens_what_can_be_straight():
    ax = plot.course_map(CHAPTERS)
    xs = {key: np.mean(box_of(ax, key).get_bbox().intervalx) for key, *_ in CHAPTERS}
    for above, below in [("01", "02"), ("02", "03a"), ("05", "06"), ("09", "10")]:
        assert xs[above] == pytest.approx(xs[below], abs=0.01)
    assert xs["00"] == pytest.approx((xs["01"] + xs["09"]) / 2, abs=0.01)
    assert xs["12"] == pytest.approx((xs["13"] + xs["14"]) / 2, abs=0.01)
    tops = np.unique([box_of(ax, key).get_bbox().y1.round(6) for key, *_ in CHAPTERS])
    assert np.ptp(np.diff(tops)) < 1e-5, "a row is empty"


@pytest.mark.parametrize(("chapters", "plan"), [(CHAPTERS, {}), (LADDER, {"plan": STAIRS})])
def test_course_map_texts_fit_their_boxes_and_do_not_overlap(chapters, plan):
    ax = plot.course_map(chapters, **plan)
    assert ax.figure.get_size_inches()[0] == 7.2
    assert_readable(ax)
    boxes = [box.get_bbox() for box in patches(ax, FancyBboxPatch)]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    for key, *_ in chapters:
        (text,) = [t for t in ax.texts if t.get_text().startswith(key)]
        outer, inner = box_of(ax, key).get_window_extent(), text.get_window_extent()
        assert outer.contains(*inner.min)
        assert outer.contains(*inner.max)


def test_course_map_of_this_course_knows_the_pages():
    folder = Path(__file__).parents[1] / "notebooks"
    pages = {path.name.split("_")[0] for path in folder.glob("[0-9][0-9]*.ipynb")}
    assert {key for key, _, _, ready in plot.maps.CHAPTERS if ready} == pages
    assert len(patches(plot.course_map(), FancyBboxPatch)) == len(plot.maps.CHAPTERS)


def test_course_map_fills_the_chapters_that_are_marked():
    ax = plot.course_map(marked=["00", "09", "13"])
    filled = {
        key
        for key, *_ in plot.maps.CHAPTERS
        if to_hex(box_of(ax, key).get_facecolor()) == plot.FORWARD.lower()
    }
    assert filled == {"00", "09", "13"}
    assert texts(ax)[-2:] == ["on this way", "not on this way"]
    for text, key in zip(ax.texts[-2:], ("09", "01"), strict=True):  # entries look like boxes
        assert text.get_bbox_patch().get_facecolor() == box_of(ax, key).get_facecolor()
    ax.texts[-2].remove()
    white = {text.get_text()[:2] for text in ax.texts if to_hex(text.get_color()) == "#ffffff"}
    assert white == filled
    core = plot.course_map(CHAPTERS, marked=["00", "09"])
    assert texts(core)[-3:] == ["on this way", "not on this way", "still to come"]
    assert_readable(core)
    one = plot.course_map([("00", "Start here", [], True)], marked=["00"])
    assert texts(one) == ["00  Start here", "on this way"]


def test_course_map_knows_what_can_be_marked():
    with pytest.raises(ValueError, match="marked names 1, 99, but the chapters are 00, 01"):
        plot.course_map(CHAPTERS, marked=["00", "99", "1"])


def test_finished_course_has_no_legend():
    assert texts(plot.course_map([("00", "Start here", [], True)])) == ["00  Start here"]


@pytest.mark.parametrize(
    ("chapters", "message"),
    [
        ([], "chapters is empty"),
        ([("00", "a", [], True)] * 2, "the key '00' comes twice"),
        ([("00", "a", ["01"], True), ("01", "b", [], True)], "chapter '00' needs '01'"),
        ([("00", "a", ["00"], True)], "chapter '00' needs '00'"),
        ([("00", "a", [], True), ("99", "b", [], True)], "chapter '99' is not on the plan"),
        (
            [("01", "a", [], True), ("00", "b", ["01"], True)],
            "chapter '00' needs '01', which does not stand above",
        ),
        (
            [("01", "a", [], True), ("09", "b", ["01"], True)],
            "chapter '09' needs '01', which does not stand above",
        ),
    ],
)
def test_course_map_explains_what_does_not_fit(chapters, message):
    with pytest.raises(ValueError, match=f"plot.course_map: {message}"):
        plot.course_map(chapters)


# routes


def course_routes(i: int = 2, j: int = 1) -> dict:
    """Give the route of one weight through the network of the course."""
    return {
        "paths": [[i, j, 1]],
        "weights": course_network()["weights"],
        "factors": [fixed([1, 2]), fixed([0.2448, 0.1855, 0.2194]), fixed([0.2401])],
        "price": -1.6678,
        "first": f"$w_{{{i}{j}}}$",
        "names": course_network()["names"],
    }


def deep_routes() -> dict:
    """Give the three routes of one neuron of 2-4-3-1."""
    rng = np.random.default_rng(7)
    return {
        "paths": [[1, 1, 1], [1, 2, 1], [1, 3, 1]],
        "weights": [rng.normal(size=shape) for shape in ((2, 4), (4, 3), (3, 1))],
        "factors": [None, None, [0.25, 0.2, 0.1], [0.2]],
        "price": -3.5,
        "names": [["$a_1$", "$a_2$", "$a_3$", "$a_4$"][:n] for n in (2, 4, 3, 1)],
    }


def test_the_route_of_a_weight_carries_its_factors_and_their_product():
    ax = plot.routes([2, 3, 1], **course_routes())
    assert texts(ax, plot.BACKWARD) == [
        "$w_{21}$", "0.7", "2", "0.2448", "0.2401", "−1.6678",
        "−1.6678 · 0.2401 · 0.7 · 0.2448 · 2 = −0.1372",
    ]  # fmt: skip
    lit = [to_hex(circle.get_edgecolor(), keep_alpha=False) for circle in patches(ax, Circle)]
    orange = plot.BACKWARD.lower()
    assert [colour == orange for colour in lit] == [False, True, True, False, False, True]
    assert len(ax.lines) == 2 * 3 + 3 * 1 - 2  # the two that are lit are arrows


def test_several_routes_have_a_line_each_and_add_up():
    given = deep_routes()
    ax = plot.routes([2, 4, 3, 1], **given)
    _, W, V = given["weights"]
    products = [-3.5 * 0.2 * V[j, 0] * given["factors"][2][j] * W[0, j] for j in range(3)]
    lines = [text for text in texts(ax) if "=" in text]
    ends = [float(line.split("= ")[1].replace("−", "-")) for line in lines]
    assert np.allclose(ends, products, atol=5e-5)
    assert float(texts(ax)[-1].removeprefix("together ").replace("−", "-")) == round(
        sum(products), 4
    )
    assert [line[:2] for line in lines] == ["① ", "② ", "③ "]
    first = [text for text in texts(ax, plot.BACKWARD) if text[0] in "①②③" and "=" not in text]
    assert [text[0] for text in first] == ["①", "②", "③"]  # where each of them arrives
    assert sum("(−" in line for line in lines) == 3  # a minus within a product stands in brackets


@pytest.mark.parametrize("i", [1, 2])
@pytest.mark.parametrize("j", [1, 2, 3])
def test_texts_of_a_route_do_not_overlap(i, j):
    assert_readable(plot.routes([2, 3, 1], **course_routes(i, j)))


def test_texts_of_three_routes_do_not_overlap():
    given = deep_routes()
    assert_readable(plot.routes([2, 4, 3, 1], **given))
    before = str(given)
    plot.routes([2, 4, 3, 1], **given)
    assert str(given) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sizes": [2, 3, 2]}, "the last of one"),
        ({"sizes": [5, 3, 1]}, "1 to 4 neurons"),
        (
            {"weights": [np.ones((3, 2)), np.ones((3, 1))]},
            r"weights\[0\] should have shape \(2, 3\)",
        ),
        ({"weights": [np.ones((2, 3))]}, "routes: weights"),
        ({"factors": [None, [1, 2], None]}, r"factors\[1\] should hold 3 numbers"),
        ({"paths": []}, "begin in one neuron"),
        ({"paths": [[1, 1, 1], [2, 1, 1]]}, "begin in one neuron"),
        ({"paths": [[1, 4, 1]]}, "begin in one neuron"),
        ({"paths": [[1, 1, 1, 1]]}, "begin in one neuron"),
        ({"names": [["a"], ["b"]]}, "routes: names"),
    ],
)
def test_routes_explain_what_does_not_fit(changes, message):
    with pytest.raises(ValueError, match=message):
        plot.routes(**({"sizes": [2, 3, 1]} | course_routes() | changes))


# all


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plot.network([2, 1], ax=ax),
        lambda ax: plot.chain(["a", "b"], ax=ax),
        lambda ax: plot.triangle({"a": [1, 0, 0]}, names=["A", "B", "C"], ax=ax),
        lambda ax: plot.pushes([0.5, 0.5], [1, 0], ax=ax),
        lambda ax: plot.regions(lambda X: X, np.eye(2), [0, 1], names=["a", "b"], ax=ax),
        lambda ax: plot.neuron_chain(
            [1], [1], [1, 1], slopes=[1], da=[1], delta=[1], price=1, ax=ax
        ),
        lambda ax: plot.routes([2, 3, 1], ax=ax, **course_routes()),
        lambda ax: plot.error_surface(price, (0, 1), (0, 1), ax=ax),
        lambda ax: plot.curves([0, 1], {"a": [0, 1]}, labels=("x", "y"), ax=ax),
        lambda ax: plot.loss_curves({"a": [1, 2]}, ax=ax),
        lambda ax: plot.side_view(price, PATH, ax=ax),
        lambda ax: plot.heat_map(np.eye(2), ax=ax),
        lambda ax: plot.tally(np.eye(2), ax=ax),
        lambda ax: plot.course_map(CHAPTERS, ax=ax),
        lambda ax: plot.convolution(np.eye(4), np.eye(2), ax=ax),
        lambda ax: plot.pixel_counts(6, 3, ax=ax),
        lambda ax: plot.fed_outputs(6, 3, pixel=(0, 0), ax=ax),
        lambda ax: plot.cut_and_fold((1, 3, 4, 1), 2, ax=ax),
        lambda ax: plot.filters(np.ones((3, 3, 1, 2)), ax=ax),
        lambda ax: plot.feature_maps(np.ones((9, 9, 3)), ax=ax),
        lambda ax: plot.staircase(6, 3, ax=ax),
        lambda ax: plot.groups(5, 2, ax=ax),
        lambda ax: plot.responses(np.eye(5), {"edges": [[1, -1]]}, ax=ax),
        lambda ax: plot.pictures(np.ones((2, 5, 5)), ax=ax),
        lambda ax: plot.stacks([(4, 4, 2), (3,)], ["dense"], ax=ax),
        lambda ax: plot.answers(np.eye(5), {"one": [0.4, 0.6]}, ax=ax),
        lambda ax: plot.shares({"one": [0.4, 0.6]}, ax=ax),
        lambda ax: plot.channels(np.ones((2, 2, 3)), ax=ax),
        lambda ax: plot.volume(6, 3, ax=ax),
        lambda ax: plot.volumes(nn.Sequential(nn.MaxPool2D(2)), (4, 4, 1), ax=ax),
        lambda ax: plot.shared([1, 2, 3], [1, 2], [1, 1], pixel=0, ax=ax),
        lambda ax: plot.pooling(np.eye(4), 2, ax=ax),
        lambda ax: plot.steps(4, 2, ax=ax),
        lambda ax: plot.bypass(0.25, 0.5, ax=ax),
        lambda ax: plot.cut_arrows({"a": [1, 2]}, 1, ax=ax),
        lambda ax: plot.compare_walks(price, (-1, 1), (-1, 1), {"a": PATH}, ax=ax),
        lambda ax: plot.reliability({"a": ([[0.4, 0.6]], [0])}, ax=ax),
        lambda ax: plot.masks([[0], [1]], [1, 2], [0.5, 0.5], ax=ax),
        lambda ax: plot.saliency(np.eye(3)[None], np.eye(3)[None], ax=ax),
    ],
)
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


def test_lists_given_are_not_altered():
    chapters = [(key, title, list(needs), ready) for key, title, needs, ready in CHAPTERS]
    plot.course_map(chapters)
    assert chapters == CHAPTERS
    arguments = course_network()
    plot.network([2, 3, 1], **arguments)
    assert str(arguments) == str(course_network())


def halves(points):
    return points[:, :1] + 2 * points[:, 1:]


PLANE = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])


def test_boundary_draws_the_lines_of_the_neurons_that_cross_the_plane():
    X, W, b = [[0.0, 0.0], [1.0, 1.0]], [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], [-0.5, -0.25, 9.0]
    given = {"X": X, "y": [0, 1]}
    plain = plot.decision_boundary(lambda P: P[:, 0], **given)
    ax = plot.decision_boundary(lambda P: P[:, 0], **given, lines=(W, b))
    assert len(ax.collections) == len(plain.collections) + 2  # the third never is 0 here
    (xs, _), (_, ys) = (c.get_paths()[0].vertices.T for c in ax.collections[-2:])
    assert np.allclose(xs, 0.5)
    assert np.allclose(ys, 0.25)
    assert ax.get_xlim() == plain.get_xlim()


def test_layer_norms_are_logarithmic_and_leave_zeros_out():
    ax = plot.layer_norms({"deep": [0.0, 1e-8, 1e-4, 1.0], "shallow": [0.5, 0.7]})
    assert ax.get_yscale() == "log"
    assert ax.lines[0].get_xydata().tolist() == [[2, 1e-8], [3, 1e-4], [4, 1]]
    assert ax.lines[1].get_xdata().tolist() == [1, 2]
    assert ax.get_xlabel() == "layer"


def test_layer_norms_refuse_negative_sizes_and_lists():
    with pytest.raises(ValueError, match="should not be negative"):
        plot.layer_norms({"a": [1, -1]})
    with pytest.raises(TypeError, match="should be a dict"):
        plot.layer_norms([1, 2])


# --- images and filters ------------------------------------------------------------------------

IMAGE = fixed([[5, 3, 6, 8], [1, 6, 8, 3], [9, 9, 3, 2], [1, 1, 8, 4]])
EDGE = fixed([[1, 0, -1]] * 3)


def outlines(ax) -> list[tuple[float, float, float, float]]:
    """Return x, y, width and height of the thick frames, in cells."""
    return [
        tuple(
            np.round(
                [p.get_x() / 0.4, p.get_y() / 0.4, p.get_width() / 0.4, p.get_height() / 0.4], 6
            )
        )
        for p in ax.patches
        if p.get_linewidth() > 2
    ]


def test_a_frame_shows_the_window_what_was_computed_and_the_sum():
    ax = plot.convolution(IMAGE, EDGE, place=(0, 1))
    written = texts(ax)
    numbers = ["5", "3", "6", "8", "1", "6", "8", "3", "9", "9", "3", "2", "1", "1", "8", "4"]
    assert written[:5] == ["picture", "filter", "result", "⋆", "="]
    assert written[5:21] == numbers
    assert written[21:30] == ["1", "0", "−1"] * 3
    sums = [(IMAGE[:3, i : i + 3] * EDGE).sum() for i in (0, 1)]
    assert written[30:32] == [f"{value:g}".replace("-", "−") for value in sums]
    assert written[32].startswith("3·1 + 6·0 + 8·(−1) + 6·1")
    assert written[32].endswith(f"= {sums[1]:g}")
    assert len(written) == 33  # the second row of the output is still empty
    window, out = outlines(ax)
    assert window[2:] == (3, 3)
    assert out[2:] == (1, 1)


def test_the_window_stands_where_its_stride_has_brought_it():
    here, there = (
        outlines(plot.convolution(np.eye(6), np.eye(2), 2, 1, place=p)) for p in [(0, 0), (1, 2)]
    )
    assert np.allclose(np.subtract(there[0], here[0]), [4, -2, 0, 0])  # y goes up
    assert np.allclose(np.subtract(there[1], here[1]), [2, -1, 0, 0])


def test_without_a_place_the_whole_output_is_there_and_zeros_frame_the_image():
    ax = plot.convolution(IMAGE, EDGE, 1, 1)
    expected = [f"{value:g}".replace("-", "−") for value in correlate2d(IMAGE, EDGE, 1, 1).flat]
    assert texts(ax)[-16:] == expected
    assert outlines(ax) == []
    pale = [p for p in ax.patches if to_hex(p.get_facecolor()) == PALE.lower()]
    assert len(pale) == 36 - 16


def test_long_sums_are_not_written_out():
    ax = plot.convolution(np.ones((5, 5)), np.ones((4, 4)), place=(1, 1))
    assert texts(ax)[-1] == "sum of 16 products = 16"


@pytest.mark.parametrize("place", [None, (0, 0), (3, 1)])
def test_texts_of_a_frame_do_not_overlap(place):
    ax = plot.convolution(100 * IMAGE - 300, EDGE, 1, 1, place=place)
    assert_readable(ax)


def test_a_frame_explains_what_does_not_fit():
    with pytest.raises(
        ValueError, match=r"place should lie in the output of shape \(2, 2\), got \(2, 0\)"
    ):
        plot.convolution(IMAGE, EDGE, place=(2, 0))
    with pytest.raises(ValueError, match="at most 16 pixels a side"):
        plot.convolution(np.ones((15, 16)), EDGE, padding=1)


@pytest.mark.parametrize(
    ("n", "f", "s", "p"),
    [(6, 3, 1, 0), (6, 3, 1, 1), (7, 2, 3, 0), ((4, 5), (2, 3), (1, 2), (0, 1))],
)
def test_pixel_counts_are_those_of_a_window_that_slides(n, f, s, p):
    size = n
    (h, w), f, s, p = (v if isinstance(v, tuple) else (v, v) for v in (n, f, s, p))
    counts = np.zeros((h + 2 * p[0], w + 2 * p[1]), int)
    for i in range(0, len(counts) - f[0] + 1, s[0]):
        for j in range(0, counts.shape[1] - f[1] + 1, s[1]):
            counts[i : i + f[0], j : j + f[1]] += 1
    counts = counts[p[0] : p[0] + h, p[1] : p[1] + w]
    ax = plot.pixel_counts(size, f, s, p)
    assert np.array_equal(ax.images[0].get_array(), counts)
    assert texts(ax) == [str(count) for count in counts.flat]


def test_fed_outputs_are_those_whose_slope_the_filter_gives():
    size, f, s, p = (6, 7), (3, 2), (2, 1), (1, 0)
    K = np.arange(1.0, 7).reshape(f)
    for pixel in [(0, 0), (3, 3), (5, 6), (2, 1)]:
        one = np.zeros(size)
        one[pixel] = 1
        slopes = correlate2d(one, K, s, p)  # of each output, by this pixel
        places = [divmod(int(slope) - 1, f[1]) for slope in slopes.flat if slope]
        for window in (0, len(places) - 1, 99):
            ax = plot.fed_outputs(size, f, s, p, pixel=pixel, window=window)
            told = [text for text in texts(ax) if "," in text]
            assert told[:6] == [f"{u},{v}" for u, v in np.ndindex(f)]
            assert told[6:] == [f"{u},{v}" for u, v in places]
            u, v = places[min(window, len(places) - 1)]
            (white,) = (text for text in ax.texts if text.get_color() == "white")
            assert white.get_text() == f"{u},{v}"  # the pixel's place in that window
            outlined = [q for q in patches(ax, Rectangle) if not q.get_fill()]
            assert len(outlined) == 2
            assert_readable(ax)
    nobody = plot.fed_outputs(5, 2, 3, pixel=(2, 0))
    assert texts(nobody) == ["image", *"01234", *"01234", "output", *"01", *"01"]
    with pytest.raises(ValueError, match=r"plot\.fed_outputs.*window"):
        plot.fed_outputs(size, f, pixel=(0, 0), window=-1)
    with pytest.raises(
        ValueError, match=r"pixel should lie in the image of shape \(6, 7\), got \(6, 0\)"
    ):
        plot.fed_outputs(size, f, pixel=(6, 0))


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
    assert np.isnan(mosaic).sum() == mosaic.size - W.size
    low, high = ax.images[0].get_clim()
    assert low == -high == -13
    assert texts(ax)[:5] == ["one", "two", "red", "green", "blue"]
    assert sorted(texts(ax)[5:]) == sorted(f"{v:g}".replace("-", "−") for v in W.flat)


@pytest.mark.parametrize("shape", [(3, 3), (3, 3, 4), (5, 5, 1, 20), (5, 5, 3, 10)])
def test_tables_of_filters_do_not_overlap(shape):
    W = np.random.default_rng(0).normal(size=shape)
    names = [f"filter {i}" for i in range(shape[-1] if len(shape) > 2 else 1)]
    ax = plot.filters(W, names=names)
    assert len(ax.patches) == W.size // (shape[0] * shape[1])
    assert ax.figure.get_size_inches()[0] <= 7.6
    if len(names) <= 4:
        assert_readable(ax)


def test_feature_maps_share_one_scale():
    Y = np.stack([np.full((9, 9), 0.5), np.full((9, 9), 2.0)], axis=-1)
    ax = plot.feature_maps(Y, names=["dim", "bright"])
    assert ax.images[0].get_clim() == (0, 2)
    assert texts(ax) == ["dim", "bright"]
    assert plot.feature_maps(Y - 1).images[0].get_clim() == (-1, 1)
    assert plot.feature_maps(Y[:, :, 0]).images[0].get_array().shape == (9, 9)


def test_feature_maps_mark_channels_and_leave_out_the_scale():
    Y = np.ones((30, 30, 3))
    ax = plot.feature_maps(Y, names=["a", "b", "c"], marked=[1], scale=False)
    assert texts(ax, BACKWARD) == ["b"]
    frames = [to_hex(frame.get_edgecolor()) == BACKWARD.lower() for frame in ax.patches]
    assert frames == [False, True, False]
    assert len(ax.figure.axes) == 1
    assert len(plot.feature_maps(Y).figure.axes) == 2


def test_feature_maps_show_numbers_where_they_are_asked_for():
    Y = np.arange(64).reshape(4, 4, 4) - 20
    assert texts(plot.feature_maps(Y)) == []
    ax = plot.feature_maps(Y, numbers=True)
    assert sorted(texts(ax)) == sorted(f"{v}".replace("-", "−") for v in Y.flat)
    assert len(ax.figure.axes) == 1
    assert ax.figure.get_size_inches()[0] <= 7.3
    assert_readable(ax)


@pytest.mark.parametrize("place", [(0, 0), (1, 2), (2, 3)])
def test_cut_and_fold_fills_what_the_window_reads_and_where_two_overlap(place):
    shape, f, s, p = (2, 5, 6, 2), (3, 2), (2, 1), (1, 0)
    ax = plot.cut_and_fold(shape, f, s, p, filters=3, place=place)
    conv = nn.Conv2D(2, 3, f, stride=s, padding=p, rng=0)
    rows, filters = np.prod(conv.forward(np.zeros(shape)).shape[:3]), 3
    sizes = [f"({rows}, 12)", f"(12, {filters})", f"({rows}, {filters})", f"({filters}, 12)"]
    names = [f"P {sizes[0]}", f"W {sizes[1]}", f"Z {sizes[2]}", f"dP {sizes[0]}", f"dZ {sizes[2]}"]
    assert [t for t in texts(ax) if "(" in t] == [*names, f"Wᵀ {sizes[3]}"]
    colours = [to_hex(q.get_facecolor()) for q in patches(ax, Rectangle) if q.get_fill()]
    for tint in ("#b9d7ee", "#6faedb"):  # a channel: six pixels of it, in P, and in W
        assert colours.count(tint) == 3 * 6
    assert colours.count(FORWARD.lower()) == 1
    for tint in ("#f6d7c3", "#efae86"):  # nine pixels of two windows, two rows of dP, three filters
        assert colours.count(tint) == 9 + 2 * 6 + 3 * 6
    assert colours.count(BACKWARD.lower()) == 2 * filters
    assert texts(ax).count("+") == 2 * 3  # a column of three in each channel
    assert len([q for q in patches(ax, Rectangle) if not q.get_fill()]) == 2 + 4
    assert_readable(ax)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.cut_and_fold((1, 3, 4, 1), 2, place=(0, 2)), "neighbour on the right"),
        (lambda: plot.cut_and_fold((1, 3, 4, 3), 2), "too large"),
        (lambda: plot.cut_and_fold((9, 9, 9, 1), 2), "too large"),
        (lambda: plot.cut_and_fold((1, 9, 9, 2), 4), "too large"),
    ],
)
def test_cut_and_fold_explains_what_does_not_fit(draw, message):
    with pytest.raises(ValueError, match=f"plot.cut_and_fold: .*{message}"):
        draw()


def test_a_network_of_two_layers_fills_a_narrow_drawing():
    ax = plot.network([2, 1], weights=[[[0.5], [-0.5]]], width=4.0)
    assert ax.figure.get_size_inches()[0] == 4
    xs = [circle.center[0] for circle in patches(ax, Circle)]
    assert min(xs) < 0.8
    assert max(xs) > 3.2
    assert_readable(ax)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.filters(np.ones(3)), r"plot\.filters: weights should have shape"),
        (lambda: plot.filters(np.ones((2, 2, 1, 3)), names=["a"]), r"plot\.filters: names"),
        (lambda: plot.filters(np.ones((2, 2, 1, 3)), channels=["a", "b"]), r"filters: channels"),
        (lambda: plot.feature_maps(np.ones((2, 5, 5, 1))), r"choose one image: maps\[0\]"),
        (lambda: plot.feature_maps(np.ones((5, 5, 2)), names=["a"]), r"plot\.feature_maps: names"),
    ],
)
def test_drawings_of_images_explain_what_does_not_fit(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def stairs(ax) -> list[str]:
    """Spell the cells of a staircase, line by line."""
    ax.figure.canvas.draw()
    (mesh,) = ax.collections
    names = {"#ffffff": ".", to_hex(FORWARD): "x", to_hex(BACKWARD): "!", "#a9cfe8": "o"}
    cells = [names.get(to_hex(colour), "-") for colour in mesh.get_facecolors()]
    columns = mesh.get_array().shape[1]
    return ["".join(cells[k : k + columns]) for k in range(0, len(cells), columns)]


def test_a_staircase_shows_what_each_place_reads_and_what_none_does():
    ax = plot.staircase(6, 3, stride=2)
    assert stairs(ax) == ["xxx...", "..xxx.", "xxxxx!"]
    assert [label.get_text() for label in ax.get_xticklabels()] == list("012345")
    assert stairs(plot.staircase(4, 1, stride=3)) == ["x...", "...x", "x!!x"]


def test_zeros_have_colours_of_their_own_and_pixels_keep_their_numbers():
    ax = plot.staircase(3, 2, stride=2, before=1, after=2)
    assert stairs(ax) == ["ox....", "..xx..", "....oo", "-xxx--"]
    assert ax.get_xticks().tolist() == [-1, 0, 1, 2, 3, 4]
    assert stairs(plot.staircase(2, 2, stride=1, after=1)) == ["xx.", ".xo", "xx-"]


def test_a_long_staircase_is_numbered_where_its_windows_start():
    assert plot.staircase(44, 3, stride=4).get_xticks().tolist() == list(range(0, 44, 4))
    assert plot.staircase(30, 3).get_xticks().tolist() == list(range(0, 30, 2))
    assert len(plot.staircase(24, 3).get_xticks()) == 24


def test_as_many_places_as_the_formula_says():
    for n, f, s, p in [(8, 3, 2, 1), (7, 7, 3, 0), (5, 4, 1, 2)]:
        places = len(stairs(plot.staircase(n, f, s, p, p))) - 1
        assert places == conv_output_size(n, f, s, p)
        plt.close("all")


def test_groups_keep_the_first_place_of_each_and_the_last_need_not_be_full():
    ax = plot.groups(42, 4)
    cells = {to_hex(patch.get_facecolor()): 0 for patch in ax.patches}
    assert len(ax.patches) == 44
    kept = [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == to_hex(FORWARD)]
    assert len(kept) == 11
    assert len({patch.get_y() for patch in kept}) == 1
    assert len(cells) == 3
    written = {text.get_text(): text for text in ax.texts}
    assert [*written] == [*map(str, range(42)), "kept", "10 full groups", "not full"]
    for t in range(0, 42, 4):
        assert written[str(t)].get_color() == "white"
        assert written[str(t)].get_position()[1] == written["kept"].get_position()[1]
    assert written["40"].get_position()[0] == written["41"].get_position()[0]
    for places, stride in [(6, 3), (3, 3), (2, 3), (5, 1)]:
        drawn = [text.get_text() for text in plot.groups(places, stride).texts]
        full = f"{places // stride} full group" + "s" * (places // stride != 1)
        assert (full in drawn) == (places >= stride)
        assert ("not full" in drawn) == (places % stride > 0)


def test_responses_stand_behind_the_picture_three_in_a_row():
    picture = fixed(np.arange(20.0).reshape(4, 5) / 20)
    filters = {"edge": [[1, -1]], "blur": [[0.5], [0.5]], "twice": [[2]]}
    ax = plot.responses(picture, filters, limit=0.5)
    drawn = [image.get_array() for image in ax.images]
    assert np.array_equal(drawn[0], picture)
    for table, weights in zip(drawn[1:], filters.values(), strict=True):
        assert np.array_equal(table, correlate2d(picture, weights))
    assert [image.get_cmap().name for image in ax.images] == ["gray", "PRGn", "gray", "gray"]
    assert [image.get_clim() for image in ax.images] == [(0, 1), (-0.5, 0.5), (0, 1), (0, 1)]
    names = {text.get_text(): text.get_position() for text in ax.texts}
    assert [*names] == ["picture", "edge", "blur", "twice", "purple −0.5, white 0, green 0.5"]
    assert names["picture"][1] == names["edge"][1] == names["blur"][1] > names["twice"][1]
    assert names["picture"][0] == names["twice"][0] < names["edge"][0] < names["blur"][0]
    left, right, low, high = ax.images[0].get_extent()
    assert np.isclose((right - left) / (high - low), 5 / 4)  # pixels are square
    left, right, low, high = ax.images[1].get_extent()
    assert np.isclose((right - left) / (high - low), 4 / 4)


def test_without_a_signed_filter_there_are_no_colours_to_explain():
    texts = plot.responses(np.eye(3), {"blur": np.ones((2, 2)) / 4}).texts
    assert [text.get_text() for text in texts] == ["picture", "blur"]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.staircase(2, 3), r"plot\.staircase: a window of 3 does not fit on 2 pixels"),
        (lambda: plot.staircase(2, 0), r"plot\.staircase expects f"),
        (lambda: plot.staircase(2, 1, before=-1), r"plot\.staircase expects before"),
        (lambda: plot.groups(0, 2), r"plot\.groups expects places"),
        (lambda: plot.groups(25, 2), r"plot\.groups: at most 12 groups of at most 12 .* 13 of 2"),
        (lambda: plot.groups(13, 13), r"plot\.groups: at most 12 groups .* got 1 of 13"),
        (lambda: plot.responses(np.eye(3), {"a": [[1]]}, limit=0), "limit should be positive"),
        (lambda: plot.responses(np.eye(3), {"a": np.eye(4)}), "correlate2d"),
    ],
)
def test_drawings_of_sliding_windows_explain_what_does_not_fit(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_rings_stand_around_the_samples_that_get_the_wrong_answer():
    ax = plot.decision_boundary(halves, PLANE, [0, 0, 1, 1], threshold=1.5, rings=True)
    assert ax.lines[-1].get_xydata().tolist() == []
    ax = plot.decision_boundary(halves, PLANE, [0, 1, 1, 0], threshold=1.5, rings=True)
    assert ax.lines[-1].get_xydata().tolist() == [[1, 0], [2, 2]]


# --- networks that read pictures -----------------------------------------------------------------


def test_pictures_stand_in_rows_on_white_paper_with_their_names_above():
    X = fixed(np.arange(3 * 20 * 20).reshape(3, 20, 20, 1) / 1200)
    ax = plot.pictures(X, names=["4", "9 → 7\n0.98", "3"], columns=2, marked=[1])
    mosaic = ax.images[0].get_array()
    assert np.isclose(np.nansum(mosaic), X.sum())
    assert [text.get_text() for text in ax.texts] == ["4", "9 → 7\n0.98", "3"]
    assert [text.get_color() == BACKWARD for text in ax.texts] == [False, True, False]
    assert len(ax.figure.axes) == 1  # no scale: grey needs none


def test_rows_of_pictures_have_names_beside_them():
    ax = plot.pictures(np.zeros((4, 20, 20)), columns=2, row_names=["above", "below"])
    assert [text.get_text() for text in ax.texts] == ["above", "below"]
    assert ax.texts[0].get_position()[1] < ax.texts[1].get_position()[1]


def test_channels_stand_in_as_many_columns_as_asked():
    wide, narrow = (plot.feature_maps(np.ones((9, 9, 10)), columns=k) for k in (10, 5))
    assert wide.images[0].get_array().shape[0] < narrow.images[0].get_array().shape[0]


def test_sheets_shrink_with_their_shapes_and_columns_with_their_numbers():
    ax = plot.stacks([(28, 28, 1), (14, 14, 16), (120,), (10,)], ["pool", "flatten", "dense"])
    shapes = [text.get_text() for text in ax.texts if text.get_text()]
    assert shapes[:4] == ["28×28×1", "14×14×16", "120", "10"]
    assert shapes[4:] == ["pool", "flatten", "dense"]
    sides = [patch.get_width() for patch in ax.patches if isinstance(patch, mpl.patches.Rectangle)]
    heights = [
        patch.get_height() for patch in ax.patches if isinstance(patch, mpl.patches.Rectangle)
    ]
    assert len(sides) == 1 + 6 + 1 + 1  # at most six sheets
    assert np.allclose(sides[1:7], sides[0] / 2)
    assert heights[-2] > heights[-1]


def test_bars_are_the_probabilities_and_the_picture_stands_left_of_them():
    ax = plot.answers(np.eye(4)[:, :, None], {"one": [0.1, 0.9], "two": [0.6, 0.4]})
    bars = [patch for patch in ax.patches if patch.get_fill()]
    assert [bar.get_height() for bar in bars] == [0.1, 0.9, 0.6, 0.4]
    assert ax.images[0].get_extent()[1] < min(bar.get_x() for bar in bars)
    assert np.array_equal(ax.images[0].get_array(), np.eye(4))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]


def test_shares_are_dots_with_their_mean_and_rings_beside_them():
    ax = plot.shares({"small": [0.5, 0.6], "large": 0.9}, beside={"large": [1.0, 0.98]})
    drawn = [(line.get_xdata().tolist(), line.get_ydata().tolist()) for line in ax.lines]
    assert ([0.5, 0.6], [0, 0]) in [(list(x), list(y)) for x, y in drawn]
    assert ([1.0, 0.98], [1, 1]) in [(list(x), list(y)) for x, y in drawn]
    assert [text.get_text() for text in ax.texts] == ["55.0 %", "90.0 %"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["small", "large"]
    assert plot.shares({"only": [0.5]}).get_legend() is None


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.pictures(np.zeros((5, 5))), r"plot\.pictures: X should have shape"),
        (lambda: plot.pictures(np.zeros((2, 5, 5)), columns=0), "columns should be at least 1"),
        (lambda: plot.pictures(np.zeros((2, 5, 5)), names=["4"]), "one for each picture"),
        (lambda: plot.pictures(np.zeros((2, 5, 5)), row_names=["a", "b"]), "one for each row"),
        (lambda: plot.stacks([(5, 5, 1), (2, 2)], ["pool"]), r"plot\.stacks: a shape should be"),
        (lambda: plot.stacks([(5, 5, 1)], ["pool"]), "one fewer than shapes"),
        (lambda: plot.answers(np.eye(3), {"a": [1], "b": [0.5, 0.5]}), "one probability a class"),
        (lambda: plot.shares({}), r"plot\.shares"),
        (lambda: plot.shares({"a": 0.5}, beside={"b": 0.5}), "some of the models"),
    ],
)
def test_drawings_of_readers_explain_what_does_not_fit(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


SQUARE = fixed([[0, 0], [0, 1], [1, 0], [1, 1]])
CORNERS = ["00", "01", "10", "11"]


def by_hand(points):
    """Two ReLUs that put (0, 1) and (1, 0) on one spot."""
    q = points.sum(axis=1)
    return np.maximum(np.column_stack([q, q - 1]), 0)


def its_answer(hidden):
    return np.clip(hidden[:, :1] - 2 * hidden[:, 1:], 0, 1)


def test_fold_draws_the_plane_of_the_inputs_and_the_hidden_plane():
    ax = plot.fold({"": (by_hand, its_answer)}, SQUARE, [0, 1, 1, 0], names=CORNERS)
    inputs, inside, bar = ax.figure.axes
    assert inside is ax
    assert (bar.get_ylabel(), bar.get_ylim()) == ("answer", (0, 1))
    assert texts(inputs) == CORNERS
    assert texts(inside) == ["00", "01 10", "11"]
    *sheet, circles, triangles = inside.lines
    assert circles.get_xydata().tolist() == [[0, 0], [2, 1]]
    assert triangles.get_xydata().tolist() == [[1, 0], [1, 0]]
    seen = np.concatenate([line.get_xydata() for line in sheet])
    assert np.allclose(seen[:, 1], np.maximum(seen[:, 0] - 1, 0))  # a wire with a kink
    for x, y in inside.collections[0].get_paths()[0].vertices:
        assert np.isclose(x - 2 * y, 0.5, atol=0.05)
    for plane in (inputs, inside):
        assert_readable(plane)


def test_several_networks_stand_side_by_side_with_equal_limits():
    def nothing(points):
        return 0 * points

    networks = {"one": (by_hand, its_answer), "two": (nothing, lambda h: h[:, :1] + 0.5)}
    ax = plot.fold(networks, SQUARE, [[0], [1], [1], [0]], names=CORNERS, limits=(-1, 3))
    above, below = ax.figure.axes[:2], ax.figure.axes[2:4]
    assert [plane.get_title() for plane in above] == ["one", "two"]
    assert all(plane.get_xlim() == plane.get_ylim() == (-1, 3) for plane in below)
    assert texts(below[1]) == ["00 01 10 11"]
    dead = plot.fold({"": (nothing, lambda h: h[:, :1] + 0.5)}, SQUARE, [0, 1, 1, 0])
    assert dead.get_xlim() == (-0.5, 0.5)
    assert not dead.texts


def test_fold_explains_what_does_not_fit():
    pair = {"": (by_hand, its_answer)}
    with pytest.raises(TypeError, match=r"plot\.fold: networks should be a dict"):
        plot.fold([pair], SQUARE, [0, 1, 1, 0])
    for X, y, names in ((SQUARE[:, :1], [0, 1, 1, 0], None), (SQUARE, [0, 1, 1, 2], None)):
        with pytest.raises(ValueError, match=r"plot\.fold: "):
            plot.fold(pair, X, y, names=names)
    with pytest.raises(ValueError, match="one name a sample"):
        plot.fold(pair, SQUARE, [0, 1, 1, 0], names=["a"])


def test_names_cover_neither_each_other_nor_a_point():
    rng = np.random.default_rng(0)
    for _ in range(5):
        _, ax = plt.subplots(figsize=(3, 3))
        points = fixed(rng.uniform(-1, 1, (5, 2)))
        ax.plot(*points.T, "o", ls="")
        ax.set(xlim=(-1.5, 1.5), ylim=(-1.5, 1.5))
        assert plot.name_points(ax, points, list("abcde")) is ax
        assert_readable(ax)
        places = ax.transData.transform(points)
        for text in ax.texts:
            assert not text.get_window_extent().count_contains(places)


def test_points_on_one_spot_share_their_names():
    ax = plt.subplots()[1]
    ax.plot([0, 1, 1], [0, 1, 1], "o")
    plot.name_points(ax, [[0, 0], [1, 1], [1, 1.0001]], ["a", "b", "c"])
    assert texts(ax) == ["a", "b c"]
    for points, names in (([0, 0], ["a"]), ([[0, 0]], ["a", "b"])):
        with pytest.raises(ValueError, match=r"plot\.name_points"):
            plot.name_points(ax, points, names)


def test_rates_stand_in_their_intervals():
    few, many = Seeds(range(4), (True,) * 3 + (False,)), Seeds(range(100), (True,) * 100)
    ax = plot.rates([2, 8], {"tanh": [few, many], "ReLU": [few, few]}, labels=("width", "share"))
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["tanh", "ReLU"]
    assert ax.get_xticks().tolist() == [2, 8]
    drawn = ax.collections[0].get_segments()
    for result, (low, high) in zip((few, many), drawn, strict=True):
        assert np.allclose((low[1], high[1]), result.interval)
    assert ax.lines[0].get_ydata().tolist() == [0.75, 1]
    with pytest.raises(ValueError, match="one result for each x"):
        plot.rates([2, 8], {"tanh": [few]}, labels=("width", "share"))
    with pytest.raises(TypeError, match=r"plot\.rates: results should be a dict"):
        plot.rates([2, 8], [few, many], labels=("width", "share"))


# batches: product, tables, passes, parts

QUESTIONS = fixed([[0, 0], [0, 1], [1, 0], [1, 1]])
FIRST = fixed([[0.1, 0.3, -0.5], [-0.2, 0.4, 0.6]])
BLOCKS = {"names": ["$X$", "$W$", "$XW$"], "sides": ["samples", "inputs", "neurons"]}
SUMMED = "#009E73"


def test_product_shows_its_numbers_and_colours_the_summed_side():
    ax = plot.product(QUESTIONS, FIRST, entry=(1, 0), **BLOCKS)
    assert texts(ax, SUMMED) == ["2 inputs", "2 inputs"]
    assert {"4 samples", "3 neurons", "$X$", "$W$", "$XW$", "=", r"$\cdot$"} <= set(texts(ax))
    assert len(patches(ax, Rectangle)) == 4 * 2 + 2 * 3 + 4 * 3
    assert len(ax.lines) == 2
    assert {line.get_color() for line in ax.lines} == {SUMMED}
    assert_readable(ax)


def test_product_marks_a_row_a_column_and_their_entry():
    ax = plot.product(QUESTIONS, FIRST, entry=(1, 0), **BLOCKS)
    numbers = [t.get_text() for t in ax.texts if re.fullmatch(r"−?\d+(\.\d+)?", t.get_text())]
    fills = [to_hex(patch.get_facecolor()) for patch in patches(ax, Rectangle)]
    assert len(numbers) == len(fills)
    pairs = list(zip(numbers, fills, strict=True))
    green = [number for number, fill in pairs if fill == "#cfede3"]
    assert green == ["0", "1", "0.1", "−0.2"]  # row 2 of X, column 1 of W
    assert [number for number, fill in pairs if fill == "#d6e8f3"] == ["−0.2"]


def test_product_of_another_batch_is_readable():
    assert_readable(plot.product(QUESTIONS.T, -np.ones((4, 3)) / 7, **BLOCKS))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"right": QUESTIONS}, "shapes (rows, inner) and (inner, columns), got (4, 2) and (4, 2)"),
        ({"right": [1, 2]}, "got (4, 2) and (2,)"),
        ({"names": ["a"]}, "plot.product: names should have length 3"),
        ({"sides": ["a", "b"]}, "plot.product: sides should have length 3"),
    ],
)
def test_product_explains_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.product(**({"left": QUESTIONS, "right": FIRST} | BLOCKS | arguments))
    assert not plt.get_fignums(), "a failed call left a figure behind"


NAMED = {
    "titles": ["sample 1", "sample 2"],
    "row_names": ["$x_1$", "$x_2$"],
    "column_names": ["$z_1$", "$z_2$", "$z_3$"],
}


def test_tables_are_shown_with_their_sum_in_one_scale():
    one, two = fixed([[0, 0, 1], [0, 0, 2]]), fixed([[-0.016, 0.018, -3], [0, 0, 0.5]])
    ax = plot.tables([one, two], **NAMED)
    assert texts(ax)[-2:] == ["$x_1$", "$x_2$"]
    assert [text for text in texts(ax) if text in ("+", "=")] == ["+", "="]
    assert {"sum", "sample 1", "sample 2", "−0.016", "2.5", "−2"} <= set(texts(ax))
    assert texts(ax).count("$z_1$") == 3
    assert [image.get_clim() for image in ax.images] == [(-3, 3)] * 3
    assert np.array_equal(ax.images[2].get_array(), one + two)
    assert_readable(ax)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"matrices": [np.ones((2, 3)), np.ones((3, 2))]}, "should all have one shape"),
        ({"matrices": [[1, 2, 3], [1, 2, 3]]}, "should all have one shape"),
        ({"titles": ["one"]}, "plot.tables: titles should have length 2"),
        ({"row_names": ["one"]}, "plot.tables: row_names should have length 2"),
        ({"column_names": ["one"]}, "plot.tables: column_names should have length 3"),
    ],
)
def test_tables_explain_what_does_not_fit(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        plot.tables(**({"matrices": [np.ones((2, 3))] * 2} | NAMED | arguments))
    assert not plt.get_fignums(), "a failed call left a figure behind"


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_passes_bring_what_was_kept_and_the_blame_to_every_gradient(layers):
    ax = plot.passes(layers)
    for layer in range(1, layers + 1):
        assert rf"$dW^{{[{layer}]}},\,db^{{[{layer}]}}$" in texts(ax)
        assert rf"$\cdot\,W^{{[{layer}]}}+b^{{[{layer}]}}$" in texts(ax)
    assert texts(ax).count("$g$") == layers
    assert texts(ax).count("$Y$") == 1
    assert len(patches(ax, FancyBboxPatch)) == (2 * layers + 2) + (2 * layers - 1) + layers
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert len(dashed) == 2 * layers  # what came in, and what the slope or the loss needs
    forward, backward = arrows(ax, plot.FORWARD), arrows(ax, plot.BACKWARD)
    assert len(forward) == 2 * layers + 1
    assert len(backward) == (2 * layers - 2) + layers + 1
    assert all(start[0] < end[0] for start, end in forward)
    assert all(start[0] > end[0] for start, end in backward)
    assert_readable(ax)


@pytest.mark.parametrize("layers", [0, 4, "2"])
def test_passes_refuse_what_they_cannot_draw(layers):
    with pytest.raises(ValueError, match=r"plot\.passes draws 1, 2 or 3 layers, got"):
        plot.passes(layers)


def legend_of(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_parts_have_a_roof_each_and_the_short_one_pulls_the_plain_average():
    ax = plot.parts(fixed([1, 3, 8]), 2, label="derivative")
    roofs = [line for line in ax.lines if line.get_linewidth() == 3]
    assert [(list(r.get_xdata()), r.get_ydata()[0]) for r in roofs] == [
        ([0.6, 2.4], 2),
        ([2.6, 3.4], 8),
    ]
    assert [patch.get_height() for patch in ax.patches] == [1, 3, 8]
    assert legend_of(ax)[2:] == ["mean of all: 4", "average of the parts: 5"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("sample", "derivative")


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_equal_parts_average_to_the_mean_of_all(size):
    whole, plain = legend_of(plot.parts([1, 3, 8, -2, 0.5, 1], size))[2:]
    assert whole.split(": ")[1] == plain.split(": ")[1]


@pytest.mark.parametrize("size", [0, 4])
def test_parts_explain_what_does_not_fit(size):
    with pytest.raises(ValueError, match=f"size should be between 1 and 3, got {size}"):
        plot.parts([1, 3, 8], size)
    assert not plt.get_fignums(), "a failed call left a figure behind"


# chances, boundaries


def test_chances_stack_equal_samples_and_dash_what_has_no_data():
    x, y = fixed([[3], [1], [3], [2], [3]]), fixed([[1], [0], [1], [1], [1]])
    ax = plot.chances(x, y, lambda x: x / 4, x_range=(0, 5), labels=("°F", "chance"))
    solid, before, after, *_ = ax.lines
    assert [line.get_linestyle() for line in (solid, before, after)] == ["-", "--", "--"]
    ends = [line.get_xdata()[[0, -1]].tolist() for line in (solid, before, after)]
    assert ends == [[1, 3], [0, 1], [3, 5]]
    assert np.allclose(solid.get_ydata(), solid.get_xdata() / 4)
    dots = [(*map(float, np.ravel(line.get_xydata())),) for line in ax.lines[-5:]]
    assert np.allclose(dots, [(3, 1), (1, 0), (3, 0.965), (2, 1), (3, 0.93)])
    assert [to_hex(line.get_markerfacecolor()) for line in ax.lines[-2:]] == [BACKWARD.lower()] * 2
    assert to_hex(ax.lines[-4].get_markerfacecolor()) == "#ffffff"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no", "yes"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("°F", "chance")


def test_chances_shade_a_band_and_mark_an_input():
    ax = plot.chances([1, 2], [0, 1], band=lambda x: (x / 8, x / 2), mark=(1.5, "here"))
    (band,) = ax.collections
    assert band.get_datalim(ax.transData).get_points().round(3).tolist() == [[1, 0.125], [2, 1]]
    assert texts(ax) == ["here"]
    assert ax.lines[0].get_xdata() == [1.5, 1.5]
    assert_readable(ax)
    assert len(plot.chances([1, 2], [0, 1]).lines) == 4  # two samples, two of the legend


@pytest.mark.parametrize("y", [[0], [0, 2], [[0, 1], [1, 0]], []])
def test_chances_explain_what_does_not_fit(y):
    with pytest.raises(ValueError, match=r"plot.chances: y should hold 0 or 1 for each input in x"):
        plot.chances([1, 2], y)


def test_entries_stand_below_each_other_and_the_last_row_is_the_result():
    rows = {"a": fixed([1, -2.5]), "· b": fixed([[3, 4]]), "= c": fixed([3, -10])}
    ax = plot.entries(rows, columns=["one", "two"])
    assert texts(ax) == ["one", "two", "a", "1", "−2.5", "· b", "3", "4", "= c", "3", "−10"]
    assert texts(ax, plot.BACKWARD) == ["= c", "3", "−10"]
    across = {t.get_text(): t.get_position()[0] for t in ax.texts}
    assert across["two"] == across["−2.5"] == across["4"] == across["−10"]
    assert len(patches(ax, Rectangle)) == 6
    assert_readable(ax)


def test_entries_want_one_number_a_column():
    with pytest.raises(ValueError, match=r"plot.entries: b should have length 2 .* got 3"):
        plot.entries({"a": [1, 2], "b": [1, 2, 3]}, columns=["one", "two"])


GATE = {"X": fixed([[0, 0], [0, 1], [1, 0], [1, 1]]), "y": fixed([[0], [0], [0], [1]])}


def test_boundaries_are_where_the_sum_is_zero_and_grow_darker():
    neurons = {"early": (fixed([[1], [1]]), fixed([-2])), "late": ([2, 4], -3)}
    ax = plot.boundaries(neurons, **GATE)
    for line, (weights, bias) in zip(ax.lines, neurons.values(), strict=False):
        assert np.allclose(line.get_xydata() @ np.ravel(weights) + bias, 0)
    early, late = (sum(plt.matplotlib.colors.to_rgb(line.get_color())) for line in ax.lines[:2])
    assert early > late
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["early", "late", "no", "yes"]
    assert ax.lines[2].get_xydata().tolist() == [[0, 0], [0, 1], [1, 0]]
    assert [line.get_marker() for line in ax.lines[2:]] == ["o", "^"]
    assert (ax.get_xlim(), ax.get_ylim()) == ((-0.4, 1.8), (-0.4, 1.8))


def test_boundaries_explain_what_does_not_fit():
    with pytest.raises(TypeError, match=r"plot.boundaries: neurons should be a dict .* got list"):
        plot.boundaries([([1, 1], 0)], **GATE)
    with pytest.raises(ValueError, match=r"plot.boundaries: X should have shape \(m, 2\)"):
        plot.boundaries({"one": ([1, 1], 0)}, [[1, 2, 3]], [1])


def test_decision_boundary_shows_the_answers_on_the_plane_and_the_samples():
    ax = plot.decision_boundary(halves, PLANE, [[0], [1], [0], [1]], threshold=1.5)
    answers = ax.images[0].get_array()
    left, right, bottom, top = ax.images[0].get_extent()
    assert (left, bottom) < (0, 0)
    assert (right, top) > (2, 2)
    assert np.isclose(answers[0, 0], left + 2 * bottom)
    assert np.isclose(answers[-1, 0], left + 2 * top)  # rows go up with the second input
    circles, triangles = ax.lines
    assert circles.get_xydata().tolist() == [[0, 0], [0, 1]]
    assert triangles.get_xydata().tolist() == [[1, 0], [2, 2]]
    assert circles.get_marker() != triangles.get_marker()
    (boundary,) = ax.collections
    for x, y in boundary.get_paths()[0].vertices:
        assert np.isclose(x + 2 * y, 1.5)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")


def test_a_classifier_with_one_answer_has_no_boundary():
    ax = plot.decision_boundary(lambda points: np.full(len(points), 0.9), PLANE, [0, 1, 0, 1])
    assert not ax.collections


def test_decision_boundary_shows_as_much_of_the_plane_as_asked():
    ax = plot.decision_boundary(halves, PLANE, [0, 1, 0, 1], threshold=1.5, margin=0.8)
    assert np.allclose(ax.images[0].get_extent(), [-0.8, 2.8, -0.8, 2.8])


@pytest.mark.parametrize(
    ("predict", "X", "y"),
    [
        (halves, PLANE[:, :1], [0, 1, 0, 1]),
        (halves, PLANE, [0, 1, 0]),
        (halves, PLANE, [0, 1, 2, 1]),
        (halves, PLANE[:0], []),
        (lambda points: points, PLANE, [0, 1, 0, 1]),
    ],
)
def test_decision_boundary_refuses_what_it_cannot_draw(predict, X, y):
    with pytest.raises(ValueError, match=r"plot\.decision_boundary: "):
        plot.decision_boundary(predict, X, y)


# boxes


def course_boxes() -> dict:
    """Give the network of the course as boxes, with the price at its end."""
    return {
        "names": ("dense", "tanh", "dense", "loss"),
        "forward": ("$X$", "$Z^{[1]}$", "$A^{[1]}$", r"$\hat Y$", "$J$"),
        "backward": ("$dX$", "$dZ^{[1]}$", "$dA^{[1]}$", r"$d\hat Y$", ""),
        "keeps": ("$W^{[1]},\\;b^{[1]}$", "", "$W^{[2]},\\;b^{[2]}$", "targets"),
        "finds": ("$dW^{[1]},\\;db^{[1]}$", "", "$dW^{[2]},\\;db^{[2]}$", ""),
    }


def test_boxes_stand_in_a_row_blue_to_the_right_orange_to_the_left():
    given = course_boxes()
    ax = plot.boxes(**given)
    boxes = [(b.get_x(), b.get_x() + b.get_width()) for b in patches(ax, FancyBboxPatch)]
    assert len(boxes) == 4
    assert all(one[1] < other[0] for one, other in pairwise(boxes))
    kept = [text for text in given["keeps"] if text]
    assert texts(ax, plot.FORWARD) == [*kept, *given["forward"]]
    blue = [(start[0], end[0]) for start, end in arrows(ax, plot.FORWARD)]
    orange = [(start[0], end[0]) for start, end in arrows(ax, plot.BACKWARD)]
    assert [start < end for start, end in blue] == [True] * 5
    assert [start > end for start, end in orange] == [True] * 4
    for left, right in boxes:  # no arrow runs through a box
        assert all(max(line) < left or right < min(line) for line in (*blue, *orange))


@pytest.mark.parametrize("calls", range(9))
def test_what_no_call_has_reached_is_grey(calls):
    ax = plot.boxes(**course_boxes(), calls=calls)
    blue = [text for text in texts(ax, plot.FORWARD) if text in course_boxes()["forward"]]
    assert blue == list(course_boxes()["forward"][: calls + 1])
    orange = texts(ax, plot.BACKWARD)
    back = [text for text in course_boxes()["backward"] if text in orange]
    assert back == list(course_boxes()["backward"][8 - calls : 4])
    found = [text for text in course_boxes()["finds"] if text and text in orange]
    assert len(found) == (calls >= 6) + (calls == 8)
    assert_readable(ax)


def test_one_box_and_five_can_be_read():
    assert_readable(plot.boxes(["dense layer"], forward=["$X$", "$Y$"], backward=["$dX$", "$dY$"]))
    names = [f"layer {n}" for n in range(1, 6)]
    lines = [f"$A^{{[{n}]}}$" for n in range(6)]
    assert_readable(plot.boxes(names, forward=lines, backward=lines))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"names": ["a"] * 6}, "names should hold 1 to 5 boxes, got 6"),
        ({"names": []}, "names should hold 1 to 5 boxes, got 0"),
        ({"forward": ["$X$"]}, "forward should have length 5 .one more than boxes., got 1"),
        ({"backward": ["$X$"]}, "backward should have length 5"),
        ({"keeps": ["$W$"]}, "keeps should have length 4"),
        ({"finds": ["$W$"]}, "finds should have length 4"),
        ({"calls": 9}, "calls should be 0 to 8 for 4 boxes, got 9"),
        ({"calls": -1}, "calls should be 0 to 8"),
    ],
)
def test_boxes_explain_what_does_not_fit(changed, message):
    with pytest.raises(ValueError, match=f"plot.boxes:? ?.*{message}"):
        plot.boxes(**(course_boxes() | changed))


# classes


def test_the_triangle_holds_certainty_in_its_corners_and_thirds_in_its_centre():
    path = [[1, 0, 0], [0.5, 0.25, 0.25], [1 / 3, 1 / 3, 1 / 3]]
    given = {"sure": fixed([0, 0, 1]), "level": fixed([0.5, 0.5, 0])}
    ax = plot.triangle(given, names=["A", "B", "C"], path=fixed(path))
    dots = [line.get_xydata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert np.allclose(dots, [(0.5, 3**0.5 / 2), (0.5, 0)])
    (curve,) = [line.get_xydata() for line in ax.lines if line.get_color() == plot.FORWARD]
    assert np.allclose(curve[0], (0, 0))
    assert np.allclose(curve[-1], (0.5, 3**0.5 / 6))
    assert texts(ax)[:3] == ["A", "B", "C"]
    assert texts(ax)[3:] == ["sure: A 0.000, B 0.000, C 1.000", "level: A 0.500, B 0.500, C 0.000"]
    assert_readable(ax)


@pytest.mark.parametrize(
    ("points", "path", "message"),
    [
        ({"a": [0.5, 0.5]}, None, "three probabilities"),
        ({"a": [0.5, 0.6, 0.1]}, None, "add up to 1"),
        ({}, [[1.5, -0.5, 0]], "path should hold probabilities"),
    ],
)
def test_the_triangle_explains_what_does_not_fit(points, path, message):
    with pytest.raises(ValueError, match=message):
        plot.triangle(points, names=["A", "B", "C"], path=path)


def test_pushes_lead_from_what_was_given_to_what_should_be():
    p, y = fixed([0.1, 0.2, 0.7]), fixed([0, 1, 0])
    ax = plot.pushes(p, y, names=["A", "B", "C"])
    assert texts(ax, plot.BACKWARD) == ["+0.100", "−0.800", "+0.700"]
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [(arrow.xyann[1], arrow.xy[1]) for arrow in arrows] == [(0.1, 0), (0.2, 1), (0.7, 0)]
    heights = [bar.get_height() for bar in patches(ax, Rectangle) if bar.get_fill()]
    assert heights == [0.1, 0.2, 0.7]
    assert [bar.get_height() for bar in patches(ax, Rectangle) if not bar.get_fill()] == [1]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["A", "B", "C"]
    assert_readable(ax)
    with pytest.raises(ValueError, match="one length"):
        plot.pushes([0.5, 0.5], [1, 0, 0])


def test_regions_show_the_highest_score_and_ring_the_mistakes():
    X, classes = fixed([[0, 1], [1, 0], [0.2, 0.9], [3, 0]]), [1, 0, 0, 2]
    ax = plot.regions(
        lambda points: np.column_stack([points, points[:, 0] - 2]),
        X,
        classes,
        names=["right", "up", "far"],
        meeting=(0.5, 0.5),
    )
    decided = ax.images[0].get_array()
    assert decided[0, -1] == 0
    assert decided[-1, 0] == 1
    marks = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert marks["right"] == [[1, 0], [0.2, 0.9]]
    assert marks["in a wrong region"] == [[0.2, 0.9], [3, 0]]
    assert [0.5, 0.5] in [line.get_xydata()[0].tolist() for line in ax.lines]


@pytest.mark.parametrize(
    ("scores", "X", "names", "message"),
    [
        (lambda X: X, np.ones((4, 3)), ["a", "b"], r"X should have shape \(m, 2\)"),
        (lambda X: X, np.ones((4, 2)), ["a"], "2 to 6 classes"),
        (lambda X: X, np.ones((4, 2)), ["a", "b", "c"], "one score for each name"),
    ],
)
def test_regions_explain_what_does_not_fit(scores, X, names, message):
    with pytest.raises(ValueError, match=message):
        plot.regions(scores, X, [0, 1, 0, 1], names=names)


def test_a_frame_holds_a_layer_with_its_numbers():
    vectors = [[1, 2], [3, 4, 5]]
    ax = plot.network([2, 3], forward=vectors, backward=vectors, framed=[1])
    (frame,) = patches(ax, FancyBboxPatch)
    inside = frame.get_window_extent()
    for circle in patches(ax, Circle):
        x, y = ax.transData.transform(circle.center)
        assert inside.contains(x, y) == (circle.center[0] > 3)
    for text in ax.texts:
        if text.get_text() in "345":
            assert inside.contains(*text.get_window_extent().min)
    assert not patches(plot.network([2, 3]), FancyBboxPatch)


def test_histograms_of_layers_have_a_row_for_each_network_and_the_size_above():
    signals = {"small": [fixed([0.5, -0.5]), fixed([1e-9, -1e-9])], "large": [fixed([[1, 1]])] * 2}
    axes = plot.layer_histograms(signals, [1, 2], x_range=(-1, 1))
    assert [[text.get_text() for text in texts_of.texts] for texts_of in axes[0]] == [
        ["0.5"],
        ["1e−09"],
    ]
    assert [row[0].get_ylabel() for row in axes] == ["small", "large"]
    assert [ax.get_title() for ax in axes[0]] == ["layer 1", "layer 2"]
    heights = [bar.get_height() for bar in axes[0][0].patches]
    assert sum(heights) == 2
    assert heights.count(1) == 2
    assert [bar.get_height() for bar in axes[1][1].patches][-1] == 2


def test_a_bar_of_one_number_is_cut_for_the_others_to_be_seen():
    half_off = [0.0] * 60 + [k / 50 for k in range(1, 41)]
    level = [-0.9] * 50 + [0.9] * 50
    ((cut,), (whole,)) = plot.layer_histograms({"cut": [half_off], "whole": [level]}, [1])
    assert texts(cut)[0] == " 60%"
    assert cut.get_ylim()[1] < 60 <= max(bar.get_height() for bar in cut.patches)
    assert len(texts(whole)) == 1
    assert whole.get_ylim()[1] == 50


@pytest.mark.parametrize(
    ("signals", "layers", "x_range", "message"),
    [
        ({"a": [[1]]}, [2], (-1, 1), "there is no layer 2"),
        ({"a": [[1]]}, [], (-1, 1), "1 to 6 layers"),
        ({}, [1], (-1, 1), "one network or more"),
        ({"a": [[1]]}, [1], (1, 1), "x_range should rise"),
    ],
)
def test_histograms_of_layers_explain_what_does_not_fit(signals, layers, x_range, message):
    with pytest.raises(ValueError, match=message):
        plot.layer_histograms(signals, layers, x_range=x_range)


def test_a_way_past_a_layer_adds_two_ways_back():
    ax = plot.bypass(0.5, -3, blame=2)
    assert texts(ax, plot.BACKWARD) == ["−3", "1", "2", "2", "2", "2 + −3 = −1"]
    assert_readable(ax)


def test_walks_are_drawn_in_order_with_their_names():
    ax = plot.compare_walks(price, (-1, 1), (-1, 1), {"one": fixed(PATH), "two": fixed(PATH[:2])})
    assert [line.get_label() for line in ax.lines] == ["one", "two"]
    assert ax.lines[1].get_xydata().tolist() == [list(point) for point in PATH[:2]]
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["one", "two"]
    starred = plot.compare_walks(price, (-1, 1), (-1, 1), {"one": fixed(PATH)}, goal=(0.5, -0.25))
    assert starred.lines[-1].get_xydata().tolist() == [[0.5, -0.25]]
    assert starred.lines[-1].get_marker() == "*"
    with pytest.raises(ValueError, match="1 to 3 paths"):
        plot.compare_walks(price, (-1, 1), (-1, 1), {})
    with pytest.raises(ValueError, match="one point a row"):
        plot.compare_walks(price, (-1, 1), (-1, 1), {"one": [1, 2]})


def test_cut_arrows_end_at_their_tips_and_are_named_where_there_is_room():
    ax = plot.cut_arrows({"long": fixed([6, -8]), "short": fixed([3, -4])}, 5)
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert [tuple(arrow.xy) for arrow in arrows] == [(6, -8), (3, -4)]
    sides = {text.get_text(): text.get_ha() for text in ax.texts if text.get_text()}
    assert sides == {"long": "left", "short": "right"}
    assert [patch.get_width() for patch in patches(ax, Rectangle)] == [10]
    with pytest.raises(ValueError, match="two numbers each"):
        plot.cut_arrows({"one": [1, 2, 3]}, 1)


# pictures with channels


def blocks(ax: Axes) -> int:
    """Count the outlines of the fronts, tops and sides of blocks."""
    return len([q for q in patches(ax, Polygon) if not q.get_fill() and q.get_linewidth() == 1.0])


def test_channels_show_every_number_and_the_colours_together():
    picture = np.zeros((2, 3, 3))
    picture[0, 1] = [2, 0, 1]
    ax = plot.channels(fixed(picture))
    assert texts(ax) == [
        *["red", "0", "2", "0", "0", "0", "0"],
        *["green", "0", "0", "0", "0", "0", "0"],
        *["blue", "0", "1", "0", "0", "0", "0", "together"],
    ]
    colours = [q.get_facecolor()[:3] for q in patches(ax, Rectangle)][-6:]
    assert colours[1] == (1, 0, 0.5)
    assert colours[0] == (0, 0, 0)
    assert_readable(ax)


@pytest.mark.parametrize(("depth", "filters"), [(1, 1), (2, 1), (3, 1), (3, 4)])
def test_a_volume_says_the_sizes_that_a_convolution_has(depth, filters):
    ax = plot.volume(6, 3, depth, filters=filters, place=(1, 2))
    maps = filters if filters > 1 else 3 - depth + 1
    assert texts(ax)[0] == "6 × 6 × 3"
    assert texts(ax)[-1] == f"4 × 4 × {maps}"
    assert f"3 × 3 × {depth}" in " ".join(texts(ax))
    assert (f"{9 * depth} products" in " ".join(texts(ax))) == (filters == 1)
    assert blocks(ax) == 3 * (2 + filters)
    fronts = [q for q in patches(ax, Polygon) if q.get_alpha()]
    assert len(fronts) == 2
    left = [q.get_xy()[:, 0].min() for q in fronts]
    cell = np.ptp(fronts[1].get_xy()[:, 0])
    assert np.isclose(np.ptp(fronts[0].get_xy()[:, 0]), 3 * cell)
    assert np.isclose(left[0], 0.3 + 2 * cell)
    assert_readable(ax)


def test_volumes_leave_out_what_changes_no_shape_and_count_parameters():
    network = nn.Sequential(
        nn.Conv2D(1, 2, 3, rng=0), nn.ReLU(), nn.MaxPool2D(2), nn.Flatten(), nn.Dense(18, 4, rng=0)
    )
    ax = plot.volumes(network, (8, 8, 1))
    assert texts(ax) == [
        *["8×8×1", "6×6×2", "conv 3×3\n20", "3×3×2", "pool 2×2\n0", "4", "dense\n76"],
    ]
    assert blocks(ax) == 3 * 3
    assert_readable(ax)


# windows that share pixels


def test_shared_pixels_and_weights_get_what_the_layer_sends_back():
    x, w, delta = fixed([1, 2, 3, -2, 2]), fixed([2, -1, 1]), fixed([1, 2, -2])
    row = nn.Conv2D(1, 1, (1, 3), stride=(1, 2), padding=(0, 1), rng=0)
    row.parameters["W"][0, :, 0, 0] = w
    row.forward(x[None, None, :, None])
    dx = row.backward(delta[None, None, :, None]).ravel()
    for asked, right in (("pixel", dx), ("place", row.gradients["W"].ravel())):
        for i, value in enumerate(right):
            ax = plot.shared(x, w, delta, 2, 1, **{asked: i})
            said = texts(ax)[-1]
            assert said.endswith(f" = {value:.0f}".replace("-", "−"))
            assert said.startswith(f"$d{'x' if asked == 'pixel' else 'w'}_{{{i}}}=")
            lines = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
            assert len(lines) == (3 if asked == "place" else said.count(r"\delta"))
            assert_readable(ax)
    alone = plot.shared([1, 2, 3, 4, 5], [1, 2], [1, 1], 3, pixel=2)
    assert texts(alone)[-1] == "$dx_{2}=0$"  # in the gap


def test_pooling_shows_the_first_winner_and_sends_the_blame_there():
    table, blame = fixed([[8, 4, 2, 1], [9, 3, 2, 8]]), fixed([[5, 6]])
    ax = plot.pooling(table, 2, blame=blame)
    numbers = [text for text in texts(ax) if text.isdigit()]
    assert numbers == [*"84219328", "9", "8", *"56", *"56"]
    layer = nn.MaxPool2D(2)
    layer.forward(table[None, :, :, None])
    back = layer.backward(blame[None, :, :, None])[0, :, :, 0]
    places = {t.get_text(): t.get_position() for t in ax.texts if t.get_color() == BACKWARD}
    assert places["5"][0] < places["6"][0]
    assert back[1].tolist() == [5, 0, 0, 6]
    tie = plot.pooling([[7, 1], [3, 7]], 2)
    coloured = [q for q in patches(tie, Rectangle) if to_hex(q.get_facecolor()) == "#b9d7ee"]
    (first,) = coloured
    assert first.get_y() > 0.4  # the upper row
    assert_readable(ax)


@pytest.mark.parametrize(("n", "f"), [(4, 2), (6, 3), (4, 4), (3, 1)])
def test_steps_over_a_border_are_noticed(n, f):
    ax = plot.steps(n, f)
    seen = n * (n // f - 1)
    assert texts(ax) == [f"not noticed: {n * (n - 1) - seen}", f"noticed: {seen}"]
    lines = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert len(lines) == n * (n - 1)
    assert sum(to_hex(a.get_edgecolor()) == BACKWARD.lower() for a in lines) == seen
    assert_readable(ax)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.channels(np.ones((2, 2))), r"image should have shape \(h, w, 3\)"),
        (lambda: plot.channels(-np.ones((2, 2, 3))), "no negative number"),
        (lambda: plot.volume(3, 4), "does not fit"),
        (lambda: plot.volume(6, 3, 4), "does not fit"),
        (lambda: plot.volume(6, 3, 2, filters=2), "as deep as the picture"),
        (lambda: plot.volume(6, 3, place=(0, 4)), "place should lie in the answers"),
        (lambda: plot.shared([1, 2, 3], [1, 2], [1], pixel=0), "delta should hold 2 numbers"),
        (lambda: plot.shared([1, 2], [1, 2], [1]), "a pixel or a place"),
        (lambda: plot.shared([1, 2], [1, 2], [1], pixel=0, place=0), "a pixel or a place"),
        (lambda: plot.shared([1, 2], [1, 2], [1], pixel=2), "2 pixels and 2 places"),
        (lambda: plot.pooling(np.ones((3, 4)), 2), "do not fill an image"),
        (lambda: plot.pooling(np.ones((2, 2)), 2, blame=[1]), r"blame should have shape \(1, 1\)"),
        (lambda: plot.steps(5, 2), "do not fill a picture"),
    ],
)
def test_drawings_of_channels_and_shares_explain_what_does_not_fit(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def recorded(*ways):
    """Return the nodes of a tape that has these ways: (from, to, left, right)."""
    nodes = {name: SimpleNamespace(name=name, ways=[]) for way in ways for name in way[:2]}
    for start, end, left, right in ways:
        nodes[end].ways.append((nodes[start], None, left, right))
    return list(nodes.values())


def test_a_graph_leads_blue_to_what_is_made_and_orange_back_with_the_factors():
    nodes = recorded(("x", "z", "", "W^T"), ("W", "z", "x^T", ""), ("b", "z", "", ""))
    nodes += recorded(("z", "J", "", r"\odot s"), ("w", "J", r"-\frac{1}{2}", ""))
    places = {"x": (1, 1), "W": (2.5, 2), "b": (2.5, 0.4), "z": (2.5, 1)}
    places |= {"J": (5, 1), "w": (5, 2.2)}
    ax = plot.graph(nodes, places)
    said = [text for text in texts(ax) if text]
    factors = [r"$\cdot W^T$", r"$x^T\cdot $", "$1$", r"$\odot s$", r"$-\dfrac{1}{2}$"]
    assert said == [f"${name}$" for name in places] + factors
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    colours = [to_hex(each.get_edgecolor()).upper() for each in arrows]
    assert colours == [FORWARD, BACKWARD] * 5
    assert {t.get_color() for t in ax.texts if t.get_text() in factors} == {BACKWARD}
    assert_readable(ax)


def test_a_graph_has_hats_that_are_seen():
    ax = plot.graph(
        recorded((r"\hat y", "J", r"\frac{1}{\hat y}", "")), {r"\hat y": (1, 1), "J": (4, 1)}
    )
    assert [text for text in texts(ax) if text] == [
        r"$\widehat y$",
        "$J$",
        r"$\dfrac{1}{\widehat y}$",
    ]


def test_a_graph_draws_what_has_a_place_and_the_factors_asked_for():
    nodes = recorded(("W", "z", "h^T", ""), ("h", "z", "", "W^T"), ("z", "J", "", "s"))
    ax = plot.graph(nodes, {"W": (1, 2), "h": (0.5, 1), "z": (3, 1)}, factors_of=["W"])
    assert [text for text in texts(ax) if text] == ["$W$", "$h$", "$z$", r"$h^T\cdot $"]


def test_a_graph_writes_the_number_of_a_formula_without_a_dot():
    nodes = recorded(("S", "A", "", r"\mathrm{(14.8)}"))
    ax = plot.graph(nodes, {"S": (1, 1), "A": (3, 1)})
    assert [text for text in texts(ax) if text] == ["$S$", "$A$", r"$\mathrm{(14.8)}$"]


def test_two_ways_between_two_values_stand_apart():
    ax = plot.graph(recorded(("v", "J", "", "v"), ("v", "J", "", "v")), {"v": (1, 1), "J": (4, 1)})
    heights = [text.get_position()[1] for text in ax.texts if text.get_text() == r"$\cdot v$"]
    assert len(heights) == 2
    assert abs(heights[0] - heights[1]) > 0.3
    assert_readable(ax)


def test_bars_are_as_high_as_the_shares():
    ax = plot.bars([0.5, 0.25, 0.25], ("place", "share"), "three")
    assert [bar.get_height() for bar in ax.patches] == [0.5, 0.25, 0.25]
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylim()) == ("three", "place", (0, 1))


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.graph([], {}), "a place of its own"),
        (lambda: plot.graph([], {"a": (1, 1), "b": (1, 1)}), "a place of its own"),
        (lambda: plot.bars([0.5, 1.5], ("a", "b")), "between 0 and 1"),
        (lambda: plot.bars([-0.5], ("a", "b")), "between 0 and 1"),
    ],
)
def test_graphs_and_bars_explain_what_does_not_fit(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


# --- what holds ------------------------------------------------------------------------------------


def test_reliability_places_bins_and_sizes_them_by_their_answers():
    P = fixed([[0.95, 0.05], [0.95, 0.05], [0.95, 0.05], [0.45, 0.55]])
    ax = plot.reliability({"one": (P, [0, 0, 1, 1]), "two": (P, [1, 1, 1, 1])})
    one, two = ax.collections
    assert np.allclose(one.get_offsets(), [[0.55, 1], [0.95, 2 / 3]])
    assert np.allclose(two.get_offsets(), [[0.55, 1], [0.95, 0]])
    small, large = one.get_sizes()
    assert large > 2 * small
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "as sure as right",
        "one",
        "two",
    ]
    # the gaps end on the line
    assert all(line.get_ydata()[0] == line.get_xdata()[0] for line in ax.lines[1:3])
    fewer = plot.reliability({"one": (P, [0, 0, 1, 1])}, bins=1)
    assert np.allclose(fewer.collections[0].get_offsets(), [[0.85, 0.75]])


def test_masks_show_who_stays_and_the_mean():
    kept = np.array(list(np.ndindex(2, 2)))
    chances = fixed([0.0625, 0.1875, 0.1875, 0.5625])
    ax = plot.masks(kept, [0, 1, 2, 3], chances)
    assert np.allclose(ax.lines[0].get_ydata(), chances @ [0, 1, 2, 3])
    assert [label.get_text() for label in ax.get_xticklabels()] == ["6.2", "18.8", "18.8", "56.2"]
    (top,) = ax.child_axes
    stay, silenced = (set(map(tuple, dots.get_offsets().tolist())) for dots in top.collections)
    assert stay == {(1, -1), (2, 0), (3, 0), (3, -1)}
    assert len(silenced) == 4
    assert texts(ax) == ["mean\n2.25"]
    assert_readable(ax)
    ax = plot.masks(kept, [0, 1, 2, 3], chances, terms=[2.0, -0.5])
    assert texts(ax.child_axes[0]) == ["$a_1w_1=2$", "$a_2w_2=-0.5$"]
    assert_readable(ax)


def test_saliency_stands_below_its_picture_in_a_scale_of_its_own():
    X = fixed([np.eye(4), np.zeros((4, 4))])
    dX = fixed([np.eye(4) - 0.5, np.zeros((4, 4))])
    ax = plot.saliency(X[..., None], dX[..., None], names=["a", "b"])
    first, below, second, flat = ax.images
    assert np.array_equal(first.get_array(), X[0])
    assert np.array_equal(below.get_array(), dX[0])
    assert below.get_clim() == (-0.5, 0.5)
    assert flat.get_clim() == (-1, 1)
    assert second.get_extent()[0] == flat.get_extent()[0] > first.get_extent()[0]
    assert below.get_extent()[3] < first.get_extent()[2]
    assert texts(ax) == ["a", "b"]
    assert_readable(ax)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.reliability({"a": ([0.5, 0.5], [0, 1])}), r"probabilities \(m, C\)"),
        (lambda: plot.reliability({"a": ([[0.5, 0.5]], [0, 1])}), r"classes \(m,\)"),
        (lambda: plot.masks([0, 1], [1, 2], [0.5, 0.5]), "an output and a chance for each"),
        (lambda: plot.masks([[0], [1]], [1], [0.5, 0.5]), "an output and a chance for each"),
        (lambda: plot.masks([[0], [1]], [1, 2], [0.5, 0.6]), "together 1"),
        (lambda: plot.masks([[0], [1]], [1, 2], [-0.5, 1.5]), "at least 0"),
        (lambda: plot.masks([[0], [1]], [1, 2], [0.5, 0.5], terms=[1, 2]), "1 terms are wanted"),
        (lambda: plot.saliency(np.eye(3), np.eye(3)), r"\(n, h, w\)"),
        (lambda: plot.saliency(np.ones((1, 3, 3)), np.ones((1, 3, 4))), r"\(n, h, w\)"),
        (
            lambda: plot.saliency(np.ones((1, 3, 3)), np.ones((1, 3, 3)), names=["a", "b"]),
            "length 1",
        ),
    ],
)
def test_drawings_of_what_holds_explain_what_does_not_fit(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_reliability_wants_names():
    with pytest.raises(TypeError, match="answers should be a dict"):
        plot.reliability(np.eye(2))
