"""The samples in deploy/: they can be read by the programs that they are for, and what they name really exists."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from holdfast.docs import command_line
from holdfast.entrypoints.cli.verbs import VERBS, Verb
from holdfast.entrypoints.http.routes import ROUTES
from holdfast.entrypoints.http.routes.commands import MAX_BULK_BODY
from holdfast.errors import Corrupt, Malformed, NotFound
from holdfast.settings import NAMES, PREFIX, ServerSettings
from holdfast.wire import settings_file

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PATHS = {route.path for route in ROUTES}


def text(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def settings() -> ServerSettings:
    return settings_file.read(("holdfast.toml", text("holdfast.toml").encode()), {}).settings


def serve_options() -> set[str]:
    verb = VERBS["serve"]
    assert isinstance(verb, Verb)
    return {option for parameter in command_line.load("serve", verb).params for option in parameter.opts}


def check_command(words: list[str]) -> None:
    """A command line of ours: a verb that there is, options that it takes."""
    assert words[0] == "serve"
    assert {word for word in words if word.startswith("-")} <= serve_options()


def check_variables(given: dict[str, str]) -> ServerSettings:
    """Variables of an environment: ours are settings, and their values fit."""
    ours = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    assert ours
    assert {name.removeprefix(PREFIX).lower() for name in ours} <= set(NAMES)
    return settings_file.read(None, ours).settings


def test_the_page_names_every_file() -> None:
    links = re.findall(r"\]\(([^)]+)\)", text("README.md"))
    assert all((DEPLOY / link).exists() for link in links)
    named = {link for link in links if "/" not in link}
    there = {path.name for path in DEPLOY.iterdir() if path.is_file()}
    assert named == there - {"README.md", "Dockerfile.dockerignore"}


def test_settings__fit_and_change_what_they_state() -> None:
    document = tomllib.loads(text("holdfast.toml"))
    given = settings()
    assert all(getattr(given, name) != getattr(ServerSettings(), name) for name in document if name not in (
        "host", "port", "drain_seconds"
    ))  # fmt: skip
    assert given.origin.startswith("https://")


# --- systemd ----------------------------------------------------------------------------------------------------------


def unit() -> dict[str, list[str]]:
    """The directives of the unit, `Section.Key` -> values in their order."""
    found: dict[str, list[str]] = {}
    section = ""
    for number, line in enumerate(text("holdfast.service").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
            continue
        key, equals, value = line.partition("=")
        assert equals and section and re.fullmatch(r"\w+", key), f"line {number}: {line}"
        found.setdefault(f"{section}.{key}", []).append(value)
    return found


def test_unit__starts_what_there_is() -> None:
    (start,) = unit()["Service.ExecStart"]
    program, *words = shlex.split(start)
    assert program.endswith("/bin/holdfast")
    check_command(words)
    assert words[words.index("--config") + 1] in unit()["Service.BindReadOnlyPaths"]


def test_unit__hands_the_secret_over_as_a_credential() -> None:
    variables = dict(value.split("=", 1) for value in unit()["Service.Environment"])
    check_variables(variables)
    (name, _, source) = unit()["Service.LoadCredential"][0].partition(":")
    assert variables["HOLDFAST_SECRET_FILE"] == f"%d/{name}"
    assert source.startswith("/")


def test_unit__writes_nowhere_but_where_the_desk_lies() -> None:
    directives = unit()
    (state,) = directives["Service.StateDirectory"]
    assert settings().db.startswith(f"/var/lib/{state}/")
    assert directives["Service.WorkingDirectory"] == [f"/var/lib/{state}"]
    assert "Service.ReadWritePaths" not in directives
    for key, value in {
        "DynamicUser": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "NoNewPrivileges": "yes",
        "PrivateTmp": "yes", "PrivateDevices": "yes", "CapabilityBoundingSet": "", "UMask": "0077",
        "StateDirectoryMode": "0700", "MemoryDenyWriteExecute": "yes", "Restart": "on-failure",
    }.items():  # fmt: skip
        assert directives[f"Service.{key}"] == [value], key


def test_unit__waits_for_the_requests_and_restarts_what_may_pass() -> None:
    directives, given = unit(), settings()
    assert int(directives["Service.TimeoutStopSec"][0]) > given.leave_seconds + given.drain_seconds
    assert directives["Service.KillSignal"] == ["SIGTERM"]
    lasting = {int(code) for code in directives["Service.RestartPreventExitStatus"][0].split()}
    assert lasting == {Malformed.exit_code, NotFound.exit_code, Corrupt.exit_code}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_unit__systemd_reads_it(tmp_path: Path) -> None:
    program = unit()["Service.ExecStart"][0].split()[0]
    path = tmp_path / "holdfast.service"
    path.write_text(text("holdfast.service").replace(program, "/bin/true"))
    ran = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", path], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


# --- nginx ------------------------------------------------------------------------------------------------------------


class Directive(NamedTuple):
    """A directive of a proxy with what stands in its braces."""

    words: tuple[str, ...]
    inside: tuple[Directive, ...] = ()

    def all(self) -> Iterator[Directive]:
        yield self
        for one in self.inside:
            yield from one.all()

    def get(self, *begin: str) -> Directive:
        (found,) = [one for one in self.inside if one.words[: len(begin)] == begin]
        return found

    def value(self, name: str) -> str:
        return " ".join(self.get(name).words[1:])


def nginx() -> Directive:
    """The configuration by nginx's grammar: words and a semicolon, or words and braces."""
    found = re.findall(r'#[^\n]*|"[^"]*"|[^\s;{}"#]+|[;{}]', text("nginx.conf"))
    parts = [part.strip('"') for part in found if not part.startswith("#")]
    at = 0

    def block() -> tuple[Directive, ...]:
        nonlocal at
        found: list[Directive] = []
        words: list[str] = []
        while at < len(parts) and parts[at] != "}":
            part, at = parts[at], at + 1
            if part == ";":
                found.append(Directive(tuple(words)))
                words = []
            elif part == "{":
                found.append(Directive(tuple(words), block()))
                assert parts[at] == "}", "braces"
                at, words = at + 1, []
            else:
                words.append(part)
        assert not words, f"a semicolon is missing after {words}"
        return tuple(found)

    whole = Directive((), block())
    assert at == len(parts), "braces"
    return whole


