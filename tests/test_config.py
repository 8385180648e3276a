"""The settings: constants of server.py, then the environment, then the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from wschat.app.part_settings import access_of
from wschat.config import SECRETS, SETTINGS, Settings, command_line, option_name, variable_name
from wschat.errors import StartError
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


def test_every_constant_is_an_option() -> None:
    """No constant of server.py is without effect."""
    assert set(defaults()) == {name.upper() for name in SETTINGS}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--port", "65536"),
        ("--port", "many"),
        ("--base-path", "chat"),
        ("--base-path", "/a//b"),
        ("--base-path", "/чат"),
        ("--base-path", "/a/../b"),
        ("--idle-timeout", "-1"),
        ("--idle-timeout", "soon"),
        ("--idle-when", "never"),
        ("--history-kept", "10"),
        ("--lang", "tlh"),
        ("--log-format", "xml"),
        ("--log-level", "loud"),
        ("--idle-timeout", "5 minutes"),
        ("--idle-timeout", "nan"),
        ("--post-rate", "inf"),
        ("--workers", "0"),
        ("--workers", "many"),
        ("--origin", "example.org"),
        ("--origin", "https://example.org/path"),
        ("--origin", "https://"),
        ("--trusted-proxy", "localhost"),
        ("--trusted-proxy", "10.0.0.0/64"),
        ("--frame-ancestors", "'self'; script-src *"),
        ("--frame-ancestors", "https://чат.example"),
        ("--origin", "https://чат.example"),
        ("--origin", "https://*.example.org"),
        ("--origin", "https://example.org:99999"),
        ("--origin", "https://example.org:https"),
        ("--origin", "https://[::1"),
        ("--frame-ancestors", "self"),
        ("--frame-ancestors", "https://example.org None"),
        ("--history-days", "1e+300"),
        ("--post-rate", "1e-300"),
        ("--socket-rate", "2000000"),
        ("--data", "~no-such-user/chat"),
        ("--tls-cert", "~no-such-user/a.pem"),
        ("--password-file", "~no-such-user/password"),
    ],
)
def test_a_wrong_value_is_refused_wherever_it_stands(option: str, value: str) -> None:
    """The exit code is 2, and the error names the place and the value, and no other place."""
    variable = variable_name(option[2:].replace("-", "_"))
    constant = variable.removeprefix("WSCHAT_")
    environment: dict[str, Any] = {variable: value}
    places = {
        option: run(option, value),
        variable: run(**environment),
        f"{constant} in server.py": run(constants={constant: value}),
    }
    for place, (result, settings) in places.items():
        assert settings is None
        assert result.exit_code == 2
        assert value in result.output.replace("\\", "")
        assert [other for other in places if f" {other}:" in result.output] == [place]


@pytest.mark.parametrize(
    ("constants", "expected"),
    [
        ({"IDLE_TIMEOUT": "5 minutes"}, "IDLE_TIMEOUT in server.py: '5 minutes' is not a valid number"),
        ({"IDLE_TIMEOUT": True}, "IDLE_TIMEOUT in server.py"),
        ({"IDLE_TIMEOUT": None}, "IDLE_TIMEOUT in server.py"),
        ({"PORT": None}, "PORT in server.py"),
        ({"PORT": 8888.5}, "PORT in server.py: 8888.5 is not a valid integer"),
        ({"HOST": ""}, "HOST in server.py: expected localhost"),
        ({"HOST": None}, "HOST in server.py: expected localhost"),
        ({"HOST": " "}, "HOST in server.py: expected localhost"),
        ({"IDLE_TIMEOUT": 10**400}, "IDLE_TIMEOUT in server.py: "),
        ({"DATA": ""}, "DATA in server.py: expected the path of a folder"),
        ({"DATA": None}, "DATA in server.py: expected the path of a folder"),
        ({"LANG": None}, "LANG in server.py"),
        ({"REDIS": None}, "REDIS in server.py: expected auto, embedded, or a URL"),
        ({"REDIS": "localhost:6379"}, "REDIS in server.py: expected auto, embedded, or a URL"),
        ({"IDLE_TIMEOUT": [300]}, "IDLE_TIMEOUT in server.py: expected a number"),
        ({"PORT": b"8888"}, "PORT in server.py: expected a number"),
        ({"HOST": 0}, "HOST in server.py: expected text in quotes"),
        ({"DATA": 5}, "DATA in server.py: expected text in quotes"),
        ({"TLS_CERT": 5}, "TLS_CERT in server.py: expected text in quotes"),
        ({"ORIGIN": 5}, "ORIGIN in server.py: expected text in quotes"),
        ({"TRUSTED_PROXY": [10]}, "TRUSTED_PROXY in server.py: expected text in quotes"),
        ({"PASSWORD": False}, "PASSWORD in server.py: expected text in quotes"),
        ({"LOG_LEVEL": 5}, "LOG_LEVEL in server.py: expected text in quotes"),
    ],
)
def test_a_constant_with_a_value_that_cannot_be_is_refused(constants: dict[str, Any], expected: str) -> None:
    """The error names the constant. An empty host would be the whole network."""
    result, settings = run(constants=constants)
    assert (result.exit_code, settings) == (2, None)
    assert expected in result.output
    assert "--" not in result.output.partition("Error:")[2]


@pytest.mark.parametrize("name", ["password", "redis_password", "redis_user", "jwt_audience", "reserved_names", "host"])
def test_text_that_isnt_utf_8_is_refused(name: str) -> None:
    """Nobody could ever send such a password; a folder may have such a name."""
    variable = variable_name(name)
    result, settings = run(**{variable: b"a\xff".decode(errors="surrogateescape")})  # type: ignore[arg-type]
    assert (result.exit_code, settings) == (2, None)
    assert f"{variable}: expected text in UTF-8" in result.output
    folder = b"/a\xff".decode(errors="surrogateescape")
    assert settings_of(WSCHAT_DATA=folder).data == Path(folder)


def test_an_empty_host_is_refused_on_the_command_line_too() -> None:
    """In the environment an empty variable is none, as for every setting."""
    assert "--host: expected localhost" in run("--host", "")[0].output
    assert settings_of(WSCHAT_HOST="").host == ("localhost",)
    assert settings_of("--host", "[::1]").host == ("::1",)


def test_there_may_be_several_addresses_and_unix_sockets() -> None:
    """With commas between, as in every list; a constant may be a tuple, and the path begins at the root."""
    several = ("::1", "10.0.0.7", "unix:/run/chat.sock")
    assert settings_of("--host", "[::1], 10.0.0.7,unix:/run/chat.sock,").host == several
    assert settings_of(constants={"HOST": several}).host == several
    assert "'unix:chat.sock': expected a path from the root" in run("--host", "unix:chat.sock")[0].output


@pytest.mark.parametrize("name", ["PASSWORD", "PASSWORD_FILE", "ORIGIN", "TRUSTED_PROXY", "TLS_CERT", "REDIS_USER"])
def test_none_is_nothing_where_nothing_may_be(name: str) -> None:
    """As an empty string."""
    assert not getattr(settings_of(constants={name: None}), name.lower())


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "localhost:6379",
        "nonsense",
        " ",
        "redis://h/kitchen",
        "redis://h:port",
        "redis://[::1",
        "unix://",
    ],
)
def test_what_names_no_redis_is_refused(url: str) -> None:
    """The error says what is expected, without the URL: there may be a password in it."""
    result, settings = run("--redis", url.replace("://", "://:secret@"))
    assert (result.exit_code, settings) == (2, None)
    assert "--redis: expected auto" in result.output or "--redis: invalid URL; expected redis://" in result.output
    assert "secret" not in result.output


@pytest.mark.parametrize(
    "url", ["redis://h", "redis://h:1/", "redis://u:p@h:1/15?x=y", "rediss://[::1]:1", "unix:///a b"]
)
def test_what_names_a_redis_is_taken(url: str) -> None:
    """Whether it is there is another question."""
    assert settings_of("--redis", url).redis == url


def test_choices_may_be_in_any_case() -> None:
    """`LOG_LEVEL=INFO` is what people write."""
    settings = settings_of(
        "--lang",
        "RU",
        "--workers",
        "AUTO",
        "--redis",
        "Embedded",
        WSCHAT_LOG_LEVEL="INFO",
        WSCHAT_JWT_ALGORITHM="es256",
    )
    assert (settings.lang, settings.redis, settings.log_level) == ("ru", "embedded", "info")
    assert settings.jwt_algorithm == "ES256"
    assert settings.workers >= 1


@pytest.mark.parametrize(
    "origin", ["https://a.example", "http://localhost:3000", "https://a.example/", "null", "*", "app://x"]
)
def test_origins_are_taken(origin: str) -> None:
    """Also those of browsers' extensions and programs."""
    assert settings_of("--origin", f"https://b.example, {origin}").origin == ("https://b.example", origin)


def test_a_home_folder_is_found_where_no_shell_has_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """In an environment file, say."""
    monkeypatch.setenv("HOME", "/anna")
    assert settings_of(WSCHAT_DATA="~/chat").data == Path("/anna/chat")


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
        ({"WSCHAT_PASSWORD_FILE": "/nowhere"}, "WSCHAT_PASSWORD_FILE: could not read /nowhere: No such file"),
        ({"WSCHAT_REDIS_PASSWORD_FILE": "/dev/null"}, "WSCHAT_REDIS_PASSWORD_FILE: /dev/null has no password"),
    ],
)
def test_settings_that_go_together_name_where_they_stand(values: dict[str, Any], expected: str) -> None:
    """The exit code is 2."""
    result, settings = run(**values)
    assert (result.exit_code, settings) == (2, None)
    assert expected in result.output


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
