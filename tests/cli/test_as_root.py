"""Root runs `python -m wschat` on the data of a service, whose user may have been taken over."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from wschat.errors import StartError
from wschat.redis_link import find_redis
from wschat.redis_link.folder import act_as_owner

from ..support.owner import NOBODY, needs_another_user, nobodys_data
from ..support.program import wschat
from ..support.redis import needs_embedded


@needs_embedded
@needs_another_user
def test_a_folder_that_root_makes_is_the_owners() -> None:
    """Restored before the first start; the service couldn't use a folder of root's."""
    with nobodys_data() as folder:
        (folder / "redis").rmdir()
        done = wschat("--data", str(folder), "say", "chat", "hello")
        assert done.code == 0, done.errors
        assert (folder / "redis").stat().st_uid == NOBODY


@needs_embedded
@needs_another_user
def test_no_link_of_the_owners_leads_root_to_its_own_files(tmp_path: Path) -> None:
    """Root would take the rights to them from everyone, and run Redis there as itself."""
    target = tmp_path / "etc"
    target.mkdir()
    target.chmod(0o755)
    with nobodys_data() as folder:
        (folder / "redis").rename(folder / "mine")
        (folder / "redis").symlink_to(target)
        os.lchown(folder / "redis", NOBODY, NOBODY)
        done = wschat("--data", str(folder), "say", "chat", "hello")
        assert done.code == 2, done.errors
        (folder / "redis").unlink()
        (folder / "mine").rename(folder / "redis")
    assert target.stat().st_mode & 0o777 == 0o755
    assert not list(target.iterdir())


@needs_another_user
def test_root_that_may_not_become_somebody_else_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container without that capability."""

    def refuse(groups: list[int]) -> None:
        raise PermissionError(1, "Operation not permitted")

    os.chown(tmp_path, NOBODY, NOBODY)
    monkeypatch.setattr(os, "setgroups", refuse)
    with pytest.raises(StartError, match="Could not become the user nobody, .*: Operation not permitted"):
        act_as_owner(tmp_path)


def test_only_the_embedded_redis_is_used_as_its_owner(tmp_path: Path, redis_server: str) -> None:
    """Root may reach another one by rights that the owner of the data folder lacks, such as a socket's group."""
    became: list[Path] = []
    find_redis(redis_server, tmp_path, before_embedded=became.append).release()
    assert not became
    with pytest.raises(StartError, match="There is no chat"):
        find_redis("embedded", tmp_path, create=False, before_embedded=became.append)
    assert became == [tmp_path]


# -- whom root becomes ---------------------------------------------------------------------------

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
GROUP = 12345


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The group and the user that this process would have become."""
    ids: list[int] = []
    monkeypatch.setattr(os, "setgroups", lambda _: None)
    monkeypatch.setattr(os, "setgid", ids.append)
    monkeypatch.setattr(os, "setuid", ids.append)
    return ids


def given_away(folder: Path) -> Path:
    """The folder, made and given to nobody, with another group than nobody's own."""
    folder.mkdir()
    os.chown(folder, NOBODY, GROUP)
    return folder


def link_to(target: Path, link: Path) -> Path:
    """A link of nobody's."""
    link.symlink_to(target)
    os.lchown(link, NOBODY, GROUP)
    return link


@needs_root
@pytest.mark.parametrize("depth", ["", "below"], ids=["data", "a folder above it"])
@pytest.mark.parametrize("there", [True, False], ids=["there", "missing"])
def test_root_follows_no_link_of_somebody_elses_to_the_data(
    tmp_path: Path, became: list[int], depth: str, there: bool
) -> None:
    """The service's user may put one in the place of the data folder, if that is in a folder of its own."""
    mine = tmp_path / "mine"
    if there:
        (mine / depth / "redis").mkdir(parents=True)
    act_as_owner(link_to(mine, given_away(tmp_path / "service") / "data") / depth)
    assert became[1:] == [NOBODY]


@needs_root
def test_a_data_folder_that_root_makes_is_the_owners_of_the_folder_around_it(tmp_path: Path, became: list[int]) -> None:
    """Restored before the first start; the service couldn't use a folder of root's."""
    act_as_owner(given_away(tmp_path / "service") / "wschat" / "data")
    assert became[1:] == [NOBODY]


@needs_root
def test_roots_own_data_is_roots_wherever_it_is(tmp_path: Path, became: list[int]) -> None:
    """A chat that root runs in somebody's checkout: as its owner, nobody could read its files."""
    data = given_away(tmp_path / "checkout") / "data"
    (data / "redis").mkdir(parents=True)
    act_as_owner(data)
    assert not became


@needs_root
def test_root_takes_the_group_of_the_user_not_of_the_folder(tmp_path: Path, became: list[int]) -> None:
    """After a chown without a group it is still root's."""
    act_as_owner(given_away(tmp_path / "data"))
    assert became == [pwd.getpwuid(NOBODY).pw_gid, NOBODY]
