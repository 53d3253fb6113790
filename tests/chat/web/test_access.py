"""The page for people who do not use a mouse, a wide window, or bright colours."""

import pytest
import web_pieces as pieces
from workshop import TEXT

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
pytestmark = pytest.mark.slow

TABS = ("Formulation", "Mathematics", "Program", "Solution", "Checks", "History")

NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, a[href], [role=tab], summary")]
    .filter(each => each.offsetParent && !each.ariaLabel && !each.textContent.trim() && !each.labels?.length)
    .map(each => each.outerHTML)"""
"""Controls that a screen reader has no name for."""

FAINT = """() => {
    const rgb = color => { const parts = color.match(/[\\d.]+/g).map(Number); return [...parts, 1].slice(0, 4); };
    const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = each => {
        for (; each; each = each.parentElement) {
            const color = rgb(getComputedStyle(each).backgroundColor);
            if (color[3]) return color;
        }
        return [255, 255, 255, 1];
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const each = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !each.offsetParent) continue;
        if (each.closest("svg, .unseen, script, style")) continue;
        const [a, b] = [light(rgb(getComputedStyle(each).color)), light(behind(each))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) found.push(`${ratio.toFixed(2)}: ${walker.currentNode.data.slice(0, 60)}`);
    }
    return found;
}"""
"""Words whose contrast is less than AA asks for."""

WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def infeasible(person, served):
    served.replies(*pieces.STORE_REPLIES)
    person.open()
    person.say(pieces.STORE_TEXT)
    person.answers(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_has_a_name_and_can_be_read(somebody, served, scheme):
    person = somebody(color_scheme=scheme)
    page = person.page
    infeasible(person, served)
    assert page.evaluate(FAINT) == []
    page.locator(".actions").get_by_role("button", name="Apply the cheapest way out").click()
    person.answers(2)
    for tab in TABS:
        panel = person.tab_open(tab)
        assert page.evaluate(NAMELESS) == [] and page.evaluate(FAINT) == []
        assert panel.get_attribute("role") == "tabpanel" and panel.get_attribute("aria-labelledby") == f"tab-{tab}"
        for table in panel.locator("table").all():
            expect(table.locator("caption")).to_have_count(1)
            assert table.locator("th[scope=col]").count() and table.locator("th[scope=row]").count()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(15, 19, 24)" if scheme == "dark" else "rgb(255, 255, 255)")
    for role, name in (("banner", None), ("main", None), ("navigation", "Pages"), ("log", "Messages")):
        expect(page.get_by_role(role, name=name) if name else page.get_by_role(role)).to_have_count(1)
    for name in ("Conversation", "Model"):
        expect(page.get_by_role("region", name=name)).to_have_count(1)


def test_a_keyboard_is_enough(person, served):
    page, keyboard = person.page, person.page.keyboard
    served.replies(*pieces.WORKSHOP)
    person.open()
    keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message field")).to_be_focused()
    keyboard.press("Enter")
    expect(page.locator("#words")).to_be_focused()
    keyboard.type(TEXT)
    keyboard.press("Enter")
    expect(page.locator(".choice")).to_have_count(2)
    for _ in range(4):  # back over the log's choices
        keyboard.press("Shift+Tab")
        if page.locator(".choice").nth(1).evaluate("each => each === document.activeElement"):
            break
    expect(page.locator(".choice").nth(1)).to_be_focused()
    assert page.locator(".choice").nth(1).evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    keyboard.press("Enter")
    assert "4,116.67" in person.answers(1)
    page.locator("#words").focus()
    for _ in range(20):
        keyboard.press("Tab")
        if page.locator("#tab-Formulation").evaluate("each => each === document.activeElement"):
            break
    keyboard.press("End")
    expect(page.locator("#tab-History")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#panel-History .version")).to_be_visible()
    keyboard.press("ArrowRight")
    expect(page.locator("#tab-Formulation")).to_be_focused()
    field = page.locator('[data-key="table_price"]')
    for _ in range(20):
        keyboard.press("Tab")
        if field.evaluate("each => each === document.activeElement"):
            break
    keyboard.press("Control+A")
    keyboard.type("80")
    keyboard.press("Enter")
    person.answers(2)
    expect(field).to_be_focused()
    expect(field).to_have_value("80")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_shows_one_side_at_a_time(somebody, served, scheme):
    person = somebody(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page = person.page
    infeasible(person, served)
    expect(page.locator(".model")).to_be_hidden()
    assert not page.evaluate(WIDE)
    page.get_by_role("button", name="Model", exact=True).click()
    expect(page.locator(".talk")).to_be_hidden()
    for tab in TABS:
        person.tab_open(tab)
        assert not page.evaluate(WIDE) and page.evaluate(FAINT) == []
    page.get_by_role("button", name="Chat", exact=True).click()
    page.locator(".actions").get_by_role("button", name="Show the model").click()
    expect(page.locator("#tab-Solution")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="Model", exact=True)).to_have_attribute("aria-pressed", "true")
