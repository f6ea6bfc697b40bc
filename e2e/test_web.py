"""The web edition in Chromium: ``make e2e`` builds it and runs this."""

import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from visits import HTML, LAPTOP, PHONE, ROOT, Visit

SLIDES = sorted(f"slides/{path.name}" for path in HTML.glob("slides/*.html"))
FILES = {str(path.relative_to(HTML)): path.read_text("utf-8") for path in HTML.rglob("*.html")}
MOVED = {name for name, html in FILES.items() if 'http-equiv="refresh"' in html}
PAGES = sorted(set(FILES) - MOVED - set(SLIDES))

# formulas whose comma stands at the start of the next line
STRAY = """[...document.querySelectorAll("span.math")].filter((formula) => {
  const after = formula.nextSibling, mark = document.createRange();
  if (!/^[.,;:?)]/.test(after?.data)) return false;
  mark.setStart(after, 0);
  mark.setEnd(after, 1);
  return mark.getBoundingClientRect().left < formula.getBoundingClientRect().left;
}).length"""
CUT = """[...document.querySelectorAll(".cell_input pre")].filter(
  (code) => code.scrollWidth > code.clientWidth).length"""


def test_each_checked_equation_of_a_page_has_a_mark_with_its_line():
    for path in (ROOT / "notebooks").glob("[01]*.ipynb"):
        tags = set(re.findall(r"<!-- \((\S+?)\) ", path.read_text("utf-8")))
        html = (HTML / "notebooks" / f"{path.stem}.html").read_text("utf-8")
        assert html.count('<details class="checked">') == len(tags)
        assert "<!-- (" not in html


def test_there_is_a_page_for_every_notebook_and_slides_for_every_chapter():
    folders = [ROOT / "notebooks" / name for name in ("", "archive", "solutions")]
    notebooks = {path.stem for folder in folders for path in folder.glob("*.ipynb")}
    assert {Path(page).stem for page in PAGES if page.startswith("notebooks/")} == notebooks
    assert {Path(page).stem for page in SLIDES} == {name for name in notebooks if name[0].isdigit()}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_draws_its_formulas_asks_nobody_else_and_fits_the_window(chromium, site, name):
    for size in (LAPTOP, PHONE):
        with Visit(chromium, site, name, size) as visit:
            assert visit.wrong == []
            assert [url for url in visit.asked if not url.startswith((site, "data:"))] == []
            page = visit.page
            written = page.locator(".math").count()
            assert page.locator("mjx-container").count() >= written
            assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            assert page.evaluate(STRAY) == 0
            assert size is PHONE or page.evaluate(CUT) == 0


def test_an_address_of_the_first_edition_leads_to_the_page(chromium, site):
    assert len(MOVED) == 24
    with Visit(chromium, site, "notebooks/08a_starting_well.html#Summary") as visit:
        visit.page.wait_for_url("**/notebooks/08a_initialisation.html#Summary")
    for name in MOVED:
        (target,) = re.findall(r"url=([^\"]+)", FILES[name])
        assert str(Path(name).parent / target) in PAGES


def anchors(name):
    return set(re.findall(r'\bid="([^"]+)"', (HTML / name).read_text("utf-8")))


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    text = (HTML / name).read_text("utf-8")
    dead = []
    for link in set(re.findall(r'\b(?:href|src)="([^"]+)"', text)):
        if re.match(r"(https?|mailto|data|javascript):", link):
            continue
        target, anchor = urldefrag(urljoin(name, link.replace("&amp;", "&")))
        target = unquote(target.split("?")[0]) or name
        path = HTML / target
        if not path.is_file() or (anchor and unquote(anchor) not in anchors(target)):
            dead.append(link)
    assert dead == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(chromium, site, name, theme):
    with Visit(chromium, site, name, theme=theme) as visit:
        assert visit.violations() == []


def test_every_image_has_an_alternative_text():
    for name in PAGES:
        for image in re.findall(r"<img [^>]*>", (HTML / name).read_text("utf-8")):
            assert re.search(r'\balt="[^"]{15,}"', image), f"{name}: {image[:200]}"


def test_a_slider_moves_by_keyboard_and_the_picture_and_its_text_follow(chromium, site):
    with Visit(chromium, site, "notebooks/01_delta_rule.html") as visit:
        box = visit.page.locator(".frames").first
        image, slider = box.locator("img"), box.locator("input").first
        before = image.get_attribute("src"), image.get_attribute("alt")
        slider.focus()
        slider.press("ArrowRight")
        after = image.get_attribute("src"), image.get_attribute("alt")
        assert before[0] != after[0]
        assert f"alpha = {box.locator('output').inner_text()}" in after[1]
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 300
        assert slider.get_attribute("aria-valuetext") == box.locator("output").inner_text()


def test_every_slider_can_reach_all_its_values(chromium, site):
    for name in PAGES:
        if 'class="frames"' not in (HTML / name).read_text("utf-8"):
            continue
        with Visit(chromium, site, name) as visit:
            for box in visit.page.locator(".frames").all():
                for slider in box.locator("input").all():
                    seen = set()
                    last = int(slider.get_attribute("max"))
                    for value in range(last + 1):
                        slider.fill(str(value))
                        shown = box.locator("img")
                        seen.add(shown.evaluate("image => new URL(image.src).pathname"))
                    assert len(seen) == last + 1
                    assert all((HTML / path[1:]).is_file() for path in seen)


def test_the_search_finds_a_word(chromium, site):
    with Visit(chromium, site, "search.html?q=transpose") as visit:
        visit.page.wait_for_selector("#search-results li", timeout=20_000)
        assert visit.page.locator("#search-results li").count() >= 5


def test_a_page_can_be_downloaded_as_it_is_committed(chromium, site):
    with Visit(chromium, site, "notebooks/07_xor.html") as visit:
        link = visit.page.get_by_role("link", name="Download this page as a notebook")
        got = visit.page.request.get(urljoin(visit.page.url, link.get_attribute("href")))
        assert got.body() == (ROOT / "notebooks/07_xor.ipynb").read_bytes()


@pytest.mark.parametrize("name", SLIDES)
def test_slides_draw_their_formulas_ask_nobody_else_and_move_by_keys(chromium, site, name):
    with Visit(chromium, site, name) as visit:
        page = visit.page
        page.wait_for_selector("mjx-container", state="attached", timeout=20_000)
        assert page.evaluate("Reveal.getTotalSlides()") >= 20
        page.keyboard.press("ArrowRight")
        assert page.evaluate("Reveal.getIndices().h") == 1
        assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
        assert visit.wrong == []
        assert [url for url in visit.asked if not url.startswith((site, "data:", "blob:"))] == []
