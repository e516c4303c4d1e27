"""The labelling page in a real browser: what a person sees, selects and submits, and that it comes back exact to the code point."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec import structs
from playwright.sync_api import Browser, JSHandle, Locator, Page, StorageState, expect, sync_playwright

from annotate.demo.corpus import ARTICLES, labellings
from annotate.records import Answer, Frame, Labelling, Mention
from annotate.schema import Schema
from annotate.steps import ingest, pull, push
from annotate.steps.stored import articles_by_id, stored_labellings
from annotate.store import Store
from annotate.studio.client import Client
from annotate.studio.people import emails, invite_link
from annotate.studio.project import find_project
from annotate.studio.results import page_of, write_results
from annotate.studio.server import Server
from annotate.studio.tasks import list_tasks
from annotate.workspace import Workspace

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=20_000)

# A DOM range from code points, counted by the test itself: text nodes, and one for each line break.
RANGE = """([start, end]) => {
    const nodes = document.createTreeWalker(document.querySelector(".lsf-htx-richtext"), NodeFilter.SHOW_ALL);
    const range = document.createRange();
    for (let node, at = 0, begun = false; (node = nodes.nextNode()); ) {
        if (node.nodeName === "BR") at += 1;
        if (node.nodeType !== Node.TEXT_NODE) continue;
        const points = [...node.data], units = count => points.slice(0, count).join("").length;
        if (!begun && start < at + points.length) { range.setStart(node, units(start - at)); begun = true; }
        if (begun && end <= at + points.length) { range.setEnd(node, units(end - at)); return range; }
        at += points.length;
    }
}"""
BOX = "range => { const box = range.getBoundingClientRect(); return [box.left, box.top, box.right, box.bottom]; }"

SELECTED = ".annotate-labels .lsf-label_selected [title]"
READY = "() => window.Htx?.annotationStore?.selected?.names?.get('text')?.isReady"

# Emoji and joined emoji before the target; a proclitic left out; vowels; no-break and double spaces; mixed directions.
MIXED = "\n".join(
    (
        "عاجل 🚀 وفيلمورا ترسل وفدًا للدول المجاورة 👨‍👩‍👧‍👦 وكارسينيا ترحّب",
        "",
        "وَزَارَ قَصْوَانُ دُولْفَارَ 🚀 أَمْسِ",
        "قال\u00a0دالمات\u00a0إن  الاتفاق  مهم",
        "نقلت Northline Wire 📰 عن هالة قولها NATO-7 وسكتت",
        "On Monday 🚀 تسرين said the Velmora talks failed",
    )
)
TARGETS = {
    "فيلمورا": ("g", "mentions", "GOV"),
    "ترسل": ("Shift+T", "events", "TRANSFER"),
    "لدول": ("k", "mentions", "GROUP"),
    "كارسينيا": ("g", "mentions", "GOV"),
    "زَارَ": ("Shift+C", "events", "CONSULT"),
    "قَصْوَانُ": ("p", "mentions", "PER"),
    "أَمْسِ": ("t", "mentions", "TIME"),
    "دالمات": ("p", "mentions", "PER"),
    "الاتفاق": ("y", "mentions", "AGREEMENT"),
    "Northline Wire": ("e", "mentions", "MEDIA"),
    "NATO-7": ("l", "mentions", "ALLIANCE"),
    "تسرين": ("g", "mentions", "GOV"),
    "Velmora": ("g", "mentions", "GOV"),
    "failed": ("n", "stances", "neutral"),
}


class Work(NamedTuple):
    """A workspace whose articles are on the server: the project, and each article's task."""

    workspace: Workspace
    project: int
    tasks: dict[str, int]


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def logged_in(browser: Browser, server: Server) -> StorageState:
    """The administrator, logged in through the form."""
    page = browser.new_page(base_url=server.url)
    page.goto("/user/login/")
    fill_in(page, server.email, server.password)
    state = page.context.storage_state()
    page.context.close()
    return state


@pytest.fixture
def page(browser: Browser, server: Server, logged_in: StorageState) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, storage_state=logged_in, viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


@pytest.fixture
def put(make_workspace: Callable[..., Workspace], server: Server, client: Client) -> Callable[[dict[str, str]], Work]:
    """Pushes articles (id → text) to a project of the test's own."""

    def put_articles(texts: dict[str, str]) -> Work:
        workspace = make_workspace(server=server)
        path = workspace.folder / "articles.jsonl"
        path.write_text("".join(json.dumps({"id": each, "text": text}) + "\n" for each, text in texts.items()), encoding="utf-8")
        assert ingest.run(workspace, [str(path)]).problems == []
        push.run(workspace)
        with Store(workspace.store_path) as store:
            project = find_project(client, store.meta("workspace"))
        assert project is not None
        return Work(workspace, project.number, {task.article: task.number for task in list_tasks(client, project) if task.article})

    return put_articles


