"""The window with the messages: how they are grouped, and where the reader is in them."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.support import Server

from .conftest import shoot
from .fake_server import BORIS, ME, message
from .people import GREETING, People, until
from .steps import Staged, a_long_room, has, history_of, talk


def test_messages_of_one_author_are_grouped(staged: Staged) -> None:
    """A new author, a pause of over five minutes and a new day each start a group, and each day has its line."""
    anna, fake = staged
    anna.page.clock.set_fixed_time("2026-11-23T18:00:00Z")

    def at(day: int, time: str) -> dict[str, Any]:
        return {"time": f"2026-11-{day}T{time}:00.000Z"}

    fake.next_welcome(
        seq=5,
        head=5,
        messages=[
            message(1, "Вчера", **at(22, "11:00")),
            message(2, "Раз", **at(23, "11:00")),
            message(3, "Два", **at(23, "11:04")),
            message(4, "Позже", **at(23, "11:10")),
            message(5, "Анна", ME, **at(23, "11:10")),
        ],
    )
    anna.visits()
    expect(anna.page.locator(".author")).to_have_text(["Борис", "Борис", "Борис", "Анна"])
    expect(anna.page.locator("#m3")).to_have_attribute("data-grouped", "")
    expect(anna.page.locator(".divider")).to_have_text(["Вчера", "Сегодня"])
    expect(anna.page.locator("#m2 time")).to_have_text("14:00")


def test_the_unread_begin_at_a_line(staged: Staged) -> None:
    """While the tab is hidden, the title and the icon count unread messages; looking at the tab reads them."""
    anna, fake = staged
    fake.next_welcome(messages=[message(1, "Прочитано")], seq=1, head=1)
    anna.visits()
    anna.sees("Прочитано")
    anna.has_hidden_tab(True)
    fake.sends(message(2, "Раз"), message(3, "Два"), message(4, "Своё", ME))
    expect(anna.page).to_have_title("(2) Чат")
    expect(anna.page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-unread"))
    anna.has_hidden_tab(False)
    expect(anna.page).to_have_title("Чат")
    expect(anna.page.locator(".divider-new + .message")).to_have_attribute("id", "m2")
    expect(anna.page.locator(".divider:not(.divider-new)")).to_have_count(1)
    shoot(anna, "unread-line")


def test_a_visit_goes_on_where_the_last_ended(staged: Staged) -> None:
    """After a reload the line is at the first message that wasn't there before."""
    anna, fake = staged
    fake.next_welcome(messages=[message(1, "Прочитано")], seq=1, head=1)
    anna.visits()
    anna.sees("Прочитано")
    fake.next_welcome(messages=[message(1, "Прочитано"), message(2, "Новое")], seq=2, head=2)
    anna.page.reload()
    expect(anna.page.locator(".divider-new + .message")).to_have_attribute("id", "m2")


def test_the_end_is_kept_in_sight_by_whoever_is_there(staged: Staged) -> None:
    """Within 100 px of the end the list follows it; further up it doesn't move, and a button counts new messages."""
    anna, fake = staged
    a_long_room(fake, 100)
    anna.visits()
    expect(anna.messages).to_have_count(50)
    anna.sees_the_end()
    fake.sends(message(101, "№ 101"))
    anna.sees("№ 101")
    anna.sees_the_end()
    anna.scrolls_to(-400)
    expect(anna.page.locator(".to-end")).to_be_visible()
    before = anna.page.locator("#m80").bounding_box()
    fake.sends(*(message(n, f"№ {n}") for n in range(102, 116)))
    expect(anna.page.locator(".to-end")).to_have_text("14 новых")
    until(anna.page, lambda: anna.page.locator("#m80").bounding_box() == before)
    shoot(anna, "to-end")
    anna.page.locator(".to-end").click()
    expect(anna.page.locator("#new")).to_be_in_viewport()
    anna.page.keyboard.press("Escape")
    anna.sees("№ 115")
    anna.sees_the_end()
    expect(anna.page.locator(".to-end")).to_have_count(0)


