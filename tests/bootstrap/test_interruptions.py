"""A set-up may be stopped at any moment, and two may start at once."""

import os
import signal
from pathlib import Path

import pytest

from tests.bootstrap.project import Outcome, Project, wait_for


class SlowUv:
    """The real uv, which notes each call and rests after it has installed the packages."""

    def __init__(self, project: Project, uv: Path, *, rest_seconds: float) -> None:
        self.installed = project.home / "installed"
        self.calls = project.home / "calls"
        program = project.programs / "uv"
        program.unlink()
        program.write_text(
            f"""#!/bin/sh
echo "$1" >>"{self.calls}"
"{uv}" "$@" || exit
if [ "$1" = pip ]; then
    /bin/sleep {rest_seconds} & rest=$!
    trap 'kill $rest; wait $rest; exit 1' INT TERM
    : >"{self.installed}"
    wait $rest
    echo end >>"{self.calls}"
fi
"""
        )
        program.chmod(0o755)

    def calls_made(self) -> list[str]:
        return [call for call in self.calls.read_text().split() if call != "--version"]


def give_back(project: Project, uv: Path) -> None:
    (project.programs / "uv").unlink()
    (project.programs / "uv").symlink_to(uv)


def test_a_killed_set_up_is_made_again_from_nothing(project: Project, uv: Path) -> None:
    slow = SlowUv(project, uv, rest_seconds=60)
    with project.start("verify") as killed:
        wait_for(slow.installed)
        os.killpg(killed.pid, signal.SIGKILL)
    project.module.unlink()  # what an installer leaves when it dies on the way
    give_back(project, uv)

    repaired = project.run("verify")

    assert repaired.told["mini_paquet"] == "1.0"
    assert "n'est pas allée à son terme" in repaired.said
    assert project.run("verify").said == ""


def test_a_killed_update_is_made_again_from_nothing(project: Project, uv: Path) -> None:
    project.run("verify")
    project.lock("2.0")
    slow = SlowUv(project, uv, rest_seconds=60)
    with project.start("verify") as killed:
        wait_for(slow.installed)
        os.killpg(killed.pid, signal.SIGKILL)
    project.module.unlink()
    give_back(project, uv)

    assert project.run("verify").told["mini_paquet"] == "2.0"


def test_the_next_command_waits_for_the_tool_that_a_killed_one_left_running(project: Project, uv: Path) -> None:
    slow = SlowUv(project, uv, rest_seconds=1)
    with project.start("verify") as killed:
        wait_for(slow.installed)
        os.kill(killed.pid, signal.SIGKILL)

    second = project.run("verify")

    assert second.told["mini_paquet"] == "1.0"
    assert "attente" in second.said
    assert slow.calls_made() == ["venv", "pip", "end", "venv", "pip", "end"]


def test_two_first_commands_at_once_prepare_once_and_both_run(project: Project, uv: Path) -> None:
    slow = SlowUv(project, uv, rest_seconds=0.5)

    started = [project.start("verify", str(number)) for number in range(2)]
    outcomes = [Outcome.of(process) for process in started]

    assert [outcome.told["arguments"] for outcome in outcomes] == [["verify", "0"], ["verify", "1"]]
    assert slow.calls_made() == ["venv", "pip", "end"]
    assert sorted("attente de sa fin" in outcome.said for outcome in outcomes) == [False, True]


def test_ctrl_c_during_the_set_up_is_one_sentence_and_the_next_command_repairs(project: Project, uv: Path) -> None:
    slow = SlowUv(project, uv, rest_seconds=60)
    interrupted = project.start("verify")
    wait_for(slow.installed)
    os.killpg(interrupted.pid, signal.SIGINT)
    ended = Outcome.of(interrupted)
    give_back(project, uv)

    assert ended.code == 130
    assert "Préparation interrompue" in ended.said
    assert "Traceback" not in ended.said
    assert project.run("verify").told["mini_paquet"] == "1.0"


def test_an_interrupted_program_takes_its_tool_along(project: Project, uv: Path) -> None:
    slow = SlowUv(project, uv, rest_seconds=60)
    interrupted = project.start("verify")
    wait_for(slow.installed)
    interrupted.send_signal(signal.SIGINT)  # to the program alone, as `kill -INT` does, where Ctrl-C reaches the group

    assert Outcome.of(interrupted).code == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(interrupted.pid, 0)
    assert "end" not in slow.calls_made()
