"""Pictures in a session: the permission to upload, and posts with receipts."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from wschat.access import Receipt, new_ticket, read_ticket, sign_receipt
from wschat.errors import ErrorCode
from wschat.limits import Rate
from wschat.protocol import Picture, Reply, Rules, read_message
from wschat.session import AddressLimits, AddressShare, SessionLimits

from ..support.room import ANN, until
from .conversation import Conversation, Node

KEY = b"key"  # of the node's tokens


@pytest.fixture
async def pictures_node(session_node: Node) -> Node:
    session_node.services.limits = SessionLimits(pictures=4, picture_size=1000)
    return session_node


class Uploader:
    """Somebody in a room, and the pictures that they have uploaded there."""

    def __init__(self, conversation: Conversation, welcome: dict[str, Any]) -> None:
        self.says, self.gets, self.session = conversation.says, conversation.gets, conversation.session
        self.got = conversation.transport.got
        self.id: str = welcome["you"]["id"]
        self.welcome = welcome

    def receipt(self, letter: str, room: str = "chat", epoch: str = "", key: bytes = KEY) -> str:
        picture = Picture(letter * 22, 8, 6)
        return sign_receipt(key, Receipt(room, epoch or self.welcome["epoch"], self.id, picture))

    async def is_refused(self, **answers: str) -> str:
        """The code of the refusal that has this `id` or `ref`."""

        def refusals() -> list[str]:
            return [error["code"] for error in self.got("error") if answers.items() <= error.items()]

        await until(refusals)
        return refusals()[0]


async def joined(node: Node, name: str = "Ann", **hello: Any) -> Uploader:
    conversation = node.connect()
    return Uploader(conversation, await conversation.joins(name, **hello))


def picture(letter: str) -> dict[str, object]:
    return {"id": letter * 22, "width": 8, "height": 6}


# -- permission -------------------------------------------------------------------


async def test_a_ticket_is_for_the_person_in_the_room(pictures_node: Node) -> None:
    """The welcome tells how many pictures a message may have, and how large an upload may be."""
    ann = await joined(pictures_node, room="kitchen")
    assert (ann.welcome["limits"]["pictures"], ann.welcome["limits"]["picture_size"]) == (4, 1000)
    ann.says("upload", ref="u")
    answer = await ann.gets("upload")
    ticket = read_ticket(KEY, answer["ticket"])
    assert ticket is not None
    assert answer["ref"] == "u"
    assert (ticket.room, ticket.epoch, ticket.person) == ("kitchen", ann.welcome["epoch"], ann.id)


async def test_a_server_without_pictures_gives_no_ticket(session_node: Node) -> None:
    """Nor does it take receipts of another one."""
    ann = await joined(session_node)
    assert ann.welcome["limits"]["pictures"] == 0
    ann.says("upload", ref="u")
    assert await ann.is_refused(ref="u") == "not_allowed"
    ann.says("post", id="p", text="x", pictures=[ann.receipt("a")])
    assert await ann.is_refused(id="p") == "picture_invalid"


async def test_who_may_not_post_may_not_upload(pictures_node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Because of a mute, which may end, or because the room is read-only."""
    ann = await joined(pictures_node)
    ann.session.on_muted(60.0)
    ann.says("upload", ref="muted")
    assert await ann.is_refused(ref="muted") == "muted"
    assert 59 < ann.got("error")[0]["retry_after"] <= 60
    ann.session.on_muted(None)
    monkeypatch.setattr(pictures_node.room.rules, "current", Rules(read_only=True))
    ann.says("upload", ref="silent")
    assert await ann.is_refused(ref="silent") == "read_only"


async def test_a_person_has_some_uploads_at_once_and_then_a_few(pictures_node: Node) -> None:
    """Whatever their sessions; others aren't concerned."""
    ann = await joined(pictures_node)
    again = await joined(pictures_node, token=ann.welcome["token"])
    for _ in range(10):
        ann.says("upload")
        again.says("upload")
    assert len(ann.got("upload") + again.got("upload")) == 20
    again.says("upload", ref="u")
    assert await again.is_refused(ref="u") == "rate_limited"
    assert 0 < again.got("error")[0]["retry_after"] <= 3
    bob = await joined(pictures_node, "Bob")
    bob.says("upload")
    assert bob.got("upload")