def nginx_site() -> Directive:
    (site,) = [
        one for one in nginx().inside
        if one.words == ("server",) and any(inner.words[:2] == ("listen", "443") for inner in one.inside)
    ]  # fmt: skip
    return site


def test_nginx__sends_to_where_the_server_listens() -> None:
    given = settings()
    upstream = nginx().get("upstream", "holdfast")
    assert upstream.get("server").words[1] == f"{given.host}:{given.port}"
    assert {one.words[1] for one in nginx().all() if one.words[:1] == ("proxy_pass",)} == {"http://holdfast"}
    assert given.origin == f"https://{nginx_site().value('server_name')}"


def test_nginx__sets_the_address_and_appends_nothing() -> None:
    assert "$proxy_add_x_forwarded_for" not in text("nginx.conf").replace("#", "")
    assert nginx_site().get("proxy_set_header", "X-Forwarded-For").words[2] == "$remote_addr"
    inner = [one for location in nginx_site().inside if location.words[0] == "location" for one in location.inside]
    assert not [one for one in inner if one.words[0] == "proxy_set_header"], "one would throw the outer ones away"
    assert "127.0.0.1" in settings().trusted_proxies


def test_nginx__knows_paths_that_there_are() -> None:
    locations = [one.words[1:] for one in nginx_site().inside if one.words[0] == "location"]
    for *how, path in locations:
        if how == ["="]:
            assert path in PATHS, path
        else:
            assert any(known.startswith(path) for known in PATHS), path
    assert nginx_site().get("location", "=", "/metrics").inside == (Directive(("return", "404")),)


def test_nginx__streams_are_not_held_back__and_bodies_have_a_limit() -> None:
    events = nginx_site().get("location", "=", "/v1/events")
    assert events.value("proxy_buffering") == "off"
    assert events.value("proxy_read_timeout") == "1h"
    assert nginx_site().value("client_max_body_size") == f"{MAX_BULK_BODY // 2**20}m"
    assert max(route.max_body for route in ROUTES) <= MAX_BULK_BODY


def test_nginx__leaves_headers_to_the_server() -> None:
    assert not [one for one in nginx().all() if one.words[:1] == ("add_header",)]
    assert nginx_site().value("ssl_protocols") == "TLSv1.2 TLSv1.3"


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")
def test_nginx__reads_it(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", key, "-out",
         certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    site = re.sub(r"/etc/ssl/\S+/fullchain\.pem", str(certificate), text("nginx.conf"))
    site = re.sub(r"/etc/ssl/\S+/privkey\.pem", str(key), site)
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {site} }}"
    (tmp_path / "nginx.conf").write_text(whole)
    ran = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


# --- Caddy ------------------------------------------------------------------------------------------------------------


def caddy() -> Directive:
    """The Caddyfile by its grammar: a line is a directive, one that ends with a brace has more inside."""
    stack: list[list[Directive]] = [[]]
    heads: list[tuple[str, ...]] = []
    for line in text("Caddyfile").splitlines():
        words = tuple(line.split("#")[0].split())
        if not words:
            continue
        if words == ("}",):
            inside = stack.pop()
            stack[-1].append(Directive(heads.pop(), tuple(inside)))
        elif words[-1] == "{":
            heads.append(words[:-1])
            stack.append([])
        else:
            stack[-1].append(Directive(words))
    assert len(stack) == 1, "braces"
    return Directive((), tuple(stack[0]))


def test_caddy__sends_to_where_the_server_listens() -> None:
    given = settings()
    site = caddy().get(given.origin.removeprefix("https://"))
    proxy = site.get("reverse_proxy")
    assert proxy.words[1] == f"{given.host}:{given.port}"
    assert proxy.value("health_uri") in PATHS
    assert site.get("respond").words[1:] == ("/metrics", "404")
    assert site.get("request_body").value("max_size") == f"{MAX_BULK_BODY // 2**20}MiB"


