"""A moderator's link, as it comes to the page and goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from .moderation import RULES, enters, moderates, panel
from .steps import Staged, toast


class TestALink:
    """A moderator's link."""

    def test_is_taken_out_of_the_address_and_kept(self, staged: Staged) -> None:
        """Its token goes into `hello`, also after a reload, and only in its room."""
        anna, fake = staged
        for _ in range(2):
            fake.next_welcome(role="moderator")
        anna.page.goto(f"{anna.url}/r/kitchen#mod=t0ken.x-_~1")
        fake.hears("hello", 1)
        assert "#" not in anna.page.url
        anna.page.reload()
        fake.hears("hello", 2)
        anna.page.goto(f"{anna.url}/r/hall")
        hellos = fake.hears("hello", 3)
        assert [hello.get("mod") for hello in hellos] == ["t0ken.x-_~1", "t0ken.x-_~1", None]

    def test_that_is_pasted_into_an_open_page_holds_at_once(self, staged: Staged) -> None:
        """The page connects again with it, and keeps what is being written."""
        anna, fake = staged
        enters(staged)
        anna.writes("Черновик")
        fake.next_welcome(role="moderator", recovered=True, seq=2, rules=RULES)
        anna.page.evaluate("location.hash = '#mod=t0ken'")
        expect(anna.page.locator("[data-tool=moderation]")).to_be_visible()
        assert fake.hears("hello", 2)[1]["mod"] == "t0ken"
        expect(anna.field).to_have_value("Черновик")
        assert "#" not in anna.page.url

    def test_that_is_refused_is_forgotten_with_a_sentence(self, staged: Staged) -> None:
        """The person is in as anybody; the next `hello` has no token."""
        anna, fake = staged
        anna.page.goto(f"{anna.url}/#mod=revoked")
        toast(anna, "Ссылка модератора больше не действует")
        expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0)
        anna.page.reload()
        assert [hello.get("mod") for hello in fake.hears("hello", 2)] == ["revoked", None]

    @pytest.mark.slow
    def test_that_is_refused_before_the_page_is_there_is_told_by_it(self, staged: Staged) -> None:
        """The chat connects first; the code of the page comes after the welcome."""
        anna, fake = staged
        held: list[Route] = []
        anna.page.route("**/page.js", lambda route: held.append(route))
        anna.page.goto(f"{anna.url}/#mod=revoked", wait_until="commit")
        fake.hears("hello", 1)
        anna.page.wait_for_timeout(300)
        held[0].continue_()
        toast(anna, "Ссылка модератора больше не действует")

    @pytest.mark.slow
    def test_that_is_damaged_says_so_at_the_door_of_a_room_with_a_password(self, staged: Staged) -> None:
        """A valid one would need no password."""
        anna, fake = staged
        fake.answers["hello"] = {"type": "error", "code": "password_required", "scope": "room"}
        anna.page.goto(f"{anna.url}/r/kitchen#mod=damaged")
        expect(anna.dialog("join")).to_contain_text("Ссылка модератора недействительна")

    def test_that_is_revoked_meanwhile_takes_the_panel_away(self, staged: Staged) -> None:
        """An open panel closes, and the button goes."""
        anna, fake = staged
        anna.page.add_init_script("localStorage.setItem('wschat.mod.chat', 't0ken')")
        moderates(staged)
        dialog = panel(anna)
        fake.sends({"type": "role", "role": ""})
        expect(dialog).to_have_count(0)
        expect(anna.page.locator("[data-tool=moderation]")).to_have_count(0)
        toast(anna, "Ссылка модератора больше не действует")
        assert anna.page.evaluate("localStorage.getItem('wschat.mod.chat')") is None
