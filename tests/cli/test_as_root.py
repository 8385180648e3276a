"""Root runs `python -m wschat` on the data of a service, whose user may have been taken over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wschat.errors import StartError
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