async def test_an_address_has_a_number_of_uploads(pictures_node: Node) -> None:
    """However many people it has: each upload occupies a processor for a while."""
    share = AddressShare(AddressLimits(Rate(5, 20)))
    people = []
    for number in range(4):
        conversation = pictures_node.connect(share)
        people.append(Uploader(conversation, await conversation.joins(f"Ann {number}")))
        for _ in range(20):
            people[-1].says("upload", ref="u")
    assert await people[3].is_refused(ref="u") == "rate_limited"
    assert [len(person.got("upload")) for person in people[:3]] == [20, 20, 20]


# -- posts ------------------------------------------------------------------------


async def test_a_message_has_the_pictures_of_its_post(pictures_node: Node) -> None:
    """In the order of the receipts; then it needs no text."""
    ann = await joined(pictures_node)
    ann.says("post", id="p", text=" ", pictures=[ann.receipt(letter) for letter in "dbca"])
    message = await ann.gets("message")
    assert (message["text"], message["pictures"]) == ("", [picture(letter) for letter in "dbca"])
    ann.says("post", id="q", text="", pictures=[])
    assert await ann.is_refused(id="q") == "text_empty"
    ann.says("post", id="r", text="x", pictures=[ann.receipt("a")] * 5)
    assert await ann.is_refused(id="r") == "bad_field"


async def test_a_reply_keeps_its_pictures_and_its_place(pictures_node: Node) -> None:
    """Whether the message that it replies to is kept or not; what is posted behind it comes after it."""
    ann = await joined(pictures_node)
    ann.says("post", id="p1", text="x")
    await until(lambda: len(ann.got("message")) == 1)
    for post, of, letter in (("p2", 1, "a"), ("p3", 999, "b")):
        ann.says("post", id=post, text="", reply=of, pictures=[ann.receipt(letter)])
    ann.says("post", id="p4", text="", pictures=[ann.receipt("c")])
    await until(lambda: len(ann.got("message")) == 4)
    _, *messages = ann.got("message")
    assert [message["pictures"] for message in messages] == [[picture(letter)] for letter in "abc"]
    assert ["reply" in message for message in messages] == [True, False, False]


async def test_a_post_keeps_its_pictures_when_redis_drops_its_reply(pictures_node: Node) -> None:
    """The message that it replies to may be lost while the post is on its way."""
    node = pictures_node
    node.post("p1")
    await until(lambda: node.sender.acks)
    lost = Reply(id="lost", seq=1, sender=ANN)
    node.publisher.post("chat", ANN, "p2", "", node.sender, 0.0, lost, (Picture("a" * 22, 8, 6),))
    await until(lambda: node.feed.log.seq == 2)
    message = read_message((await node.room.messages([2]))[0], 2)
    assert message is not None
    assert (message.reply, message.pictures) == (UNSET, (Picture("a" * 22, 8, 6),))


async def test_a_message_without_a_text_is_in_nobodys_way(pictures_node: Node) -> None:
    """A search finds those around it; a newcomer gets it as it is."""
    ann = await joined(pictures_node)
    for post, text, letter in (("p1", "cat", "a"), ("p2", "", "b"), ("p3", "cats", "c")):
        ann.says("post", id=post, text=text, pictures=[ann.receipt(letter)])
    await until(lambda: len(ann.got("message")) == 3)
    ann.says("search", text="cat", ref="s")
    assert [message["seq"] for message in (await ann.gets("found"))["messages"]] == [3, 1]
    bob = await joined(pictures_node, "Bob")
    assert bob.welcome["messages"] == ann.got("message")


