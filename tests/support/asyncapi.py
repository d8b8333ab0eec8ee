"""Writes `docs/asyncapi.yaml` anew from the types: `python -m tests.support.asyncapi`."""

from pathlib import Path

import yaml

from infra.kafka.asyncapi import document

PAGE = Path(__file__).resolve().parents[2] / "docs" / "asyncapi.yaml"


class _Dumper(yaml.SafeDumper):
    """Repeats what is said twice instead of pointing at it."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def written() -> str:
    """The page as it should be."""
    return yaml.dump(document(), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=118)


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
