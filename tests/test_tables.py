from nnbook.tables import Summary, table


def test_columns_are_even_and_aligned_and_lines_have_no_trailing_blanks():
    rows = [("a", "1"), ("long", "23"), ("b", "")]
    assert table(rows, "<>") == ["a      1", "long  23", "b"]
    assert table(rows, ">>", gap=1) == ["   a  1", "long 23", "   b"]


def test_a_summary_adds_up():
    summary = Summary((("A()", (2, 3), 1000, 5), ("B()", (), 1, 2)), ("0", "1.0"))
    assert (summary.parameters, summary.multiply_adds) == (1001, 7)
    assert repr(summary).splitlines() == [
        "layer     output     parameters  multiply-adds",
        "0  A()    (m, 2, 3)       1,000              5",
        "1.0  B()  (m,)                1              2",
        "total                     1,001              7",
    ]
