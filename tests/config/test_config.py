"""The settings: constants of server.py, then the environment, then the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wschat.app.part_settings import access_of
from wschat.config import SECRETS, SETTINGS, command_line, option_name
from wschat.errors import StartError
from wschat.idle import IdleWhen

from ..support.config import run, settings_of
from ..support.nodes import defaults


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
        assert settings.warnings == []
        assert "sesame" not in repr(settings)
    assert "sesame" not in run("--help", constants={name.upper(): "sesame"})[0].output


def test_what_is_wrong_with_a_secret_is_said_where_it_stands(tmp_path: Path) -> None:
    """Also where only those who use it see that."""
    file = tmp_path / "key"
    file.write_text("x" * 1025)
    jwt: dict[str, Any] = {"WSCHAT_AUTH": "jwt", "WSCHAT_JWT_AUDIENCE": "chat", "WSCHAT_JWT_ALGORITHM": "ES256"}
    for settings, expected in (
        (settings_of(constants={"PASSWORD": "x" * 1025}), "PASSWORD in server.py: longer than 1024"),
        (settings_of(WSCHAT_PASSWORD_FILE=str(file)), "WSCHAT_PASSWORD_FILE: longer than 1024"),
        (settings_of(WSCHAT_JWT_KEY_FILE=str(file), **jwt), f"WSCHAT_JWT_KEY_FILE: {file} isn't a public P-256 key"),
        (settings_of(WSCHAT_RESERVED_NAMES="\u200b"), "WSCHAT_RESERVED_NAMES: "),
    ):
        with pytest.raises(StartError) as error:
            access_of(settings)
        assert str(error.value).startswith(expected)


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


def test_only_the_password_for_joining_is_read_again(tmp_path: Path) -> None:
    """The file with Redis's may be gone or unreadable by then: that password was used at the start."""
    password, redis_password = tmp_path / "password", tmp_path / "redis"
    for file in (password, redis_password):
        file.write_text("old\n")
    settings = settings_of(WSCHAT_PASSWORD_FILE=str(password), WSCHAT_REDIS_PASSWORD_FILE=str(redis_password))
    password.write_text("new\n")
    redis_password.unlink()
    again = settings.reread()
    assert (again.password, again.redis_password) == ("new", "old")


def test_every_constant_is_an_option() -> None:
    """No constant of server.py is without effect."""
    assert set(defaults()) == {name.upper() for name in SETTINGS}


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("WSCHAT_IDLE_TIMOUT", "WSCHAT_IDLE_TIMEOUT"),
        ("WSCHAT_PROT", "WSCHAT_PORT"),
        ("WSCHAT_port", "WSCHAT_PORT"),
        ("WSCHAT_PASWORD", "WSCHAT_PASSWORD"),
        ("WSCHAT_SOMETHING_ELSE_ALTOGETHER", ""),
    ],
)
def test_a_variable_that_is_no_setting_is_warned_about(variable: str, meant: str) -> None:
    """The warning has the nearest name."""
    environment: dict[str, Any] = {variable: "1"}
    (warning,) = settings_of(**environment).warnings
    assert warning.startswith(f"{variable} is no setting and has no effect")
    assert warning.endswith(f"; did you mean {meant}?" if meant else "no effect")


def test_a_constant_that_is_no_setting_is_warned_about() -> None:
    """The warning has the nearest name."""
    (warning,) = settings_of(constants={"IDLE_TIMEOUTS": 5}).warnings
    assert warning == "IDLE_TIMEOUTS in server.py is no setting and has no effect; did you mean IDLE_TIMEOUT?"
    assert settings_of(WSCHAT_CONTROL_FD="3", WSCHAT_DEV="1", OTHER="x").warnings == []


def test_a_constant_that_is_misspelt_is_no_traceback() -> None:
    """It is missing then, and the error has the nearest one that is there."""
    constants = {"IDLE_TIMEUOT" if name == "IDLE_TIMEOUT" else name: value for name, value in defaults().items()}
    result = CliRunner().invoke(command_line(constants, Path("/somewhere"), lambda settings: None), [])
    assert result.exit_code == 2
    assert "IDLE_TIMEOUT is missing in server.py; did you mean IDLE_TIMEUOT?" in result.output


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"WSCHAT_TLS_CERT": "c.pem"}, "WSCHAT_TLS_CERT is set, but --tls-key isn't"),
        ({"WSCHAT_TLS_KEY": "k.pem"}, "WSCHAT_TLS_KEY is set, but --tls-cert isn't"),
        ({"WSCHAT_AUTH": "jwt"}, "WSCHAT_AUTH is jwt, which requires"),
        (
            {"WSCHAT_JWT_KEY_FILE": "k"},
            "WSCHAT_JWT_KEY_FILE is set, but AUTH in server.py is open, so anyone could join",
        ),
        ({"WSCHAT_JWT_AUDIENCE": "us"}, "WSCHAT_JWT_AUDIENCE is set, but AUTH in server.py is open"),
        ({"WSCHAT_PASSWORD_FILE": "/nowhere"}, "WSCHAT_PASSWORD_FILE: could not read /nowhere: No such file"),
        ({"WSCHAT_REDIS_PASSWORD_FILE": "/dev/null"}, "WSCHAT_REDIS_PASSWORD_FILE: /dev/null has no password"),
    ],
)
def test_settings_that_go_together_name_where_they_stand(values: dict[str, Any], expected: str) -> None:
    """The exit code is 2."""
    result, settings = run(**values)
    assert (result.exit_code, settings) == (2, None)
    assert expected in result.output


def test_whoever_says_open_means_it() -> None:
    """The settings of the site's tokens may stay where they are meanwhile."""
    assert settings_of(WSCHAT_AUTH="open", WSCHAT_JWT_KEY_FILE="site.key", WSCHAT_JWT_AUDIENCE="us").auth == "open"


def test_a_password_keeps_strangers_out_without_the_site() -> None:
    """A key that is left from before then opens nothing."""
    assert settings_of(WSCHAT_PASSWORD="secret", WSCHAT_JWT_KEY_FILE="site.key").auth == "open"


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