def fill_in(page: Page, email: str, password: str) -> None:
    """The form of the log-in or of the sign-up, until its owner is in."""
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(password)
    page.get_by_role("button").first.click()
    page.wait_for_url(lambda address: "/user/" not in address)


def annotate(client: Client, schema: Schema, work: Work, labelling: Labelling) -> None:
    """Submit a labelling through the API."""
    with Store(work.workspace.store_path) as store:
        article = articles_by_id(store)[labelling.article]
    result = write_results(page_of(schema), article, labelling)
    client.post(f"/api/tasks/{work.tasks[labelling.article]}/annotations/", {"result": result})


def pulled(work: Work, schema: Schema) -> Labelling:
    """The project's one annotation, pulled; all of it fits."""
    assert pull.run(work.workspace).problems == []
    with Store(work.workspace.store_path) as store:
        (labelling,) = stored_labellings(store, schema).labellings
    return labelling


def open_article(page: Page, work: Work, article: str) -> None:
    page.goto(f"/projects/{work.project}/data?task={work.tasks[article]}", wait_until="networkidle")
    wait_for_text(page)


def wait_for_text(page: Page) -> None:
    """The page is made more than once while it loads; it is ready when its annotation's text is."""
    page.wait_for_function(READY)
    expect(page.locator(".lsf-richtext__line").first).to_be_visible()
    expect(button(page, "Submit|Update")).to_be_visible()


def range_of(page: Page, start: int, end: int) -> JSHandle:
    """The stretch of text on the page, scrolled to the middle of the screen."""
    found = page.evaluate_handle(RANGE, [start, end])
    found.evaluate("range => range.startContainer.parentElement.scrollIntoView({block: 'center'})")
    return found


def region_at(page: Page, start: int) -> Locator:
    return page.locator(f'.htx-highlight[data-start="{start}"]')


def mark(page: Page, hotkey: str, start: int, end: int) -> None:
    """Press a label's key and the mouse on the text, let the selection be these code points, and let the mouse go."""
    press(page, hotkey)
    chosen = range_of(page, start, end)
    left, top, right, bottom = chosen.evaluate(BOX)
    page.mouse.move((left + right) / 2, (top + bottom) / 2)
    page.mouse.down()
    chosen.evaluate("range => { getSelection().removeAllRanges(); getSelection().addRange(range); }")
    page.mouse.up()
    expect(region_at(page, start)).to_be_visible()
    expect(page.locator(SELECTED)).to_have_count(0)


def press(page: Page, hotkey: str) -> None:
    page.keyboard.press(hotkey)
    expect(page.locator(SELECTED)).to_have_count(1)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=10)
    page.mouse.up()


def button(page: Page, name: str) -> Locator:
    return page.locator("button", has_text=re.compile(f"^({name})$"))


def submit(page: Page, name: str) -> None:
    """Click Submit (a new annotation) or Update (an old one)."""
    with page.expect_response(lambda answer: "annotations" in answer.url and answer.request.method in ("POST", "PATCH")) as answer:
        button(page, name).click()
    assert answer.value.ok


def choose(page: Page, name: str) -> None:
    page.locator(".annotate-document").get_by_role("checkbox", name=name, exact=True).check()


@pytest.mark.parametrize(
    ("article", "text", "first_is_right"),
    [("arabic", "زارت هالة فيلمورا.\n\nانتهى.", True), ("english", "Hala visited Velmora.\n\nDone.", False)],
)
def test_each_article_of_an_arabic_project_reads_in_its_own_direction(
    page: Page, put: Callable[[dict[str, str]], Work], article: str, text: str, first_is_right: bool
) -> None:
    work = put({"other": "Nothing.", article: text})
    open_article(page, work, article)
    line = text.split("\n")[0]
    column = page.locator(".lsf-htx-richtext").evaluate(
        "column => [column.getBoundingClientRect().left, column.getBoundingClientRect().right]"
    )
    left, _, right, _ = range_of(page, 0, len(line)).evaluate(BOX)
    first, last = range_of(page, 0, 1).evaluate(BOX), range_of(page, len(line) - 1, len(line)).evaluate(BOX)
    assert (first[0] > last[0]) is first_is_right
    assert right == pytest.approx(column[1], abs=1) if first_is_right else left == pytest.approx(column[0], abs=1)
    assert right - left < (column[1] - column[0]) / 2
    expect(page.locator(".annotate-text")).to_have_css("direction", "rtl")


