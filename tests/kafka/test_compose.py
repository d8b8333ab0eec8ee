"""`infra/compose.yaml` cannot be run where there is no Docker: what can be checked of it without is checked here."""

import re
from pathlib import Path
from typing import Any

import yaml

from infra.cli.main import app
from infra.kafka.broker import properties_of
from infra.kafka.topics import PARTITIONS, TOPICS
from infra.settings import Settings
from tests.support.command import ROOT

FILE = ROOT / "infra" / "compose.yaml"
OF_THE_PLACE = ("listeners", "log.dirs", "num.", "controller.quorum", "security.protocol", "broker.", "delete.topic")


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return content


def test_every_service_waits_for_services_that_there_are() -> None:
    services = compose()["services"]
    assert {"postgres", "kafka", "serve", "project", "consume", "publish"} <= set(services)
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert "image" in service or "build" in service
        for volume in service.get("volumes", ()):
            assert volume.split(":")[0] in compose()["volumes"]


def test_our_services_run_commands_and_settings_that_there_are() -> None:
    known = {command.name for command in app.registered_commands}
    for name in ("serve", "project", "consume", "publish"):
        service = compose()["services"][name]
        assert service["command"][:2] == ["decompte", name]
        assert name in known
        assert set(service["environment"]) <= {f"DECOMPTE_{key.upper()}" for key in Settings.model_fields}


def test_what_the_image_is_built_from_is_there() -> None:
    recipe = compose()["services"]["serve"]["build"]["dockerfile_inline"]
    for line in re.findall(r"^COPY (.*) \S+$", recipe, re.MULTILINE):
        for source in line.split():
            assert (ROOT / source).exists(), source


def test_its_broker_is_set_like_that_of_the_tests(tmp_path: Path) -> None:
    theirs = {
        key.removeprefix("KAFKA_").lower().replace("_", "."): str(value)
        for key, value in compose()["services"]["kafka"]["environment"].items()
    }
    ours = properties_of(tmp_path, {"CLAIR": ":9092", "CONTROLE": ":9093"}, {}, {})
    for key, value in ours.items():
        if not any(part in key for part in OF_THE_PLACE):
            assert theirs.get(key) == value, key
    topics = compose()["services"]["topics"]["command"][-1]
    assert " ".join(TOPICS) in topics
    assert f"--partitions {PARTITIONS} " in topics