@pytest.mark.parametrize("wrong", ["person", "room", "epoch", "key", "ticket", "nonsense"])
async def test_a_receipt_that_is_not_ones_own_is_refused(pictures_node: Node, wrong: str) -> None:
    """Even beside a valid one. It can be attached again, and later posts aren't held up."""
    ann, bob = await joined(pictures_node), await joined(pictures_node, "Bob")
    receipt = {
        "person": bob.receipt("a"),
        "room": ann.receipt("a", room="kitchen"),
        "epoch": ann.receipt("a", epoch="cleared"),
        "key": ann.receipt("a", key=b"other"),
        "ticket": new_ticket(KEY, "chat", ann.welcome["epoch"], ann.id),
        "nonsense": "x",
    }[wrong]
    pictures_node.services.limits = SessionLimits(pictures=4, posts_waiting=2)
    for number in range(3):  # more than may wait for an answer
        ann.says("post", id=f"p{number}", text="x", pictures=[ann.receipt("b"), receipt])
        assert await ann.is_refused(id=f"p{number}") == "picture_invalid"
    ann.says("post", id="q", text="fine")
    assert (await ann.gets("ack"))["id"] == "q"
    assert [message["text"] for message in ann.got("message")] == ["fine"]


async def test_a_picture_is_in_one_message(pictures_node: Node) -> None:
    """It is deleted with that, and would be missing in another. A retry is still acknowledged."""
    ann = await joined(pictures_node)
    ann.says("post", id="p1", text="", pictures=[ann.receipt("a")])
    assert (await ann.gets("ack"))["seq"] == 1
    ann.says("post", id="p2", text="again", pictures=[ann.receipt("b"), ann.receipt("a")])
    assert await ann.is_refused(id="p2") == "picture_invalid"
    ann.says("post", id="p3", text="twice", pictures=[ann.receipt("c"), ann.receipt("c")])
    assert await ann.is_refused(id="p3") == "picture_invalid"
    for post in ("p4", "p5"):  # in one call of Redis
        ann.says("post", id=post, text="", pictures=[ann.receipt("d")])
    assert await ann.is_refused(id="p5") == "picture_invalid"
    ann.says("post", id="p1", text="", pictures=[ann.receipt("a")])
    await until(lambda: [ack["seq"] for ack in ann.got("ack") if ack["id"] == "p1"] == [1, 1])
    ann.says("post", id="p6", text="", pictures=[ann.receipt("b")])
    await until(lambda: ann.got("ack")[-1] == {"type": "ack", "id": "p6", "seq": 3})


async def test_a_retry_with_an_expired_receipt_is_acknowledged(
    pictures_node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The post was stored while it was valid: the same number, and nothing is stored twice. A new post is refused."""
    ann = await joined(pictures_node)
    receipt = ann.receipt("a")
    ann.says("post", id="p", text="", pictures=[receipt])
    await until(lambda: ann.got("ack"))
    monkeypatch.setattr("wschat.access.picture_tokens.RECEIPT_VALID", -1)
    for again in ("p", "p"):
        ann.says("post", id=again, text="", pictures=[receipt])
    await until(lambda: len(ann.got("ack")) == 3)
    assert [ack["seq"] for ack in ann.got("ack")] == [1, 1, 1]
    ann.says("post", id="q", text="", pictures=[receipt], reply=1)
    assert await ann.is_refused(id="q") == ErrorCode.PICTURE_INVALID
    assert len(ann.got("message")) == 1


# -- changes ----------------------------------------------------------------------


async def test_an_edit_keeps_the_pictures_and_may_take_the_text(pictures_node: Node) -> None:
    """A deletion leaves neither. A message without pictures keeps a text."""
    ann = await joined(pictures_node)
    ann.says("post", id="p", text="x", pictures=[ann.receipt("a")])
    ann.says("post", id="q", text="x")
    await until(lambda: len(ann.got("message")) == 2)
    for text in ("y", " ", ""):
        ann.says("edit", seq=1, text=text, ref=f"to {text}")
        await until(lambda: len(ann.got("done")) >= 1)
    await until(lambda: len(ann.got("done")) == 3)
    forms = [event["message"] for event in ann.got("amended")]
    assert [(form["text"], form["pictures"]) for form in forms] == [("y", [picture("a")]), ("", [picture("a")])]
    ann.says("edit", seq=2, text="\u200b", ref="r")
    assert await ann.is_refused(ref="r") == "text_empty"
    ann.says("delete", seq=1, ref="gone")
    await until(lambda: len(ann.got("amended")) == 3)
    assert {"text", "pictures"} & ann.got("amended")[-1]["message"].keys() == set()
