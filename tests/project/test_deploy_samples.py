"""The samples in deploy/: what they name is there, and they agree with each other and with the server."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from wschat.config import SETTINGS, option_name, variable_name
from wschat.web.routes import HEALTH

from ..support.nodes import defaults

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
SAMPLES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".json")
PROXIES = ["nginx.conf", "nginx-path.conf", "Caddyfile", "traefik.yaml"]
SERVICES = ["wschat.service", "on-demand/wschat-on-demand.service"]
VARIABLES = {variable_name(name) for name in SETTINGS}
DRAIN = 10  # s: the most that the server takes to stop (docs/operations.md)


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return int(found[1])


def requests_of_a_visit(text: str) -> int:
    """The number that the docs and samples give; tests/browser/test_first_visit.py counts them."""
    return number(r"a first visit takes (\d+)", " ".join(text.replace("#", "").split()))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_settings_in_samples_exist(path: Path) -> None:
    """Variables and options: a misspelt one would have no effect."""
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"\bWSCHAT_[A-Z_]+", text)) - {"WSCHAT_"} <= VARIABLES
    options = re.findall(r"[Ss]tart(?:ed)? (?:the chat )?with\s+((?:[# ]*--[a-z-]+ [^\s;]+\s*)+)", text)
    named = {name for line in options for name in re.findall(r"--([a-z-]+)", line)}
    assert named <= {option_name(name) for name in SETTINGS}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_files_named_in_samples_exist(path: Path) -> None:
    """Those of the project: other samples, the docs."""
    named = re.findall(r"\b((?:deploy|docs)/[\w./-]+\w)", path.read_text(encoding="utf-8"))
    assert [name for name in named if not list(ROOT.glob(f"{name}*"))] == []


@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_finds_the_chat_where_it_listens(name: str) -> None:
    """At the default port, or at the socket that the sample says to start it with; the path is the same, too."""
    text = text_of(name)
    ports = re.findall(r"(?:127\.0\.0\.1|localhost):(\d+)", text)
    sockets = re.findall(r"unix:/*(/[\w./]+\.sock)", text) + re.findall(r"unix/(/[\w./]+\.sock)", text)
    assert set(ports) <= {str(defaults()["PORT"])}
    assert set(sockets) <= {"/run/wschat/chat.sock"}
    assert ports or sockets
    if "--base-path" in text:
        assert set(re.findall(r"--base-path ([\w/]+)", text)) == {"/chat"}
        assert "/chat/" in text
    if "--host unix:" not in text:
        assert "--trusted-proxy 127.0.0.1" in " ".join(text.replace("#", "").split())


@pytest.mark.parametrize("name", ["nginx.conf", "nginx-path.conf"])
def test_nginx_forwards_what_the_chat_needs_and_strips_nothing(name: str) -> None:
    """The host with its port, the upgrade, the client's address; a slash after the upstream would strip the path."""
    text = text_of(name)
    for line in ("Host $http_host", "Upgrade $http_upgrade", "Connection $connection_", "X-Forwarded-For $"):
        assert f"proxy_set_header {line}" in text
    assert re.search(r"proxy_pass http://wschat\w*;", text)


@pytest.mark.parametrize("name", PROXIES[:2])
def test_nginx_listens_at_addresses_of_both_kinds(name: str) -> None:
    """A host with an IPv6 address would be refused there."""
    listening = re.findall(r"listen (\S+?)( .*)?;", text_of(name))
    assert {(f"[::]:{port}", rest) for port, rest in listening if port.isdigit()} <= set(listening)


def test_nginx_can_use_both_samples() -> None:
    """It refuses two upstreams, maps or zones of one name."""
    named = [
        set(re.findall(r"(?:^upstream |^map \S+ |zone=)([$\w]+)", text_of(name), re.MULTILINE)) for name in PROXIES[:2]
    ]
    assert all(named)
    assert named[0].isdisjoint(named[1])