def test_older_messages_come_without_moving_the_place(staged: Staged) -> None:
    """Visible messages stay in place while older ones are added above, and about 300 are kept."""
    anna, fake = staged
    a_long_room(fake, 1000)
    anna.visits()
    expect(anna.messages).to_have_count(50)
    fake.answers["history"] = []
    anna.scrolls_to(500)
    held = anna.page.locator("#m970")
    before = held.bounding_box()
    assert before is not None
    fake.sends({**history_of(fake.hears("history", 1)[0]), "ref": fake.commands("history")[0]["ref"]})
    fake.answers["history"] = history_of
    expect(anna.page.locator("#m901")).to_be_attached()
    until(anna.page, lambda: abs(before["y"] - (held.bounding_box() or before)["y"]) <= 1)
    for first in (851, 801, 751, 701, 651, 601, 551):
        anna.scrolls_to(0)
        expect(anna.page.locator(f"#m{first}")).to_be_attached()
    assert anna.messages.count() <= 350
    expect(anna.page.locator("#m1000")).to_have_count(0)
    anna.page.locator(".to-end").click()
    anna.sees("№ 1000")
    anna.sees_the_end()


def test_the_end_is_reached_while_others_write(staged: Staged) -> None:
    """Messages that come while «↓» waits for its answer make another end."""
    anna, fake = staged
    a_long_room(fake, 1000)
    anna.url += "#m500"
    anna.visits()
    expect(anna.page.locator("#m500")).to_be_in_viewport()
    until(anna.page, lambda: len(fake.commands("history")) >= 3)  # what is around it, above and below; and perhaps more
    fake.answers["history"] = []
    anna.page.locator(".to-end").click()
    until(anna.page, lambda: any(each["before"] > 1000 for each in fake.commands("history")))
    command = next(each for each in fake.commands("history") if each["before"] > 1000)
    fake.sends(*(message(n, "строка\n" * 20) for n in (1001, 1002)))

    def tall(command: dict[str, Any]) -> dict[str, Any]:
        answer = history_of(command)
        return answer | {"messages": [{**one, "text": one["text"] + "\nстрока" * 20} for one in answer["messages"]]}

    fake.answers["history"] = tall
    fake.sends({**tall(command), "ref": command["ref"]})
    expect(anna.page.locator("#m1002")).to_be_in_viewport()
    anna.sees_the_end()
    expect(anna.page.locator(".to-end")).to_have_count(0)


def test_a_window_that_is_full_follows_the_newest(staged: Staged) -> None:
    """However many messages arrive, the page has about 300, and the last of them is the newest."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.sends(*(message(n, f"№ {n}") for n in range(1, 701)))
    anna.sees("№ 700")
    assert anna.messages.count() <= 350
    anna.sees_the_end()


def test_a_very_long_message_is_folded(staged: Staged) -> None:
    """«Показать полностью» shows the rest, and long words don't widen the page."""
    anna, fake = staged
    fake.next_welcome(messages=[message(1, "строка\n" * 60), message(2, "д" * 1000)], seq=2, head=2)
    anna.visits()
    text = anna.page.locator("#m1 .text")
    folded = text.bounding_box()
    anna.page.get_by_role("button", name="Показать полностью").click()
    expect(anna.page.get_by_role("button", name="Свернуть")).to_be_visible()
    unfolded = text.bounding_box()
    assert folded is not None
    assert unfolded is not None
    assert folded["height"] < 300 < unfolded["height"]
    assert anna.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert anna.list.evaluate("(list) => list.scrollWidth <= list.clientWidth")


