"""Pages that are checked as written: what text, formulas and figures say, held against the code."""
