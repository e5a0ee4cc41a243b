"""What is asked of every page: each check answers with what is wrong, in words."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(sum), 200);
})"""
DRAWN = "() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
"""Until pictures, which are told of a new width when a frame is drawn, have taken it."""
WIDER = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const over = [...document.body.querySelectorAll("*")].filter((e) => {
    const box = e.getBoundingClientRect();
    return (box.right > wide + 1 || box.left < -1) && box.width > 1 && !e.closest(".me-scroll");
  });
  const found = over.slice(0, 4).map((e) => e.outerHTML.slice(0, 120));
  return ["the page is " + document.documentElement.scrollWidth + " wide", ...found];
}"""
FOCUSABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
  .filter((e) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0 && e.type !== "hidden"
    && !(e.type === "radio" && !e.checked)).length"""
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body || e === document.documentElement) return null;
  window.metaeduSeen = window.metaeduSeen || new Set();
  // A date is one field with several stops; taking the focus from it would begin it anew.
  if (e === window.metaeduLast) return {same: true};
  window.metaeduLast = e;
  const again = window.metaeduSeen.has(e);
  window.metaeduSeen.add(e);
  const parts = [e, e.closest("label"), ...(e.labels || []), ...e.querySelectorAll("*")].filter(Boolean);
  const drawn = () => parts.map((each) => {
    const style = getComputedStyle(each);
    const outline = style.outlineStyle === "none" ? "" : style.outline;
    return [outline, style.boxShadow, style.stroke, style.strokeWidth, style.borderColor, style.backgroundColor].join();
  }).join(";");
  const box = e.getBoundingClientRect();
  const focused = drawn();
  e.blur();
  const plain = drawn();
  e.focus();
  return {
    again,
    tabindex: e.tabIndex,
    visible: focused !== plain,
    shown: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    what: e.outerHTML.slice(0, 120),
  };
}"""


def axe(page: Any) -> list[str]:
    """What axe finds, with all that can be unfolded unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.evaluate("document.getAnimations().forEach((each) => { each.finish(); })")
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {node['html'][:160]}" for rule in found for node in rule["nodes"][:3]]


def width(page: Any) -> list[str]:
    """At 320 px, and at 200 % of a window of 1280."""
    wrong = []
    for pixels in (320, 640):
        page.set_viewport_size({"width": pixels, "height": 800})
        page.evaluate(DRAWN)
        wrong += [f"at {pixels} px: {each}" for each in page.evaluate(WIDER)]
    page.set_viewport_size({"width": 1280, "height": 900})
    return wrong


def shift(page: Any) -> list[str]:
    """Whether anything moves while the page loads."""
    moved = page.evaluate(SHIFT)
    return [f"things move while it loads: {moved:.3f}"] if moved >= 0.1 else []


def keyboard(page: Any, *, most: int = 60) -> list[str]:
    """Tab through the page: each stop is seen, none is a trap, and none is left out."""
    stops, left, pressed, wrong = 0, 0, 0, []
    expected = min(page.evaluate(FOCUSABLE), most)
    while stops < expected and left < 2 and pressed < 3 * most:
        pressed += 1
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:  # out of the page; it goes on at the top, since a field may have had the focus from the start
            left += 1
            continue
        if at.get("same"):
            continue
        if at["again"]:
            break
        stops += 1
        if not at["visible"]:
            wrong.append(f"focus is not visible: {at['what']}")
        if not at["shown"]:
            wrong.append(f"focus is on what is out of sight: {at['what']}")
        if at["tabindex"] > 0:
            wrong.append(f"out of the order of the page: {at['what']}")
    if stops < expected:
        wrong.append(f"the tab key stops at {stops} of {expected} things")
    return wrong


def policy(page: Any) -> list[str]:
    """What the console complained of: errors, and whatever the content policy held back."""
    return [f"console: {each}" for each in page.faults]
