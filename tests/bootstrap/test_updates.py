"""The environment follows the locks, and keeps what a later command will need again."""

import shutil

from tests.bootstrap.project import Project


def test_a_changed_lock_updates_the_environment_once(project: Project) -> None:
    project.run("verify")
    project.lock("2.0")

    updated = project.run("verify")
    after = project.run("verify")

    assert updated.told["mini_paquet"] == "2.0"
    assert "Mise à jour de l'environnement" in updated.said
    assert after.told["mini_paquet"] == "2.0"
    assert after.said == ""


def test_tests_add_their_tools_and_the_other_commands_leave_them_there(project: Project) -> None:
    assert not project.run("verify").told["has_test_tool"]

    tested = project.run("test", "-x")
    then = project.run("verify")
    again = project.run("test")

    assert tested.told["arguments"] == ["test", "-x"]
    assert tested.told["has_test_tool"]
    assert then.told["has_test_tool"]
    assert (then.said, again.said) == ("", "")


def test_an_update_keeps_the_tools_of_the_tests(project: Project) -> None:
    project.run("test")
    project.lock("2.0")

    assert project.run("verify").told["has_test_tool"]
    assert project.run("test").said == ""


def test_a_package_that_left_the_lock_leaves_the_environment(project: Project) -> None:
    project.run("test")
    shutil.copy(project.root / "requirements.txt", project.root / "requirements-dev.txt")

    assert not project.run("test").told["has_test_tool"]


def test_a_moved_project_makes_its_environment_again(project: Project) -> None:
    project.run("verify")
    project.root = project.root.rename(project.root.with_name("déplacé"))

    moved = project.run("verify")

    assert moved.told["prefix"] == str(project.root / ".venv")
    assert "il est refait" in moved.said


def test_an_environment_whose_python_is_gone_is_made_again(project: Project) -> None:
    project.run("verify")
    (project.env / "bin" / "python").unlink()
    (project.env / "bin" / "python").symlink_to("/nulle/part/python3")

    assert project.run("verify").told["mini_paquet"] == "1.0"


def test_a_folder_that_is_no_environment_is_left_alone(project: Project) -> None:
    project.env.mkdir()
    (project.env / "notes.txt").write_text("à garder")

    refused = project.run("verify")

    assert refused.code == 1
    assert "n'est pas un environnement Python" in refused.said
    assert "déplacez" in refused.said
    assert [path.name for path in project.env.iterdir()] == ["notes.txt"]


def test_a_package_that_is_not_the_locked_one_is_refused(project: Project) -> None:
    lock = project.root / "requirements.txt"
    lock.write_text(lock.read_text().replace("sha256:", "sha256:0000")[: -len("0000\n")] + "\n")

    refused = project.run("verify")

    assert refused.code == 1
    assert "Échec : l'installation des dépendances a échoué" in refused.said
    assert "    | " in refused.said
    assert "À essayer : " in refused.said
    assert "Traceback" not in refused.said


def test_a_requirement_without_a_hash_is_refused(project: Project) -> None:
    (project.root / "requirements.txt").write_text("mini-paquet==1.0\n")

    refused = project.run("verify")

    assert refused.code == 1
    assert "mini-paquet" in refused.said
    assert not (project.env / "decompte-complet.txt").exists()