def test_whoever_may_state_any_address_doesnt_pass_on_what_clients_say() -> None:
    """The chat believes what comes through its socket, so nginx replaces the header there."""
    assert "X-Forwarded-For $remote_addr;" in text_of("nginx-path.conf")


@pytest.mark.parametrize(
    ("name", "connections", "burst", "rate"),
    [
        ("nginx-path.conf", r"limit_conn \w+ (\d+);", r"burst=(\d+)", r"rate=(\d+)r/s"),
        ("traefik.yaml", r"amount: (\d+)", r"burst: (\d+)", r"average: (\d+)"),
    ],
)
def test_a_proxys_limits_are_wider_than_the_chats(name: str, connections: str, burst: str, rate: str) -> None:
    """An address that has all WebSockets that the chat gives it still gets pages, and so do all who come at once."""
    text = text_of(name)
    visit = requests_of_a_visit((ROOT / "docs/operations.md").read_text(encoding="utf-8"))
    assert requests_of_a_visit(text) == visit
    sockets, visits = (int(float(str(defaults()[name]))) for name in ("SOCKETS_PER_ADDRESS", "SOCKET_RATE"))
    assert number(connections, text) == 2 * sockets
    assert number(burst, text) >= visit * sockets
    assert number(rate, text) >= visit * visits


def hardening(name: str) -> list[str]:
    """The lines of a service from the first that denies it something to the last."""
    lines = [line for line in text_of(name).splitlines() if line and not line.startswith("#")]
    return lines[lines.index("NoNewPrivileges=yes") : lines.index("UMask=0077") + 1]


def test_both_services_are_hardened_alike() -> None:
    """A line that one of them lacks would be missed by nobody."""
    assert len(hardening(SERVICES[0])) > 20
    assert hardening(SERVICES[0]) == hardening(SERVICES[1])


def test_the_unix_socket_has_a_folder() -> None:
    """The service makes it."""
    assert "RuntimeDirectory=wschat\n" in text_of("wschat.service")


@pytest.mark.parametrize("name", SERVICES)
def test_root_can_become_the_user_of_a_service(name: str) -> None:
    """The commands do so, and a dynamic user's folder is below /var/lib/private, which only root can enter."""
    text = text_of(name)
    assert "\nUser=wschat\n" in text
    assert "\nDynamicUser=" not in text
    steps = text + text_of(name.replace(".service", ".socket"))
    assert re.search(r"^# +useradd --system .* wschat$", steps, re.MULTILINE)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_opens_the_chat_to_this_machine_only(path: Path) -> None:
    """Everyone who can reach the port can join; the operator says so where the network may."""
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    listening = re.findall(r"^ListenStream=(.*)$", "\n".join(lines), re.MULTILINE)
    published = re.findall(r'^\s+- "([\d.:]*8888)"', "\n".join(lines), re.MULTILINE)
    commands = re.findall(r"--publish (\S+)", text)
    assert all(place.startswith(("127.0.0.1:", "/")) for place in [*listening, *published, *commands])


def test_the_socket_is_enabled_while_the_service_is_stopped() -> None:
    """It is refused otherwise: systemd doesn't listen for a service that already runs."""
    text = text_of("wschat.socket")
    assert text.index("systemctl stop wschat") < text.index("systemctl enable --now wschat.socket")
    assert text.index("enable --now wschat.socket") < text.index("systemctl start wschat")


def test_every_credential_is_loaded_and_used() -> None:
    """The variable of each is a setting that reads a file."""
    text = text_of("wschat-secrets.conf")
    loaded = re.findall(r"LoadCredential=([\w-]+):/etc/wschat/", text)
    used = dict(re.findall(r"(WSCHAT_\w+)=%d/([\w-]+)", text))
    assert sorted(loaded) == sorted(used.values())
    assert used.keys() <= VARIABLES
    assert all(name.endswith(("_FILE", "_CERT", "_KEY")) for name in used)


