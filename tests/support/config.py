"""Settings as a start reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from wschat.config import Settings, command_line

from .nodes import defaults


def run(*arguments: str, constants: dict[str, Any] | None = None, **environment: str) -> tuple[Result, Settings | None]:
    read: list[Settings] = []
    command = command_line({**defaults(), **(constants or {})}, Path("/somewhere"), read.append)
    result = CliRunner().invoke(command, arguments, env=environment)
    return result, read[0] if read else None


def settings_of(*arguments: str, constants: dict[str, Any] | None = None, **environment: str) -> Settings:
    result, settings = run(*arguments, constants=constants, **environment)
    assert settings is not None, result.output
    return settings
