"""The web edition of the course: ``make book``."""


def slug(text: str) -> str:
    """Return the anchor that JupyterLab gives a heading.

    >>> slug("All slips at a glance")
    'All-slips-at-a-glance'
    """
    return text.strip().replace(" ", "-")
