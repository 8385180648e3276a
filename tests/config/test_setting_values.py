"""Valid values of settings, and invalid ones, which are refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wschat.config import variable_name

from ..support.config import run, settings_of


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
        ("--frame-ancestors", "<"),
        ("--frame-ancestors", "'self' https://example.org,https://example.com"),
        ("--frame-ancestors", "'self' http://[::1]:8080"),
        ("--frame-ancestors", "'self' 'none'"),
        ("--frame-ancestors", "'self' 'unsafe-inline'"),
        ("--frame-ancestors", "https://example.*"),
        ("--history-days", "1e+300"),
        ("--post-rate", "1e-300"),
        ("--socket-rate", "2000000"),
        ("--data", "~no-such-user/chat"),
        ("--pictures", "on"),
        ("--pictures", "pictures"),
        ("--pictures", "gs://bucket"),
        ("--pictures", "s3://"),
        ("--pictures", "s3://Bucket/chat"),
        ("--pictures", "s3://bucket/a?b"),
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


def test_a_variable_that_kubernetes_made_is_explained() -> None:
    """It gives pods a variable for the port of each Service, such as WSCHAT_PORT for one that is called wschat."""
    result, settings = run(WSCHAT_PORT="tcp://10.0.0.1:80")
    assert (result.exit_code, settings) == (2, None)
    assert "WSCHAT_PORT: Kubernetes made this variable" in result.output
    assert "enableServiceLinks: false" in " ".join(result.output.split())


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
    "sources",
    [
        "'self' https://site.example",
        "'none'",
        "https: http://*.site.example:*",
        "'SELF' site.example 127.0.0.1:8080 https://a_b.example/path/",
        "*",
    ],
)
def test_sources_of_frames_are_taken(sources: str) -> None:
    """All that a browser takes in `frame-ancestors`."""
    assert settings_of("--frame-ancestors", sources).frame_ancestors == sources


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


@pytest.mark.parametrize("value", ["many", "0", "257", "1.5"])
def test_a_wrong_number_of_workers_says_what_may_be_there(value: str) -> None:
    """Auto, too, which the word integer would hide."""
    assert "expected auto, or a number from 1 to 256." in run("--workers", value)[0].output


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
    ("value", "place"),
    [
        ("AUTO", "auto"),
        ("off", "off"),
        ("/var/lib/wschat/pictures/", "/var/lib/wschat/pictures"),
        ("./pictures", str(Path.cwd() / "pictures")),
        ("~/pictures", str(Path.home() / "pictures")),
        ("s3://bucket", "s3://bucket"),
        ("s3://my.bucket-1/chat/pictures/", "s3://my.bucket-1/chat/pictures"),
    ],
)
def test_pictures_may_be_in_a_folder_or_a_bucket(value: str, place: str) -> None:
    """A path is one from the root from then on."""
    assert settings_of("--pictures", value).pictures == place