def test_links_code_and_mentions(staged: Staged) -> None:
    """Links reveal nothing to the other site, code keeps its spaces, and a mention of oneself stands out."""
    anna, fake = staged
    text = "см. https://example.com/a?b=1 и `x  = 1`\n```\n  if x:\n```\n@Анна, @Борис"
    fake.next_welcome(messages=[message(1, text), message(2, "Анна и @Анна", ME)], seq=2, head=2)
    anna.visits()
    link = anna.page.locator("#m1 .text a")
    expect(link).to_have_attribute("href", "https://example.com/a?b=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(anna.page.locator("#m1 :not(pre) > code")).to_have_text("x  = 1", use_inner_text=True)
    assert anna.page.locator("#m1 pre").inner_text() == "  if x:"
    expect(anna.page.locator("#m1 .mention-me")).to_have_text("@Анна")
    expect(anna.page.locator("#m1 .mention")).to_have_text("@Борис")
    expect(anna.page.locator("#m1")).to_have_attribute("data-for-me", "")
    expect(anna.page.locator("#m2 .mention")).to_have_text("@Анна")
    expect(anna.page.locator("#m2 .mention-me")).to_have_count(0)


def test_who_comes_and_goes_is_condensed(staged: Staged) -> None:
    """Many people share one line; the person may also choose each or none."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    vera = {"id": "vera", "name": "Вера"}
    fake.sends(
        {"type": "online", "count": 3, "joined": [vera]},
        {"type": "online", "count": 2, "left": [BORIS]},
        {"type": "online", "count": 1, "left": [vera]},
    )
    note = anna.list.locator(".line[data-key^=p]")
    expect(note).to_have_text("⁨Борис⁩ больше не в чате")
    settings = anna.opens("settings")
    settings.locator("select[name=presence]").select_option("show")
    expect(note).to_have_count(3)
    settings.locator("select[name=presence]").select_option("hide")
    expect(note).to_have_count(0)


def test_everyone_sees_one_order(people: People, server: Server) -> None:
    """Two people who write at once see the same order."""
    anna, boris = people.comes("Анна"), people.comes("Борис")
    for i in range(5):
        anna.says(f"а{i}")
        boris.says(f"б{i}")
    expect(anna.messages).to_have_count(10)
    expect(boris.messages).to_have_count(10)
    expect(anna.page.locator(".message[data-status]")).to_have_count(0)
    expect(boris.page.locator(".message[data-status]")).to_have_count(0)
    texts = anna.page.locator(".message .text").all_inner_texts()
    assert texts == boris.page.locator(".message .text").all_inner_texts()


def test_typing_ends_when_nothing_more_is_heard_of_it(timed: Staged) -> None:
    """The server doesn't report the end of typing, so the page stops showing it after six seconds."""
    anna, fake = timed
    anna.visits()
    anna.page.clock.run_for(100)
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.sends({"type": "typing", "people": [BORIS]})
    has(anna.page, "typing.js")
    fake.sends({"type": "typing", "people": [BORIS]})
    anna.page.clock.run_for(3_000)
    expect(anna.page.locator(".typing")).to_have_text("⁨Борис⁩ печатает…")
    anna.page.clock.run_for(4_000)
    expect(anna.page.locator(".typing")).to_be_empty()


def test_what_comes_to_a_tab_opened_in_the_background_is_unread(staged: Staged) -> None:
    """The tab was never visible, so the title counts messages, including those of programs."""
    anna, fake = staged
    anna.page.add_init_script("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    fake.next_welcome(messages=[message(1, "Раньше")], seq=1, head=1)
    anna.visits()
    expect(anna.page.locator("#m1")).to_be_attached()
    outside = {key: value for key, value in message(2, "Из программы").items() if key not in {"seq", "epoch", "id"}}
    fake.sends(message(2, "Раз"), {**outside, "from": {"name": "cron"}, "outside": True})
    expect(anna.page).to_have_title("(2) Чат")
    expect(anna.page.locator("#announcer")).to_have_text("⁨cron⁩: Из программы")
    anna.has_hidden_tab(False)
    expect(anna.page.locator(".divider-new + .message")).to_have_attribute("id", "m2")


def test_typing_is_shown(staged: Staged) -> None:
    """«Борис печатает…» appears until his message arrives or the typing times out."""
    anna, fake = staged
    anna.visits()
    expect(anna.page.get_by_text(GREETING)).to_be_visible()
    fake.sends({"type": "typing", "people": [BORIS]})
    expect(anna.page.locator(".typing")).to_have_text("⁨Борис⁩ печатает…")
    fake.sends(message(1, "Написал"))
    expect(anna.page.locator(".typing")).to_be_empty()


def test_a_cleared_room_goes_on_saying_so(staged: Staged) -> None:
    """Also when the server has been asked what is older, and there is nothing."""
    anna = talk(staged, "раз", "два")
    fake = staged[1]
    fake.sends({"type": "reset", "epoch": "e2", "seq": 100, "messages": [], "cleared": True})
    fake.hears("history", 1)
    expect(anna.page.locator("#list")).to_contain_text("Модератор очистил комнату")
    expect(anna.page.locator("#list")).not_to_contain_text("Здесь ещё ничего не писали")