def test_selections_come_back_exact_to_the_code_point(page: Page, put: Callable[[dict[str, str]], Work], schema: Schema) -> None:
    work = put({"mixed": MIXED})
    open_article(page, work, "mixed")
    for target, (hotkey, *_) in TARGETS.items():
        assert MIXED.count(target) == 1
        mark(page, hotkey, MIXED.index(target), MIXED.index(target) + len(target))
    submit(page, "Submit")
    with Store(work.workspace.store_path) as store:
        text = articles_by_id(store)["mixed"].text
    found = {text[each.start : each.end]: (each.start, each.layer, each.type) for each in pulled(work, schema).items}
    assert found == {target: (MIXED.index(target), layer, kind) for target, (_, layer, kind) in TARGETS.items()}


def test_a_dragged_region_and_its_dragged_edge(page: Page, put: Callable[[dict[str, str]], Work], schema: Schema) -> None:
    text = "وزارت هالة مردان فيلمورا أمس."
    work = put({"visit": text})
    open_article(page, work, "visit")
    name, whole = text.index("هالة"), text.index(" فيلمورا")
    left, top, right, bottom = range_of(page, name, name + len("هالة")).evaluate(BOX)
    press(page, "p")
    drag(page, (right - 1, (top + bottom) / 2), (left + 1, (top + bottom) / 2))
    region_at(page, name).click()
    end = range_of(page, whole - 1, whole).evaluate(BOX)[0]
    edge = page.locator(".__resize_right").bounding_box()
    assert edge is not None
    middle = edge["y"] + edge["height"] / 2
    drag(page, (edge["x"] + edge["width"] / 2, middle), (end + 1, middle))
    submit(page, "Submit")
    (mention,) = pulled(work, schema).mentions
    assert text[mention.start : mention.end] == "هالة مردان"


def test_what_is_not_the_article_is_marked_and_locked_and_the_text_stays_whole(
    page: Page, put: Callable[[dict[str, str]], Work], schema: Schema
) -> None:
    menu, footer = "الرئيسية | سياسة | اقتصاد\nشارك على فيسبوك", "جميع الحقوق محفوظة © 2025"
    body = "أرسلت فيلمورا يوم الثلاثاء وفدًا إلى ميناء صدرا للتفاوض مع السلطات هناك، وقالت إن المحادثات ستستمر أسبوعًا كاملًا."
    text = "\n".join((menu, body, footer))
    work = put({"menu": text})
    open_article(page, work, "menu")
    for start in (0, text.index(footer)):
        expect(region_at(page, start).first).to_be_visible()
    # A label's key on a marked region changes nothing, and inside one a span can still be made.
    region_at(page, 0).first.click()
    page.keyboard.press("g")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    for word, key in (("فيلمورا", "g"), ("فيسبوك", "e")):
        mark(page, key, text.index(word), text.index(word) + len(word))
    submit(page, "Submit")
    found = [(text[each.start : each.end], each.type) for each in pulled(work, schema).items]
    assert sorted(found) == sorted([("فيلمورا", "GOV"), ("فيسبوك", "MEDIA")])


def test_saving_an_opened_annotation_keeps_all_of_it(
    page: Page, put: Callable[[dict[str, str]], Work], client: Client, schema: Schema
) -> None:
    articles = {each["id"]: each["text"] for each in map(json.loads, ARTICLES.read_text("utf-8").splitlines())}
    gold = next(each for each in labellings("gold") if each.article == "ar-01")
    mentions = (structs.replace(gold.mentions[0], entity="دالمات", unsure=True), *gold.mentions[1:])
    before = structs.replace(gold, mentions=mentions, note="نُقّح مرة")
    work = put({"ar-01": articles["ar-01"]})
    annotate(client, schema, work, before)
    open_article(page, work, "ar-01")
    for each in before.items:
        expect(region_at(page, each.start).first).to_be_attached()
    arrows = sum(len(frame.arguments) for frame in before.frames) + len(before.links)
    assert arrows > 50
    expect(page.locator("svg.relations-overlay > g")).to_have_count(arrows)
    choose(page, "تحليل")
    submit(page, "Update")
    after = pulled(work, schema)
    answers = tuple(Answer("document", "genre", "analysis") if each.question == "genre" else each for each in before.answers)
    when = {"submitted": after.submitted, "guidelines": after.guidelines}
    assert sorted_labelling(after) == sorted_labelling(structs.replace(before, annotator=after.annotator, answers=answers, **when))


def sorted_labelling(labelling: Labelling) -> Labelling:
    """The order in which Label Studio keeps things means nothing."""
    frames = [structs.replace(each, arguments=tuple(sorted(each.arguments, key=str))) for each in labelling.frames]
    return structs.replace(
        labelling,
        mentions=tuple(sorted(labelling.mentions, key=str)),
        frames=tuple(sorted(frames, key=str)),
        links=tuple(sorted(labelling.links, key=str)),
        answers=tuple(sorted(labelling.answers, key=str)),
    )