def test_caddy__sets_the_address__sends_streams_at_once__leaves_headers_to_the_server() -> None:
    proxy = caddy().get(settings().origin.removeprefix("https://")).get("reverse_proxy")
    assert proxy.get("header_up", "X-Forwarded-For").words[2] == "{remote_host}"
    assert proxy.value("flush_interval") == "-1"
    assert not [one for one in caddy().all() if one.words[:1] == ("header",)]


@pytest.mark.skipif(shutil.which("caddy") is None, reason="no Caddy here")
def test_caddy__reads_it() -> None:
    ran = subprocess.run(
        ["caddy", "adapt", "--config", DEPLOY / "Caddyfile", "--adapter", "caddyfile"], capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


# --- containers -------------------------------------------------------------------------------------------------------


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(text("compose.yaml"))
    return document


def dockerfile() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", "", text("Dockerfile"))
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines]


def image_variables() -> dict[str, str]:
    given = [value for word, value in dockerfile() if word == "ENV"][-1]
    return dict(part.split("=", 1) for part in shlex.split(given))


def test_compose__server_is_set_by_variables_that_there_are() -> None:
    server = compose()["services"]["server"]
    check_command(server["command"])
    given = check_variables(server["environment"])
    assert given.origin.startswith("https://")
    assert all(isinstance(value, str) for value in server["environment"].values()), "YAML must not guess"
    host, published, inner = server["ports"][0].split(":")
    assert (host, int(inner)) == ("127.0.0.1", given.port), published
    (network,) = compose()["networks"]["inside"]["ipam"]["config"]
    assert given.trusted_proxies == (network["gateway"],)


def test_compose__secrets_are_files_and_nothing_else() -> None:
    document = compose()
    for service in document["services"].values():
        assert set(service["secrets"]) <= set(document["secrets"])
        paths = [value for value in service["environment"].values() if value.startswith("/run/secrets/")]
        assert {path.removeprefix("/run/secrets/") for path in paths} == set(service["secrets"])
        assert not [name for name in service["environment"] if name.endswith("PASSWORD")]
        assert not settings_file.holds_password(service["environment"].get("HOLDFAST_DB", ""))
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {f"/deploy/{Path(one['file']).parent}/" for one in document["secrets"].values()} <= set(ignored)


def test_compose__server_is_ready_when_it_says_so__and_may_end_in_order() -> None:
    document = compose()
    server, database = document["services"]["server"], document["services"]["postgres"]
    given = check_variables(server["environment"])
    asked = re.search(r"http://127\.0\.0\.1:(\d+)([/\w]+)", server["healthcheck"]["test"][-1])
    assert asked is not None
    assert (int(asked[1]), asked[2]) == (given.port, "/health/ready")
    assert asked[2] in PATHS
    assert int(server["stop_grace_period"].removesuffix("s")) > given.leave_seconds + given.drain_seconds
    assert server["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert "pg_isready" in database["healthcheck"]["test"][1]


def test_compose__server_has_no_rights() -> None:
    server = compose()["services"]["server"]
    assert server["read_only"] is True
    assert server["cap_drop"] == ["ALL"] and server["security_opt"] == ["no-new-privileges:true"]
    user = dict(dockerfile())["USER"]
    assert server["user"] == user and not user.startswith("0")


def test_compose__database_is_postgres_16_that_loses_nothing() -> None:
    document = compose()
    database = document["services"]["postgres"]
    assert database["image"] == "postgres:16"
    assert {"fsync=on", "synchronous_commit=on"} <= set(database["command"])
    url = document["services"]["server"]["environment"]["HOLDFAST_DB"]
    user, name = database["environment"]["POSTGRES_USER"], database["environment"]["POSTGRES_DB"]
    assert url.startswith(f"postgresql://{user}@postgres/{name}?")
    (volume,) = database["volumes"]
    assert volume.split(":")[0] in document["volumes"]


def test_image__runs_the_server_as_nobody() -> None:
    words = dockerfile()
    assert dict(words)["ENTRYPOINT"] == '["holdfast"]' and dict(words)["CMD"] == '["serve"]'
    given = check_variables(image_variables())
    assert dict(words)["EXPOSE"] == str(given.port)
    assert given.db.startswith(dict(words)["VOLUME"])
    assert f":{given.port}/health/ready" in dict(words)["HEALTHCHECK"]
    assert sum(word == "FROM" for word, _ in words) == 2, "what builds is left behind"


def test_image__copies_what_there_is__and_no_secrets() -> None:
    copied = [value.split()[:-1] for word, value in dockerfile() if word == "COPY" and "--from" not in value]
    sources = [source for some in copied for source in some]
    allowed = {
        line[1:] for line in text("Dockerfile.dockerignore").splitlines() if line.startswith("!")
    }  # fmt: skip
    assert set(sources) == allowed
    assert all((ROOT / source).exists() for source in sources)
    extras = set(re.findall(r"--extra (\w+)", text("Dockerfile")))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert extras == {"server", "postgres"} and extras <= set(project["optional-dependencies"])
