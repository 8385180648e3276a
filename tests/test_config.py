"""The settings: constants of server.py, then the environment, then the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from wschat.config import SECRETS, SETTINGS, Settings, command_line, option_name, variable_name
from wschat.idle import IdleWhen

from .support.nodes import defaults


def run(*arguments: str, constants: dict[str, Any] | None = None, **environment: str) -> tuple[Result, Settings | None]:
    read: list[Settings] = []
    command = command_line({**defaults(), **(constants or {})}, Path("/somewhere"), read.append)
    result = CliRunner().invoke(command, arguments, env=environment)
    return result, read[0] if read else None


def settings_of(*arguments: str, constants: dict[str, Any] | None = None, **environment: str) -> Settings:
    result, settings = run(*arguments, constants=constants, **environment)
    assert settings is not None, result.output
    return settings


def test_without_a_word_the_constants_of_server_py_count() -> None:
    """The server uses the values in the file."""
    settings = settings_of(constants={"IDLE_TIMEOUT": 7, "PORT": 9000, "IDLE_WHEN": "empty"})
    assert (settings.idle_timeout, settings.port, settings.idle_when) == (7.0, 9000, IdleWhen.EMPTY)


def test_the_environment_comes_before_the_constants_and_the_command_line_before_both() -> None:
    """The most specific source wins, and the settings know which one it was."""
    settings = settings_of()
    assert settings.source("idle_timeout") == "IDLE_TIMEOUT in server.py"
    settings = settings_of(WSCHAT_IDLE_TIMEOUT="20")
    assert (settings.idle_timeout, settings.source("idle_timeout")) == (20.0, "WSCHAT_IDLE_TIMEOUT")
    settings = settings_of("--idle-timeout", "30", WSCHAT_IDLE_TIMEOUT="20")
    assert (settings.idle_timeout, settings.source("idle_timeout")) == (30.0, "--idle-timeout")


def test_server_py_has_what_the_owner_asked_for() -> None:
    """IDLE_TIMEOUT comes first with 300 seconds, the port is 8888, and the host is this machine only."""
    constants = defaults()
    assert next(iter(constants)) == "IDLE_TIMEOUT"
    assert (constants["IDLE_TIMEOUT"], constants["PORT"], constants["HOST"]) == (300, 8888, "localhost")


@pytest.mark.parametrize("name", SETTINGS)
def test_every_option_is_a_constant_and_an_environment_variable(name: str) -> None:
    """Each option has its constant in server.py and its entry in the help."""
    assert name.upper() in defaults()
    assert f"--{option_name(name)}" in run("--help")[0].output


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_shows_nowhere_and_can_be_given_in_a_file(name: str, tmp_path: Path) -> None:
    """Neither the help nor the text of the settings has it, and NAME_file holds it just as well."""
    file = tmp_path / "secret"
    file.write_text("sesame\n")
    for settings in (
        settings_of(constants={name.upper(): "sesame"}),
        settings_of(f"--{option_name(name)}-file", str(file)),
    ):
        assert getattr(settings, name) == "sesame"
        assert "sesame" not in repr(settings)
    assert "sesame" not in run("--help", constants={name.upper(): "sesame"})[0].output


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize(
    ("content", "reason"), [(b"", "no password"), (b"\nx", "no password"), (b"\xff\xfes\0", "UTF-8")]
)
def test_a_file_without_a_secret_ends_the_start(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    """Otherwise the chat would be open to everyone, or Redis would be asked without a password."""
    (tmp_path / "secret").write_bytes(content)
    result, settings = run(f"--{option_name(name)}-file", str(tmp_path / "secret"))
    assert settings is None
    assert result.exit_code == 2
    assert reason in result.output


def test_every_constant_is_an_option() -> None:
    """No constant of server.py is without effect."""
    assert set(defaults()) == {name.upper() for name in SETTINGS}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "65536"),
        ("--port", "many"),
        ("--idle-timeout", "-1"),
        ("--idle-timeout", "soon"),
        ("--idle-when", "never"),
        ("--history-kept", "10"),
        ("--lang", "tlh"),
        ("--log-format", "xml"),
        ("--log-level", "loud"),
    ],
)
def test_a_wrong_value_is_refused_wherever_it_stands(option: str, value: str) -> None:
    """The exit code is 2, and the error names the option and the value."""
    variable: dict[str, Any] = {variable_name(option[2:].replace("-", "_")): value}
    for result, settings in (run(option, value), run(**variable)):
        assert settings is None
        assert result.exit_code == 2
        assert option in result.output
        assert value in result.output


def test_an_option_that_does_not_exist_is_refused() -> None:
    """The exit code is 2."""
    result, settings = run("--prot", "1")
    assert (result.exit_code, settings) == (2, None)
    assert "--prot" in result.output


def test_a_constant_that_is_wrong_is_refused_too() -> None:
    """A typing error in server.py doesn't start a server with other settings."""
    assert run(constants={"IDLE_WHEN": "sometimes"})[0].exit_code == 2


def test_the_data_folder_is_a_path_wherever_it_comes_from() -> None:
    """The constant may be a Path or a string."""
    assert settings_of(constants={"DATA": "/tmp/x"}).data == Path("/tmp/x")
    assert settings_of("--data", "rel").data == Path("rel")