def test_the_container_has_a_numeric_user_everywhere() -> None:
    """Kubernetes can't see that a name isn't root; its pods run as the user who owns the volume."""
    user = number(r"USER (\d+):\d+\n", text_of("Dockerfile"))
    assert user > 0
    assert f"--owner {user} --group {user}" in text_of("Dockerfile")
    assert "VOLUME /chat/data" in text_of("Dockerfile")
    for key in ("runAsUser", "runAsGroup", "fsGroup"):
        assert number(rf"{key}: (\d+)", text_of("kubernetes/chat.yaml")) == user


def test_everything_waits_for_the_drain() -> None:
    """A supervisor that killed the chat earlier would lose posts that are on their way."""
    kubernetes = text_of("kubernetes/chat.yaml")
    before = number(r'command: \[sleep, "(\d+)"\]', kubernetes)
    assert number(r"terminationGracePeriodSeconds: (\d+)", kubernetes) >= before + DRAIN
    assert number(r"--stop-timeout (\d+)", text_of("Dockerfile")) > DRAIN
    for name in SERVICES:
        assert number(r"TimeoutStopSec=(\d+)", text_of(name)) > DRAIN
    for name in ("compose.yaml", "sentinel.yaml", "cluster.yaml"):
        assert number(r"stop_grace_period: (\d+)s", text_of(name)) > DRAIN


def test_probes_ask_what_is_there() -> None:
    """Liveness never asks Redis, readiness does; the ports have the names that probes and services use."""
    text = text_of("kubernetes/chat.yaml")
    probes = dict(re.findall(r"(\w+)Probe:\n\s+httpGet:\n\s+path: (\S+)\n\s+port: http\n", text))
    assert probes == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert set(probes.values()) <= HEALTH.keys()
    assert number(r"name: http\n\s+containerPort: (\d+)", text) == defaults()["PORT"]
    metrics = number(r"name: metrics\n\s+containerPort: (\d+)", text)
    assert f"WSCHAT_METRICS=0.0.0.0:{metrics}\n" in text_of("kubernetes/kustomization.yaml")


def test_linters_are_run_where_they_are_installed(tmp_path: Path) -> None:
    """On files that there are; one that finds something is a failure, one that is missing is named."""
    for name, code in (("promtool", 0), ("kubeconform", 1)):
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\nfor word; do case $word in *.yaml) cat "$word" >&2 || exit 9;; esac; done\nexit {code}\n'
        )
        program.chmod(0o755)
    done = subprocess.run(
        [ROOT / "tools/lint_deploy.sh"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "fine: promtool check rules monitoring/alerts.yaml" in done.stdout
    assert "alert: WschatDown" in done.stderr
    assert "WRONG: kubeconform -strict kubernetes/chat.yaml" in done.stdout
    assert "kind: PodDisruptionBudget" in done.stderr
    assert "not linted: hadolint isn't installed" in done.stdout


def test_kubernetes_sets_no_variable_of_the_chat() -> None:
    """For a service that is called wschat it makes WSCHAT_PORT=tcp://10.0.0.1:80, unless it is told not to."""
    text = text_of("kubernetes/chat.yaml")
    services = re.findall(r"kind: Service\nmetadata:\n  name: (\S+)", text)
    assert services
    if {f"{name.upper().replace('-', '_')}_PORT" for name in services} & VARIABLES:
        assert re.search(r"^      enableServiceLinks: false$", text, re.MULTILINE)


def test_kubernetes_keeps_several_servers() -> None:
    """On one Redis, of which at most one is taken away at a time; every file is part of the whole."""
    text = text_of("kubernetes/chat.yaml")
    assert number(r"replicas: (\d+)", text) > 1
    assert "kind: PodDisruptionBudget" in text
    assert "maxUnavailable: 1\n" in text
    listed = set(re.findall(r"^  - (\S+\.yaml)$", text_of("kubernetes/kustomization.yaml"), re.MULTILINE))
    assert listed == {path.name for path in KUBERNETES.iterdir()} - {"kustomization.yaml"}
    assert "--appendonly yes --appendfsync everysec --maxmemory-policy noeviction" in text_of("kubernetes/redis.yaml")