EVENT = ["positive", "negative", "asserted", "planned", "hypothetical", "alleged", "generic", "past", "present", "future"]


@pytest.mark.parametrize(
    ("layer", "kind", "asked"),
    [
        ("events", "CONSULT", [*EVENT, "visit", "phone", "multilateral", "third_party", "meet", "unsure"]),
        ("events", "DIE", [*EVENT, "unsure"]),
        ("stances", "against", ["concern", "verbal", "material", "unsure"]),
        ("mentions", "PER", ["unsure"]),
    ],
)
def test_a_region_is_asked_what_its_type_is_asked(
    page: Page, put: Callable[[dict[str, str]], Work], client: Client, schema: Schema, layer: str, kind: str, asked: list[str]
) -> None:
    work = put({"visit": "زارت هالة فيلمورا."})
    region = Mention("r", layer, kind, 0, 4) if layer == "mentions" else Frame("r", layer, kind, 0, 4)
    fields = {"mentions" if layer == "mentions" else "frames": (region,)}
    annotate(client, schema, work, structs.replace(Labelling("visit", "anyone"), **fields))
    open_article(page, work, "visit")
    questions = page.locator(".annotate-region")
    expect(region_at(page, 0)).to_be_visible()
    expect(questions).to_be_hidden()
    region_at(page, 0).click()
    expect(questions).to_be_in_viewport()
    assert [each.get_attribute("name") for each in questions.get_by_role("checkbox").all()] == asked
    assert questions.get_by_role("textbox").count() == (layer == "mentions")


def test_a_key_of_a_hidden_question_leaves_nothing(
    page: Page, put: Callable[[dict[str, str]], Work], client: Client, schema: Schema
) -> None:
    work = put({"visit": "زارت هالة فيلمورا."})
    before = Labelling("visit", "anyone", mentions=(Mention("r", "mentions", "PER", 6, 10),))
    annotate(client, schema, work, before)
    open_article(page, work, "visit")
    region_at(page, 6).click()
    page.keyboard.press("2")
    page.keyboard.press("Shift+1")
    choose(page, "خبر")
    submit(page, "Update")
    after = pulled(work, schema)
    assert (after.mentions, after.frames, after.answers) == (before.mentions, (), (Answer("document", "genre", "news"),))


def test_every_labels_key_selects_that_label_alone(page: Page, put: Callable[[dict[str, str]], Work], schema: Schema) -> None:
    open_article(page, put({"visit": "زارت هالة فيلمورا."}), "visit")
    selected = page.locator(SELECTED)
    for each in [each for layer in schema.span_layers.values() for each in layer.types]:
        shift, _, key = each.hotkey.rpartition("+")
        stroke = f"Shift+{key.upper()}" if shift else key
        press(page, stroke)
        expect(selected).to_have_attribute("title", each.name)
        page.keyboard.press(stroke)
        expect(selected).to_have_count(0)


@pytest.mark.parametrize(
    ("letter", "key", "shift", "label"), [("ح", "P", False, "PER"), ("}", "C", True, "CONSULT"), ("ش", "A", False, "against")]
)
def test_keys_work_under_an_arabic_keyboard(
    page: Page, put: Callable[[dict[str, str]], Work], letter: str, key: str, shift: bool, label: str
) -> None:
    open_article(page, put({"visit": "زارت هالة فيلمورا."}), "visit")
    keyboard = page.context.new_cdp_session(page)
    stroke = {"key": letter, "code": f"Key{key}", "windowsVirtualKeyCode": ord(key), "modifiers": 8 if shift else 0}
    if shift:
        page.keyboard.down("Shift")
    keyboard.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": letter, **stroke})
    expect(page.locator(SELECTED)).to_have_attribute("title", label)


def test_a_person_signs_up_through_the_invite_link_and_labels(
    browser: Browser, put: Callable[[dict[str, str]], Work], client: Client, server: Server, schema: Schema
) -> None:
    work = put({"visit": "زارت هالة فيلمورا."})
    email = f"hala-{secrets.token_hex(4)}@velmora.example"
    page = browser.new_page(base_url=server.url)
    page.goto(invite_link(client))
    fill_in(page, email, "velmora-annotator-1")
    assert email in emails(client).values()
    page.goto(f"/projects/{work.project}/data")
    page.get_by_role("button", name="Label All Tasks").click()
    expect(page.get_by_text("اعمل وحدك")).to_be_visible()
    page.get_by_role("button", name="Close modal").click()
    wait_for_text(page)
    mark(page, "Shift+C", 0, 4)
    submit(page, "Submit")
    page.context.close()
    labelling = pulled(work, schema)
    assert (labelling.annotator, [each.type for each in labelling.frames]) == (email, ["CONSULT"])
